import { useState } from 'react';
import { useApp } from '../../api/app';
import { data, hub } from '../../api/client';
import { useChange, useServices } from '../../api/queries';
import type { Service } from '../../api/types';
import { CircuitBadge, EnabledBadge } from '../../components/Badges';
import { Confirm } from '../../components/Confirm';
import { Icon } from '../../components/Icon';
import { Answer, Empty } from '../../components/States';
import { Pages, Table, type Column } from '../../components/Table';
import { Ago } from '../../components/Time';
import { useToast } from '../../components/Toasts';
import { useI18n } from '../../i18n';
import { hrefTo, refineTo, usePlace } from '../../router';
import { ServiceActions } from './ServiceActions';

const ROWS = 50;

export function ServiceList() {
  const { t } = useI18n();
  const { canManage } = useApp();
  const services = useServices();
  return (
    <>
      <div className="page-head">
        <h1>{t('nav.services')}</h1>
        {canManage && <ResetAll services={services.data ?? []} />}
        {canManage && (
          <a className="btn btn-primary" href={hrefTo(['services'], { add: 'rest' })}>
            <Icon name="plus" />{t('services.add')}
          </a>
        )}
        <p className="lead-in">{t('services.intro')}</p>
      </div>
      <Answer of={services}>
        {(list) => list.length === 0 ? (
          <Empty icon="plug" title={t('services.empty')}>
            <p>{t('services.empty_text')}</p>
            {canManage && (
              <a className="btn btn-primary" href={hrefTo(['services'], { add: 'rest' })}>
                {t('services.add')}
              </a>
            )}
          </Empty>
        ) : <Listed services={list} />}
      </Answer>
    </>
  );
}

function matches(service: Service, query: Record<string, string>): boolean {
  const text = (query.text ?? '').toLowerCase();
  if (text && !`${service.name} ${service.base_url}`.toLowerCase().includes(text)) return false;
  if (query.type && service.type !== query.type) return false;
  if (query.circuit && service.circuit?.state !== query.circuit) return false;
  return !query.enabled || String(service.enabled) === query.enabled;
}

function Listed({ services }: { services: Service[] }) {
  const { t, translator } = useI18n();
  const { query } = usePlace();
  const [page, setPage] = useState(0);
  const refine = (changes: Record<string, string>) => {
    setPage(0);
    refineTo(['services'], { ...query, ...changes });
  };
  const found = services.filter((service) => matches(service, query));
  const pages = Math.ceil(found.length / ROWS);
  const columns: Column<Service>[] = [
    {
      id: 'name', title: t('column.name'), kind: 'wide', sortBy: (s) => s.name,
      cell: (s) => (
        <>
          <a className="row-link" href={hrefTo(['services', s.name])}>{s.name}</a>
          <div className="small muted break">{s.base_url}</div>
        </>
      ),
    },
    { id: 'type', title: t('column.type'), sortBy: (s) => s.type,
      cell: (s) => t(`type.short.${s.type}`) },
    { id: 'circuit', title: t('column.circuit'), sortBy: (s) => s.circuit?.state,
      cell: (s) => <CircuitBadge circuit={s.circuit} /> },
    { id: 'enabled', title: t('column.enabled'), sortBy: (s) => Number(s.enabled),
      cell: (s) => <EnabledBadge enabled={s.enabled} paused={s.paused} /> },
    { id: 'latency', title: t('column.latency'), kind: 'num', sortBy: (s) => s.avg_latency_ms,
      cell: (s) => (s.avg_latency_ms == null ? '–' : translator.milliseconds(s.avg_latency_ms)) },
    { id: 'errors', title: t('column.errors_24h'), kind: 'num', sortBy: (s) => s.errors_24h,
      cell: (s) => translator.number(s.errors_24h) },
    { id: 'backlog', title: t('column.backlog'), kind: 'num', sortBy: (s) => s.backlog,
      cell: (s) => translator.number(s.backlog) },
    { id: 'used', title: t('column.last_used'), sortBy: (s) => s.last_used,
      cell: (s) => <Ago at={s.last_used} /> },
    { id: 'actions', title: t('column.actions'), kind: 'actions',
      cell: (s) => <ServiceActions service={s} /> },
  ];
  return (
    <>
      <div className="filters">
        <label className="grow">
          {t('filter.text')}
          <input className="form-control" type="search" value={query.text ?? ''}
            onChange={(event) => refine({ text: event.target.value })} />
        </label>
        <label>
          {t('column.type')}
          <select className="form-select" value={query.type ?? ''}
            onChange={(event) => refine({ type: event.target.value })}>
            <option value="">{t('filter.all')}</option>
            {(['rest', 'amqp', 'soap'] as const).map((type) => (
              <option key={type} value={type}>{t(`type.short.${type}`)}</option>
            ))}
          </select>
        </label>
        <label>
          {t('column.circuit')}
          <select className="form-select" value={query.circuit ?? ''}
            onChange={(event) => refine({ circuit: event.target.value })}>
            <option value="">{t('filter.all')}</option>
            {(['closed', 'open', 'halfopen'] as const).map((state) => (
              <option key={state} value={state}>{t(`circuit.${state}`)}</option>
            ))}
          </select>
        </label>
        <label>
          {t('column.enabled')}
          <select className="form-select" value={query.enabled ?? ''}
            onChange={(event) => refine({ enabled: event.target.value })}>
            <option value="">{t('filter.all')}</option>
            <option value="true">{t('enabled.yes')}</option>
            <option value="false">{t('enabled.no')}</option>
          </select>
        </label>
      </div>
      {found.length === 0
        ? <Empty icon="search" title={t('filter.nothing')}><p>{t('filter.nothing_text')}</p></Empty>
        : (
          <Table label={t('nav.services')} columns={columns} rowKey={(s) => s.id}
            rows={found.slice(page * ROWS, (page + 1) * ROWS)} />
        )}
      <Pages page={page} pages={pages} onPage={setPage} />
    </>
  );
}

function ResetAll({ services }: { services: Service[] }) {
  const { t, tn } = useI18n();
  const say = useToast();
  const [asking, setAsking] = useState(false);
  const open = services.filter((service) => service.circuit?.state !== 'closed');
  const reset = useChange(
    () => data(hub.POST('/api/v1/circuits/reset')), ['services', 'summary']);
  if (open.length === 0) return null;
  return (
    <>
      <button type="button" className="btn btn-outline-secondary" onClick={() => setAsking(true)}>
        <Icon name="retry" />{t('services.reset_all')}
      </button>
      {asking && (
        <Confirm safe title={t('services.reset_all')} action={t('services.reset_all')}
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            const done = await reset.mutateAsync(undefined);
            say(tn('services.reset_done', done.reset));
          }}>
          <p>{t('services.reset_all_text')}</p>
          <ul>{open.map((service) => <li key={service.id}>{service.name}</li>)}</ul>
        </Confirm>
      )}
    </>
  );
}
