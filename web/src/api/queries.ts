import { useMutation, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { useApp } from './app';
import { all, data, hub } from './client';
import type { Transport } from '../lib/transports';
import type { Metric, Rule, Service } from './types';

const PAGE = 500;
const MOMENT_MS = 60_000;

/** A list of several pages is asked for less often. */
function pace(refresh_ms: number, list: unknown[] | undefined): number {
  return refresh_ms * Math.max(1, Math.ceil((list?.length ?? 0) / PAGE));
}

export function useSummary() {
  const { live } = useApp();
  return useQuery({
    queryKey: ['summary'],
    queryFn: () => data(hub.GET('/api/v1/stats/summary')),
    refetchInterval: live ? false : 5_000,
  });
}

export function useServices() {
  const { refresh_ms } = useApp();
  return useQuery({
    queryKey: ['services'],
    queryFn: async () =>
      (await all((cursor) =>
        data(hub.GET('/api/v1/services', { params: { query: { limit: PAGE, cursor } } })),
      )) as Service[],
    refetchInterval: (query) => pace(refresh_ms, query.state.data),
  });
}

export function useService(name: string) {
  const { refresh_ms } = useApp();
  return useQuery({
    queryKey: ['services', name],
    queryFn: async () =>
      (await data(
        hub.GET('/api/v1/services/{name}', { params: { path: { name } } }),
      )) as Service,
    refetchInterval: refresh_ms,
  });
}

/** The types of services with their fields; they change with the hub's version only. */
export function useTransports() {
  return useQuery({
    queryKey: ['transports'],
    queryFn: async () => (await data(hub.GET('/api/v1/transports'))).items as Transport[],
    staleTime: Infinity,
  });
}

export function useRules() {
  const { refresh_ms } = useApp();
  return useQuery({
    queryKey: ['rules'],
    queryFn: async () =>
      (await all((cursor) =>
        data(hub.GET('/api/v1/rules', { params: { query: { limit: PAGE, cursor } } })),
      )) as Rule[],
    refetchInterval: (query) => pace(refresh_ms * 3, query.state.data),
  });
}

export function useLatestEvents(limit: number, eventname?: string) {
  const { refresh_ms } = useApp();
  return useQuery({
    queryKey: ['events', 'latest', limit, eventname],
    queryFn: () =>
      data(hub.GET('/api/v1/events', { params: { query: { limit, eventname } } })),
    refetchInterval: refresh_ms,
  });
}

/** Several metrics over the same time. `to` is cut to the minute, so that views share answers. */
export function useSeries(metrics: Metric[], span_s: number, step: number, service?: string) {
  const results = useQueries({
    queries: metrics.map((metric) => ({
      queryKey: ['series', metric, span_s, step, service],
      queryFn: () => {
        const to = Math.floor(Date.now() / 1000);
        const query = { metric, service, step, from: to - span_s, to };
        return data(hub.GET('/api/v1/stats/series', { params: { query } }));
      },
      refetchInterval: MOMENT_MS / 4,
    })),
  });
  return {
    data: results.every((r) => r.data) ? results.map((r) => r.data?.points ?? []) : undefined,
    error: results.find((r) => r.error)?.error ?? null,
    isPending: results.some((r) => r.isPending),
    refetch: () => Promise.all(results.map((r) => r.refetch())),
  };
}

/**
 * A change; afterwards the lists that it touches are asked for again. It is done when they are
 * there; that it failed is known at once.
 */
export function useChange<In, Out>(change: (input: In) => Promise<Out>, lists: string[]) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: (_, error) => {
      const shown = lists.map((list) => queries.invalidateQueries({ queryKey: [list] }));
      return error ? undefined : Promise.all(shown);
    },
  });
}
