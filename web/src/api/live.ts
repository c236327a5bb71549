import type { QueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { headersFor } from './client';
import { setLost } from './connection';
import { StreamReader, type StreamMessage } from './events-stream';
import { BASE, type Session } from './session';
import type { HubEvent, Summary } from './types';

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 10_000;
/** How often lists are asked for again when messages about them come without end. */
const SETTLE_MS = 2_000;
/** The hub sends its counters each second. Silence for so long is a connection that has died. */
export const SILENCE_MS = 5_000;
/** People wait for this one. */
const CIRCUIT_MS = 300;

type Listener = (event: HubEvent) => void;
const tails = new Set<Listener>();

/** Hears each event that the hub accepts while the stream is there. */
export function onLiveEvent(listener: Listener): () => void {
  tails.add(listener);
  return () => tails.delete(listener);
}

/** Brings the messages of the hub's stream to the lists that they concern. */
class Distributor {
  private readonly due = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(private readonly queries: QueryClient) {}

  take(message: StreamMessage): void {
    if (message.event === 'counters') {
      this.queries.setQueryData(['summary'], JSON.parse(message.data) as Summary);
    } else if (message.event === 'event') {
      const event = JSON.parse(message.data) as HubEvent;
      tails.forEach((tell) => tell(event));
      this.soon('events');
      this.soon('deliveries');
    } else if (message.event === 'circuit') {
      this.soon('services', CIRCUIT_MS);
    } else if (message.event === 'dead_letter') {
      this.soon('dead-letters');
    } else if (message.event === 'alert') {
      void this.queries.invalidateQueries({ queryKey: ['summary'] });
    }
  }

  stop(): void {
    this.due.forEach(clearTimeout);
  }

  private soon(list: string, wait = SETTLE_MS): void {
    if (this.due.has(list)) return;
    this.due.set(list, setTimeout(() => {
      this.due.delete(list);
      void this.queries.invalidateQueries({ queryKey: [list] });
    }, wait));
  }
}

/** Calls `onSilence` when nothing is heard for SILENCE_MS. */
export class Silence {
  over = false;
  private timer?: ReturnType<typeof setTimeout>;

  constructor(private readonly onSilence: () => void) {
    this.broken();
  }

  broken(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.over = true;
      this.onSilence();
    }, SILENCE_MS);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}

async function read(stream: ReadableStream<Uint8Array>, take: (m: StreamMessage) => void) {
  const reader = new StreamReader();
  const text = stream.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>);
  const source = text.getReader();
  for (;;) {
    const { done, value } = await source.read();
    if (done) return;
    reader.take(value).forEach(take);
  }
}

function untilVisible(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (document.hidden && !signal.aborted) return;
      document.removeEventListener('visibilitychange', check);
      resolve();
    };
    document.addEventListener('visibilitychange', check);
    signal.addEventListener('abort', check);
    check();
  });
}

/**
 * Reads the hub's stream while the page is shown: with fetch, because an EventSource cannot send
 * the header that authorises it. False inside Moodle and with a hub that has no stream: then the
 * lists ask by themselves.
 */
export function useLiveStream(session: Session, queries: QueryClient): boolean {
  const [live, setLive] = useState(false);
  useEffect(() => {
    if (session.way === 'moodle') return;
    const end = new AbortController();
    const distributor = new Distributor(queries);
    const listen = async () => {
      let wait = FIRST_WAIT_MS;
      while (!end.signal.aborted) {
        await untilVisible(end.signal);
        const once = new AbortController();
        const stop = () => {
          if (document.hidden || end.signal.aborted) once.abort();
        };
        document.addEventListener('visibilitychange', stop);
        end.signal.addEventListener('abort', stop);
        const silence = new Silence(() => once.abort());
        try {
          const headers = headersFor('GET');
          const answer = await fetch(`${BASE}/api/v1/stream`, { headers, signal: once.signal });
          if (answer.status === 404 || answer.status === 401 || answer.status === 403) return;
          if (answer.ok && answer.body) {
            setLost(false);
            setLive(true);
            wait = FIRST_WAIT_MS;
            void queries.invalidateQueries();
            await read(answer.body, (message) => {
              if (message.event === 'counters') silence.broken();
              distributor.take(message);
            });
          }
        } catch {
          if (!once.signal.aborted || silence.over) setLost(true);
        } finally {
          silence.stop();
          document.removeEventListener('visibilitychange', stop);
          end.signal.removeEventListener('abort', stop);
        }
        setLive(false);
        if (once.signal.aborted && !silence.over) continue;
        await new Promise((resolve) => setTimeout(resolve, wait));
        wait = Math.min(wait * 2, LONGEST_WAIT_MS);
      }
    };
    void listen();
    return () => {
      end.abort();
      distributor.stop();
    };
  }, [session, queries]);
  return live;
}
