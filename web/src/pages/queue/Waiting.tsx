import { useState } from 'react';
import { useApp } from '../../api/app';
import { data, hub } from '../../api/client';
import { useChange, useServices } from '../../api/queries';
import type { Delivery, DeliveryState } from '../../api/types';
import { DeliveryBadge } from '../../components/Badges';
import { Confirm } from '../../components/Confirm';
import { Filters, SelectFilter } from '../../components/Filters';
import { Icon } from '../../components/Icon';
import { Paged } from '../../components/Paged';
import { Empty } from '../../components/States';
import { Table, type Column } from '../../components/Table';
import { Ago } from '../../components/Time';
import { useToast } from '../../components/Toasts';
import { useI18n } from '../../i18n';
import { shortName } from '../../lib/events';
import { hrefTo, usePlace } from '../../router';

const STATES: DeliveryState[] = ['pending', 'sending', 'retrying', 'parked', 'delivered', 'dead'];
const OPEN: DeliveryState[] = ['pending', 'sending', 'retrying', 'parked'];

interface Page {
  items: Delivery[];
  next_cursor: string | null;
}

/** Deliveries of all states that are not at their end: the newest of each. */
async function loadOpen(service: string | undefined): Promise<Page> {
  const pages = await Promise.all(OPEN.map((state) =>
    data(hub.GET('/api/v1/deliveries', { params: { query: { state, service, limit: 50 } } }))));
  const items = pages.flatMap((page) => page.items);
  items.sort((a, b) => b.timecreated - a.timecreated || b.id.localeCompare(a.id));
  return { items, next_cursor: null };
}

/** What is on its way: retrying, parked, pending. */
export function Waiting() {
  const { t, translator } = useI18n();
  const { refresh_ms } = useApp();
  const { query } = usePlace();
  const services = useServices();
  const state = STATES.find((name) => name === query.state);
  const columns: Column<Delivery>[] = [
    { id: 'event', title: t('column.event'), kind: 'wide', cell: (d) => (
      <>
        <a className="row-link" href={hrefTo(['queue', 'delivery', d.id])}>
          {shortName(d.eventname) ?? t('delivery.gateway_call')}
        </a>
        {d.rule && <div className="small muted break">{d.rule}</div>}
      </>
    ) },
    { id: 'service', title: t('column.service'), cell: (d) => d.service
      ? <a className="nowrap" href={hrefTo(['services', d.service])}>{d.service}</a> : '–' },
    { id: 'state', title: t('column.state'), cell: (d) => <DeliveryBadge of={d} /> },
    { id: 'attempts', title: t('column.attempts'), kind: 'num', extra: true,
      cell: (d) => translator.number(d.attempt_count) },
    { id: 'next', title: t('column.next'),
      cell: (d) => (d.next_attempt ? <Ago at={d.next_attempt} /> : '–') },
    { id: 'error', title: t('column.error'), kind: 'clipped', cell: (d) => (d.last_error
      ? <span className="clip" lang="en" title={d.last_error}>{d.last_error}</span> : '–') },
    { id: 'since', title: t('column.since'), cell: (d) => <Ago at={d.timecreated} /> },
    { id: 'actions', title: t('column.actions'), kind: 'tools',
      cell: (d) => <DeliveryActions delivery={d} /> },
  ];
  return (
    <>
      <Filters>
        <SelectFilter name="state" label={t('column.state')} all={t('queue.all_open')}
          options={STATES.map((name) => [name, t(`delivery.${name}`)])} />
        <SelectFilter name="service" label={t('column.service')}
          options={(services.data ?? []).map(({ name }) => [name, name])} />
      </Filters>
      <Paged queryKey={['deliveries', state ?? 'open', query.service]} refresh_ms={refresh_ms}
        load={(cursor) => {
          const service = query.service || undefined;
          if (!state) return loadOpen(service);
          const filter = { state, service, limit: 50, cursor };
          return data(hub.GET('/api/v1/deliveries', { params: { query: filter } }));
        }}>
        {(rows) => rows.length === 0
          ? <Empty icon="queue" title={t('queue.empty')}><p>{t('queue.empty_text')}</p></Empty>
          : <Table label={t('nav.queue')} columns={columns} rows={rows} rowKey={(d) => d.id} />}
      </Paged>
    </>
  );
}

export function DeliveryActions({ delivery, large }: { delivery: Delivery; large?: boolean }) {
  const { t } = useI18n();
  const say = useToast();
  const { canManage } = useApp();
  const [asking, setAsking] = useState(false);
  const params = { params: { path: { id: delivery.id } } };
  const lists = ['deliveries', 'dead-letters', 'summary'];
  const retry = useChange(async () => {
    await data(hub.POST('/api/v1/deliveries/{id}/retry-now', params));
    say(t('queue.retried'));
  }, lists);
  const cancel = useChange(
    () => data(hub.POST('/api/v1/deliveries/{id}/cancel', params)), lists);
  const waits = ['pending', 'retrying', 'parked'].includes(delivery.state);
  if (!canManage || !waits) return null;
  const className = large ? 'btn btn-outline-secondary' : 'btn btn-plain btn-icon';
  const name = shortName(delivery.eventname) ?? delivery.id;
  return (
    <div className={large ? 'row-wrap' : 'actions'}>
      <button type="button" className={className} title={t('queue.retry_now')}
        aria-label={`${t('queue.retry_now')}: ${name}`} disabled={retry.isPending}
        onClick={() => retry.mutate(undefined, {
          onError: (error) => say(error instanceof Error ? error.message : '', 'bad'),
        })}>
        <Icon name="retry" />{large && t('queue.retry_now')}
      </button>
      <button type="button" className={className} title={t('queue.cancel')}
        aria-label={`${t('queue.cancel')}: ${name}`} onClick={() => setAsking(true)}>
        <Icon name="cross" />{large && t('queue.cancel')}
      </button>
      {asking && (
        <Confirm title={t('queue.cancel_title')} action={t('queue.cancel')}
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await cancel.mutateAsync(undefined);
            say(t('queue.cancelled'));
          }}>
          <p>{t('queue.cancel_text', { name, service: delivery.service ?? '–' })}</p>
        </Confirm>
      )}
    </div>
  );
}
