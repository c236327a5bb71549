import createClient, { type Middleware } from 'openapi-fetch';
import { setLost } from './connection';
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

export function headersFor(method: string): Record<string, string> {
  const change = method !== 'GET' && method !== 'HEAD';
  return { ...session?.headers, ...(change ? session?.changeHeaders : {}) };
}

async function guardedFetch(request: Request): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    setLost(true);
    throw new ConnectionLost();
  }
  // Moodle's relay answers so when the hub behind it is away.
  setLost(answer.status === 502 || answer.status === 504);
  if (answer.status === 401) onRefused();
  return answer;
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
