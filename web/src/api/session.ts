import { ApiError, ConnectionLost, type Problem } from './problem';

/**
 * Who works with this page, and how its calls prove it. The only file that knows the three ways:
 *
 * - `moodle`: inside Moodle, behind the connector's relay (docs/adr/0007-dashboard.md): Moodle's
 *   own session, and its sesskey on every change;
 * - `account`: user and password, a cookie, a CSRF token on every change, in every tab;
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

/** Of this tab: a token, and its role once it is known. */
const TOKEN = 'mih.token';
const ROLE = 'mih.role';
/** Of the browser, as the cookie is. */
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

async function ask(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`${BASE}/api/v1/${path}`, init);
  } catch {
    throw new ConnectionLost();
  }
}

async function refuse(answer: Response): Promise<never> {
  throw new ApiError(answer.status, (await answer.json().catch(() => null)) as Problem | null);
}

function tokenSession(token: string, role: Role): Session {
  const headers = { Authorization: `Bearer ${token}` };
  return { way: 'token', role, name: '', headers, changeHeaders: {} };
}

/** What only a manager may read, and what a viewer may read as well. */
const READ_BY: [Role, string][] = [['manage', 'secrets?limit=1'], ['view', 'services?limit=1']];
const TOKEN_TEXT = /^[\x21-\x7e]+$/;

/** A session with this API token, as the hub judges it. */
export async function signInWithToken(token: string): Promise<Session> {
  if (!TOKEN_TEXT.test(token)) throw new ApiError(401, null);
  for (const [role, list] of READ_BY) {
    const session = tokenSession(token, role);
    const answer = await ask(list, { headers: session.headers });
    if (answer.ok) {
      sessionStorage.setItem(TOKEN, token);
      sessionStorage.setItem(ROLE, role);
      return session;
    }
    if (answer.status !== 403) return refuse(answer);
  }
  throw new ApiError(403, null);
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
  const answer = await ask('session', {
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
  const answer = await ask('session/password', {
    method: 'PUT',
    headers: { 'Content-Type': 'application/json', ...session.changeHeaders },
    body: JSON.stringify({ password: now, new_password: password }),
  });
  return keepAccount(answer);
}

async function keepAccount(answer: Response): Promise<Session> {
  if (!answer.ok) return refuse(answer);
  const account = (await answer.json()) as Account;
  forgetToken();
  localStorage.setItem(ACCOUNT, JSON.stringify(account));
  return accountSession(account);
}

/** The session of the browser's cookie, whichever tab began it; whether it holds the hub knows. */
function storedAccount(): Session | null {
  try {
    const account = JSON.parse(localStorage.getItem(ACCOUNT) ?? 'null') as Account | null;
    return account && accountSession(account);
  } catch {
    return null;
  }
}

/** Tells when another tab signs in, goes on with another session, or (null) signs out. */
export function onAccountChange(tell: (session: Session | null) => void): () => void {
  const heard = ({ key }: StorageEvent) => {
    if (key === ACCOUNT) tell(storedAccount());
  };
  addEventListener('storage', heard);
  return () => removeEventListener('storage', heard);
}

/**
 * The session of this tab, else the browser's. Null when somebody has to sign in; that the hub
 * gives no answer, or none that says so, is an error.
 */
export async function resumeSession(): Promise<Session | null> {
  const token = sessionStorage.getItem(TOKEN);
  if (!token) return storedAccount();
  const role = sessionStorage.getItem(ROLE);
  if (role === 'view' || role === 'manage') return tokenSession(token, role);
  try {
    return await signInWithToken(token);
  } catch (error) {
    if (!(error instanceof ApiError) || ![401, 403].includes(error.status)) throw error;
    forgetToken();
    return null;
  }
}

function forgetToken(): void {
  sessionStorage.removeItem(TOKEN);
  sessionStorage.removeItem(ROLE);
}

/**
 * What goes on after the hub has refused this session: the one that another tab has begun in the
 * meantime, or nothing.
 */
export function sessionAfter(refused: Session): Session | null {
  if (refused.way === 'token') forgetToken();
  if (refused.way !== 'account') return null;
  const now = storedAccount();
  const same = JSON.stringify(now?.changeHeaders) === JSON.stringify(refused.changeHeaders);
  if (now && !same) return now;
  localStorage.removeItem(ACCOUNT);
  return null;
}

/** `everywhere`: of all browsers in which the same account is signed in. */
export async function signOut(session: Session, everywhere = false): Promise<void> {
  forgetToken();
  if (session.way !== 'account') return;
  localStorage.removeItem(ACCOUNT);
  const headers = session.changeHeaders;
  const query = everywhere ? '?everywhere=true' : '';
  await ask(`session${query}`, { method: 'DELETE', headers }).catch(() => null);
}
