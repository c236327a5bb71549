import { ApiError, type Problem } from './problem';

/**
 * Who works with this page, and how its calls prove it. The only file that knows the three ways:
 *
 * - `moodle`: inside Moodle, behind the connector's relay (docs/adr/0007-dashboard.md): Moodle's
 *   own session, and its sesskey on every change;
 * - `account`: user and password, a cookie, a CSRF token on every change;
 * - `token`: an API token, kept until the browser's tab is closed.
 */
export type Role = 'view' | 'manage';
export interface Session {
  way: 'moodle' | 'account' | 'token';
  role: Role;
  name: string;
  /** What every call carries. */
  headers: Record<string, string>;
  /** What a change carries as well. */
  changeHeaders: Record<string, string>;
  /** A password has to be chosen before anything else: the one of this login is used up. */
  mustChangePassword?: boolean;
}

export interface Embedding {
  sesskey: string;
  role: Role;
  language: string;
}

const TOKEN = 'mih.token';
const ACCOUNT = 'mih.account';
export const BASE = new URL('.', document.baseURI).pathname.replace(/\/$/, '');

/** What Moodle's relay says about its user; null outside of Moodle. */
export async function readEmbedding(): Promise<Embedding | null> {
  if (window.parent === window) return null;
  const answer = await fetch(`${BASE}/embed.json`).catch(() => null);
  if (!answer?.ok) return null;
  return (await answer.json()) as Embedding;
}

export function moodleSession(embedding: Embedding): Session {
  return {
    way: 'moodle',
    role: embedding.role,
    name: '',
    headers: {},
    changeHeaders: { 'X-Sesskey': embedding.sesskey },
  };
}

async function refuse(answer: Response): Promise<never> {
  throw new ApiError(answer.status, (await answer.json().catch(() => null)) as Problem | null);
}

/**
 * A session with this API token, as the hub judges it. A count-only deletion of a service that
 * cannot exist tells the roles apart: a manager hears that there is none, others are refused.
 */
export async function signInWithToken(token: string): Promise<Session> {
  const headers = { Authorization: `Bearer ${token}` };
  const read = await fetch(`${BASE}/api/v1/services?limit=1`, { headers });
  if (!read.ok) return refuse(read);
  const change = await fetch(`${BASE}/api/v1/services/-?dry_run=true`, {
    method: 'DELETE',
    headers,
  });
  sessionStorage.setItem(TOKEN, token);
  const role = change.status === 403 ? 'view' : 'manage';
  return { way: 'token', role, name: '', headers, changeHeaders: {} };
}

interface Account {
  name: string;
  role: Role;
  csrf_token: string;
  /** The password was good for this login alone. */
  must_change_password: boolean;
}

function accountSession(account: Account): Session {
  return {
    way: 'account',
    role: account.role,
    name: account.name,
    headers: {},
    changeHeaders: { 'X-CSRF-Token': account.csrf_token },
    mustChangePassword: account.must_change_password,
  };
}

export async function signInWithPassword(name: string, password: string): Promise<Session> {
  const answer = await fetch(`${BASE}/api/v1/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name, password }),
  });
  return keepAccount(answer);
}

/**
 * Another password for who has signed in, whose session goes on as a new one. `now` is the present
 * one; one that was good for one login need not be told again.
 */
export async function choosePassword(
  session: Session, password: string, now?: string,
): Promise<Session> {
  const answer = await fetch(`${BASE}/api/v1/session/password`, {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json', ...session.changeHeaders },
    body: JSON.stringify({ password: now, new_password: password }),
  });
  return keepAccount(answer);
}

async function keepAccount(answer: Response): Promise<Session> {
  if (!answer.ok) return refuse(answer);
  const account = (await answer.json()) as Account;
  sessionStorage.setItem(ACCOUNT, JSON.stringify(account));
  return accountSession(account);
}

/** The session of this tab, if it still holds. Null when somebody has to sign in. */
export async function resumeSession(): Promise<Session | null> {
  const account = sessionStorage.getItem(ACCOUNT);
  if (account) return accountSession(JSON.parse(account) as Account);
  const token = sessionStorage.getItem(TOKEN);
  if (!token) return null;
  try {
    return await signInWithToken(token);
  } catch (error) {
    if (error instanceof ApiError) forgetSession();
    return null;
  }
}

export function forgetSession(): void {
  sessionStorage.removeItem(TOKEN);
  sessionStorage.removeItem(ACCOUNT);
}

/** `everywhere`: of all browsers in which the same account is signed in. */
export async function signOut(session: Session, everywhere = false): Promise<void> {
  if (session.way === 'account') {
    const headers = session.changeHeaders;
    const query = everywhere ? '?everywhere=true' : '';
    await fetch(`${BASE}/api/v1/session${query}`, { method: 'DELETE', headers }).catch(() => null);
  }
  forgetSession();
}
