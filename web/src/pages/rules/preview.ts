import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { data, hub } from '../../api/client';
import { faultsOf, type FieldFault } from '../../api/problem';
import type { HubEvent, RuleInput } from '../../api/types';
import { placed } from '../../lib/refusals';

const PAUSE_MS = 400;
/** Fields whose faults the preview finds while they are typed. */
const CHECKED = /^(eventname|filter|endpoint|headers|payload_template|ordering_key|dedupe_key)/;

function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  const text = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}

/**
 * What the hub makes of an event with the rule as it stands in the form, a moment after the last
 * key. Without an event the hub takes the best that it has: a sample of a site, or a made-up one.
 */
export function useLivePreview(rule: RuleInput, event: HubEvent | null) {
  const settled = useSettled(rule);
  const ready = Boolean(settled.eventname && settled.service);
  const shown = useQuery({
    queryKey: ['preview', settled, event?.site ?? null, event?.id ?? null],
    queryFn: () => data(hub.POST('/api/v1/rules/preview', { body: event
      ? { rule: settled, event_id: event.id, site: event.site }
      : { rule: settled, sample: true } })),
    enabled: ready,
    placeholderData: keepPreviousData,
  });
  return { ready, data: shown.data, error: shown.error };
}
export type LivePreview = ReturnType<typeof useLivePreview>;

/** The faults of the moment: of what the preview checks its own, of the rest those of saving. */
export function faultsNow(live: LivePreview, saving: unknown): FieldFault[] {
  if (!live.ready) return faultsOf(saving).map(placed);
  return [
    ...faultsOf(live.error).filter(({ field }) => CHECKED.test(field)),
    ...faultsOf(saving).filter(({ field }) => !CHECKED.test(field)),
  ].map(placed);
}
