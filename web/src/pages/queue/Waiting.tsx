import { useApp } from '../../api/app';
import { data, hub } from '../../api/client';
import type { Delivery, DeliveryState } from '../../api/types';
import { DeliveryBadge } from '../../components/Badges';
import { Filters, SelectFilter } from '../../components/Filters';
import { HubText } from '../../components/HubText';
import { NothingFits } from '../../components/NothingFits';
import { Paged } from '../../components/Paged';
import { ServiceFilter } from '../../components/ServiceFilter';
import { ServiceLink } from '../../components/ServiceLink';
import { Empty } from '../../components/States';
import { Table, type Column } from '../../components/Table';
import { Ago } from '../../components/Time';
import { useI18n } from '../../i18n';
import { shortName } from '../../lib/events';
import { hrefTo, usePlace } from '../../router';
import { DeliveryActions } from './DeliveryActions';
import { NextAttempt } from './NextAttempt';

const STATES: DeliveryState[] = ['pending', 'sending', 'retrying', 'parked', 'delivered', 'dead'];
const OPEN: DeliveryState[] = ['pending', 'sending', 'retrying', 'parked'];
/** Those that something keeps from going on stand on top. */
const RANKS: DeliveryState[] = ['parked', 'retrying', 'sending', 'pending'];

const OF_EACH = 50;

interface Page {
  items: Delivery[];
  next_cursor: string | null;
  /** There are more than are shown, and no way on. */
  cut?: boolean;
}

/** Deliveries of all states that are not at their end: the newest of each, parked ones first. */
async function loadOpen(service: string | undefined): Promise<Page> {
  const pages = await Promise.all(OPEN.map((state) =>
    data(hub.GET('/api/v1/deliveries',
      { params: { query: { state, service, limit: OF_EACH } } }))));
  const items = pages.flatMap((page) => page.items);
  items.sort((a, b) => RANKS.indexOf(a.state) - RANKS.indexOf(b.state) ||
    b.timecreated - a.timecreated || b.id.localeCompare(a.id));
  return { items, next_cursor: null, cut: pages.some((page) => page.next_cursor !== null) };
}

/** What is on its way: retrying, parked, pending. */
export function Waiting() {
  const { t, translator } = useI18n();
  const { refresh_ms } = useApp();
  const { query } = usePlace();
  const state = STATES.find((name) => name === query.state);
  const columns: Column<Delivery>[] = [
    { id: 'event', title: t('column.event'), kind: 'clipped', cell: (d) => (
      <>
        <a className="row-link clip" title={d.eventname ?? undefined}
          href={hrefTo(['queue', 'delivery', d.id])}>
          {shortName(d.eventname) ?? t('delivery.gateway_call')}
        </a>
        {d.rule && <span className="small muted clip" title={d.rule}>{d.rule}</span>}
      </>
    ) },
    { id: 'service', title: t('column.service'), cell: (d) => <ServiceLink name={d.service} /> },
    { id: 'state', title: t('column.state'), cell: (d) => <DeliveryBadge of={d} /> },
    { id: 'attempts', title: t('column.attempts'), kind: 'num',
      cell: (d) => translator.number(d.attempt_count) },
    { id: 'next', title: t('column.next'), cell: (d) => <NextAttempt delivery={d} /> },
    { id: 'error', title: t('column.error'), kind: 'clipped', cell: (d) => (d.last_error
      ? <HubText text={d.last_error} clip /> : '–') },
    { id: 'since', title: t('column.since'), cell: (d) => <Ago at={d.timecreated} /> },
    { id: 'actions', title: t('column.actions'), kind: 'tools',
      cell: (d) => <DeliveryActions delivery={d} /> },
  ];
  return (
    <>
      <Filters>
        <SelectFilter name="state" label={t('column.state')} all={t('queue.all_open')}
          options={STATES.map((name) => [name, t(`delivery.${name}`)])} />
        <ServiceFilter />
      </Filters>
      <Paged queryKey={['deliveries', state ?? 'open', query.service]} refresh_ms={refresh_ms}
        load={(cursor): Promise<Page> => {
          const service = query.service || undefined;
          if (!state) return loadOpen(service);
          const filter = { state, service, limit: OF_EACH, cursor };
          return data(hub.GET('/api/v1/deliveries', { params: { query: filter } }));
        }}>
        {(rows, { cut }) => rows.length === 0 ? (state || query.service ? <NothingFits />
          : <Empty icon="queue" title={t('queue.empty')}><p>{t('queue.empty_text')}</p></Empty>)
          : (
            <>
              {cut && <p className="small muted">{t('queue.newest_of_each', { n: OF_EACH })}</p>}
              <Table label={t('nav.queue')} columns={columns} rows={rows} rowKey={(d) => d.id} />
            </>
          )}
      </Paged>
    </>
  );
}
