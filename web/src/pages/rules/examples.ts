import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { data, hub } from '../../api/client';
import { useOptional } from '../../api/queries';
import type { HubEvent } from '../../api/types';
import { fitsPattern } from '../../lib/events';

const LOOKED_AT = 200;

function useRecentEvents() {
  return useQuery({
    queryKey: ['events', 'recent'],
    queryFn: () =>
      data(hub.GET('/api/v1/events', { params: { query: { limit: LOOKED_AT } } })),
    staleTime: 10_000,
  });
}

/** Real events that the pattern fits, newest first. */
export function useExampleEvents(pattern: string): HubEvent[] {
  const recent = useRecentEvents();
  return useMemo(() => {
    const events = recent.data?.items ?? [];
    return pattern ? events.filter((event) => fitsPattern(pattern, event.eventname)) : events;
  }, [recent.data, pattern]);
}

type Named = string | { name?: string; eventname?: string };

function nameOf(entry: Named): string {
  return typeof entry === 'string' ? entry : (entry.eventname ?? entry.name ?? '');
}

/** Names of events: the site's catalogue where the hub has it, and what has come in lately. */
export function useEventNames(): string[] {
  const catalogue = useOptional<{ items: Named[] }>('/event-names');
  const recent = useRecentEvents();
  return useMemo(() => {
    const listed = (catalogue.data?.items ?? []).map(nameOf);
    const seen = (recent.data?.items ?? []).map((event) => event.eventname);
    return [...new Set([...listed, ...seen])].filter(Boolean).sort();
  }, [catalogue.data, recent.data]);
}

/** An event as Moodle describes one, for a pattern of which none has been seen. */
export function madeUpEvent(pattern: string): { eventname: string } & Record<string, unknown> {
  const name = pattern.includes('*') || !pattern ? '\\core\\event\\user_created' : pattern;
  return {
    eventname: name.startsWith('\\') ? name : `\\${name}`,
    component: 'core', action: 'created', target: 'user', objecttable: 'user', objectid: 5,
    crud: 'c', edulevel: 0, contextid: 25, contextlevel: 30, contextinstanceid: 5, userid: 2,
    courseid: 0, relateduserid: 5, anonymous: 0, other: null,
    timecreated: Math.floor(Date.now() / 1000),
  };
}
