import { useState, type ReactNode } from 'react';
import { useApp } from '../api/app';
import { data, hub } from '../api/client';
import type { LogRow } from '../api/types';
import { useI18n } from '../i18n';
import { shortName } from '../lib/events';
import { logQuery } from '../lib/log';
import { hrefTo } from '../router';
import { ResultBadge } from './Badges';
import { Dialog } from './Dialog';
import { HubText } from './HubText';
import { NothingFits } from './NothingFits';
import { Paged } from './Paged';
import { ServiceLink } from './ServiceLink';
import { Empty } from './States';
import { Table, type Column } from './Table';
import { Moment } from './Time';

/** Finished calls, newest first. `filter` has the names and values of the page's address. */
export function LogTable({ filter, filtered, empty }: {
  filter: Record<string, string>;
  /** People chose the filter, and can take it away. */
  filtered?: boolean;
  /** What it means that there is none. */
  empty?: ReactNode;
}) {
  const { t, translator } = useI18n();
  const { refresh_ms } = useApp();
  const [shown, setShown] = useState<LogRow | null>(null);
  const columns: Column<LogRow>[] = [
    { id: 'time', title: t('column.time'), cell: (row) => (
      <button type="button" className="btn btn-link p-0 nowrap" onClick={() => setShown(row)}>
        <Moment at={row.timecreated ?? 0} />
      </button>
    ) },
    { id: 'result', title: t('column.result'),
      cell: (row) => <ResultBadge success={row.success ?? false} status={row.http_status} /> },
    ...(filter.service ? [] : [{
      id: 'service', title: t('column.service'),
      cell: (row: LogRow) => <ServiceLink name={row.service} />,
    }]),
    { id: 'call', title: t('column.call'), kind: 'clipped', cell: (row) => <Call row={row} /> },
    { id: 'kind', title: t('column.kind'),
      cell: (row) => <span className="nowrap">{t(`kind.${row.kind ?? 'delivery'}`)}</span> },
    { id: 'attempts', title: t('column.attempts'), kind: 'num',
      cell: (row) => translator.number(row.attempt_count ?? 0) },
    { id: 'latency', title: t('column.duration'), kind: 'num',
      cell: (row) => translator.milliseconds(row.latency_ms ?? 0) },
  ];
  const query = logQuery(filter);
  return (
    <>
      <Paged queryKey={['log', query]} refresh_ms={refresh_ms}
        load={(cursor) =>
          data(hub.GET('/api/v1/log', { params: { query: { ...query, limit: 50, cursor } } }))}>
        {(rows) => rows.length === 0 ? (filtered ? <NothingFits /> : (empty ??
          <Empty icon="list" title={t('log.empty')}><p>{t('log.empty_text')}</p></Empty>))
          : <Table label={t('nav.log')} columns={columns} rows={rows} rowKey={(r) => r.id ?? 0} />}
      </Paged>
      {shown && <LogDetail row={shown} onClose={() => setShown(null)} />}
    </>
  );
}

/** The service's name stands beside it, so of an address only the path counts. */
function pathOf(endpoint: string): string {
  const [, path] = /^\w+:\/\/[^/]*(\/.*)?$/.exec(endpoint) ?? [];
  return path ?? endpoint;
}

function Call({ row }: { row: LogRow }) {
  return (
    <>
      <span className="mono clip" title={row.endpoint}>
        {row.http_method} {pathOf(row.endpoint ?? '')}
      </span>
      <span className="small muted clip">
        {shortName(row.eventname)}
        {row.eventname && row.error_message && ' · '}
        {row.error_message && <HubText text={row.error_message} />}
      </span>
    </>
  );
}

function LogDetail({ row, onClose }: { row: LogRow; onClose: () => void }) {
  const { t, translator } = useI18n();
  return (
    <Dialog title={t('log.call', { n: String(row.id ?? 0) })} onClose={onClose}>
      <dl className="facts">
        <dt>{t('column.time')}</dt><dd><Moment at={row.timecreated ?? 0} /></dd>
        <dt>{t('column.result')}</dt>
        <dd><ResultBadge success={row.success ?? false} status={row.http_status} /></dd>
        <dt>{t('column.service')}</dt><dd>{row.service ?? '–'}</dd>
        <dt>{t('column.call')}</dt><dd className="mono">{row.http_method} {row.endpoint}</dd>
        <dt>{t('column.kind')}</dt><dd>{t(`kind.${row.kind ?? 'delivery'}`)}</dd>
        <dt>{t('column.direction')}</dt>
        <dd>{t(`direction.${row.direction ?? 'outbound'}`)}</dd>
        <dt>{t('column.duration')}</dt><dd>{translator.milliseconds(row.latency_ms ?? 0)}</dd>
        <dt>{t('column.attempts')}</dt><dd>{translator.number(row.attempt_count ?? 0)}</dd>
        {row.eventname && <><dt>{t('column.event')}</dt><dd>{row.eventname}</dd></>}
        {row.error_message && (
          <><dt>{t('column.error')}</dt><dd><HubText text={row.error_message} /></dd></>
        )}
        {row.delivery_id && (
          <>
            <dt>{t('column.delivery')}</dt>
            <dd className="mono">
              <a href={hrefTo(['queue', 'delivery', row.delivery_id])}>{row.delivery_id}</a>
            </dd>
          </>
        )}
      </dl>
    </Dialog>
  );
}
