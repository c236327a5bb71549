import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { all, data, hub } from '../../api/client';
import type { components } from '../../api/generated/schema';
import type { HubEvent } from '../../api/types';
import { fitsPattern } from '../../lib/events';
import { suggestPaths, type FieldPath } from '../../lib/paths';

type EventName = components['schemas']['EventName'];
const LOOKED_AT = 200;
const PAGE = 500;
const NAMES_STAY_MS = 60_000;

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

/** The catalogue: events of the connected sites, Moodle's own, and those that have come in. */
export function useCatalogue(): EventName[] {
  const names = useQuery({
    queryKey: ['event-names'],
    queryFn: async () => (await all((cursor) =>
      data(hub.GET('/api/v1/event-names', { params: { query: { limit: PAGE, cursor } } })),
    )) as EventName[],
    staleTime: NAMES_STAY_MS,
  });
  return names.data ?? [];
}

export function useEventNames(): string[] {
  const catalogue = useCatalogue();
  return useMemo(() => catalogue.map(({ eventname }) => eventname), [catalogue]);
}

/** The fields that events of this name have, with values that were seen. */
export function useFieldPaths(pattern: string, examples: HubEvent[]): FieldPath[] {
  const known = useQuery({
    queryKey: ['event-names', 'fields', pattern],
    queryFn: () => data(hub.GET('/api/v1/event-names/{name}/fields',
      { params: { path: { name: pattern } } })),
    enabled: pattern.startsWith('\\') && !pattern.includes('*'),
    retry: false,
    staleTime: NAMES_STAY_MS,
  });
  return useMemo(() => {
    const listed = (known.data?.items ?? []) as FieldPath[];
    const own = new Set(listed.map(({ path }) => path));
    const seen = suggestPaths(examples.map((event) => event.event));
    return [...listed, ...seen.filter(({ path }) => !own.has(path))];
  }, [known.data, examples]);
}
