import createClient, { type Middleware } from 'openapi-fetch';
import { isLost, setLost } from './connection';
import { ApiError, ConnectionLost, type Problem } from './problem';
import type { paths } from './generated/schema';
import { BASE, type Session } from './session';

let session: Session | null = null;
let onRefused: () => void = () => undefined;

/** From now on calls are made with this session; `refused` is called when it does not hold. */
export function useSessionForCalls(next: Session | null, refused: () => void): void {
  session = next;
  onRefused = refused;
}

function changes(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

export function headersFor(method: string): Record<string, string> {
  return { ...session?.headers, ...(changes(method) ? session?.changeHeaders : {}) };
}

/** An answer that says whether the hub is there, and whether the session still holds. */
function heed(answer: Response): Response {
  // Moodle's relay answers so when the hub behind it is away.
  setLost(answer.status === 502 || answer.status === 504);
  if (answer.status === 401) onRefused();
  return answer;
}

/** How long a hub that is there may take for its counters. */
const PROBE_MS = 3_000;

/** Asks the hub for something small. */
export async function hubAnswers(): Promise<boolean> {
  try {
    heed(await fetch(`${BASE}/api/v1/stats/summary`, {
      headers: headersFor('GET'), signal: AbortSignal.timeout(PROBE_MS),
    }));
  } catch {
    setLost(true);
  }
  return !isLost();
}

/** A change is not sent into a void, where it would hang, or be made when nobody expects it. */
async function guardedFetch(request: Request): Promise<Response> {
  if (isLost() && changes(request.method) && !(await hubAnswers())) throw new ConnectionLost();
  let answer: Response;
  try {
    answer = await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    setLost(true);
    throw new ConnectionLost();
  }
  return heed(answer);
}

const authorize: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(headersFor(request.method))) {
      request.headers.set(name, value);
    }
    return request;
  },
};

/** Calls of the documented API, with the document's types. */
export const hub = createClient<paths>({ baseUrl: BASE, fetch: guardedFetch });
hub.use(authorize);

/** The data of an answer, or an ApiError. */
export async function data<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data: found, error, response } = await call;
  if (!response.ok) {
    const problem = typeof error === 'object' ? (error as Problem | null) : null;
    throw new ApiError(response.status, problem);
  }
  return found as T;
}

interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** All items of a list, page by page. */
export async function all<T>(page: (cursor?: string) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const next = await page(cursor);
    items.push(...next.items);
    cursor = next.next_cursor ?? undefined;
  } while (cursor);
  return items;
}
