import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { data, hub } from '../../api/client';
import { ApiError, faultsOf, type FieldFault } from '../../api/problem';
import type { HubEvent, RuleInput } from '../../api/types';
import type { Values } from '../../lib/fields';

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

/** A rule that the hub did not save, and why. */
export interface Refused {
  error: unknown;
  values: Values;
}

/** The input of the form that a fault belongs to: "headers" of "headers.X-Key". */
const inputOf = (field: string) => field.split('.')[0] ?? field;

/** What is still wrong of a refusal: faults of inputs that nobody has changed since. */
export function stillRefused(refused: Refused | null, values: Values): unknown {
  if (!refused) return null;
  const same = (field: string) =>
    JSON.stringify(refused.values[field]) === JSON.stringify(values[field]);
  const { error } = refused;
  const faults = faultsOf(error);
  if (!(error instanceof ApiError) || faults.length === 0) {
    return JSON.stringify(refused.values) === JSON.stringify(values) ? error : null;
  }
  const left = faults.filter(({ field }) => same(inputOf(field)));
  if (left.length === 0) return null;
  return new ApiError(error.status, error.problem && { ...error.problem, errors: left });
}

/** Each at the input that it belongs to. */
function placed(fault: FieldFault): FieldFault {
  const { field, message } = fault;
  const input = inputOf(field);
  return input === 'headers' && input !== field
    ? { ...fault, field: input, message: `${field.slice(input.length + 1)}: ${message}` } : fault;
}

/** The faults of the moment: of what the preview checks its own, of the rest those of saving. */
export function faultsNow(live: LivePreview, saving: unknown): FieldFault[] {
  if (!live.ready) return faultsOf(saving).map(placed);
  return [
    ...faultsOf(live.error).filter(({ field }) => CHECKED.test(field)),
    ...faultsOf(saving).filter(({ field }) => !CHECKED.test(field)),
  ].map(placed);
}
