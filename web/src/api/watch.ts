import type { QueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { hubAnswers } from './client';
import { useConnectionLost } from './connection';

const PAUSE_MS = 2_000;

/**
 * Knows on every page, also on one that asks for nothing, that the hub is away: asks it when the
 * browser says that the network went or came, and again and again until it answers. Then all that
 * is shown is asked for anew.
 */
export function useConnectionWatch(queries: QueryClient): void {
  const lost = useConnectionLost();
  useEffect(() => {
    // A hub on this machine answers although the browser believes to be offline.
    const ask = () => void hubAnswers();
    addEventListener('offline', ask);
    addEventListener('online', ask);
    return () => {
      removeEventListener('offline', ask);
      removeEventListener('online', ask);
    };
  }, []);
  useEffect(() => {
    if (!lost) return;
    let timer: ReturnType<typeof setTimeout>;
    const again = () => {
      timer = setTimeout(() => void hubAnswers().then((answers) => answers || again()), PAUSE_MS);
    };
    again();
    return () => {
      clearTimeout(timer);
      void refresh(queries);
    };
  }, [lost, queries]);
}

/** What never got an answer may hang on a connection that is dead, so it is given up first. */
async function refresh(queries: QueryClient): Promise<void> {
  await queries.cancelQueries({ predicate: ({ state }) => state.data === undefined });
  await queries.invalidateQueries();
}
