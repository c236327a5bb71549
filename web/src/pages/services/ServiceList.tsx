import { useState } from 'react';
import { useApp } from '../../api/app';
import { data, hub } from '../../api/client';
import { useChange, useServices } from '../../api/queries';
import type { Service } from '../../api/types';
import { CircuitBadge, EnabledBadge } from '../../components/Badges';
import { Confirm } from '../../components/Confirm';
import { Filters, SelectFilter } from '../../components/Filters';
import { InputFilter } from '../../components/InputFilter';
import { Icon } from '../../components/Icon';
import { NothingFits } from '../../components/NothingFits';
import { Answer, Empty } from '../../components/States';
import { Table, type Column } from '../../components/Table';
import { Ago } from '../../components/Time';
import { useToast } from '../../components/Toasts';
import { useI18n } from '../../i18n';
import { shortAddress } from '../../lib/amqp';
import { hrefTo, usePlace } from '../../router';
import { ServiceActions } from './ServiceActions';

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
  const found = services.filter((service) => matches(service, query));
  const columns: Column<Service>[] = [
    {
      id: 'name', title: t('column.name'), kind: 'clipped', sortBy: (s) => s.name,
      cell: (s) => (
        <>
          <a className="row-link clamp" title={s.name} href={hrefTo(['services', s.name])}>
            {s.name}
          </a>
          <span className="small muted clip" title={s.base_url}>{shortAddress(s.base_url)}</span>
        </>
      ),
    },
    { id: 'type', title: t('column.type'), sortBy: (s) => s.type,
      cell: (s) => t(`type.short.${s.type}`) },
    { id: 'circuit', title: t('column.circuit'), sortBy: (s) => s.circuit?.state,
      cell: (s) => <CircuitBadge circuit={s.circuit} /> },
    { id: 'enabled', title: t('column.state'), sortBy: (s) => Number(s.enabled),
      cell: (s) => <EnabledBadge enabled={s.enabled} paused={s.paused} /> },
    { id: 'latency', title: t('column.latency'), kind: 'num',
      sortBy: (s) => s.avg_latency_ms,
      cell: (s) => (s.avg_latency_ms == null ? '–' : translator.milliseconds(s.avg_latency_ms)) },
    { id: 'errors', title: t('column.errors_24h'), kind: 'num', sortBy: (s) => s.errors_24h,
      cell: (s) => translator.number(s.errors_24h) },
    { id: 'backlog', title: t('column.backlog'), kind: 'num', sortBy: (s) => s.backlog,
      cell: (s) => translator.number(s.backlog) },
    { id: 'used', title: t('column.last_used'), sortBy: (s) => s.last_used,
      cell: (s) => <Ago at={s.last_used} /> },
    { id: 'actions', title: t('column.actions'), kind: 'tools',
      cell: (s) => <ServiceActions service={s} /> },
  ];
  return (
    <>
      <Filters>
        <InputFilter name="text" label={t('filter.text')} grow />
        <SelectFilter name="type" label={t('column.type')} options={
          (['rest', 'amqp', 'soap'] as const).map((type) => [type, t(`type.short.${type}`)])} />
        <SelectFilter name="circuit" label={t('column.circuit')} options={
          (['closed', 'open', 'halfopen'] as const).map((state) =>
            [state, t(`circuit.${state}`)])} />
        <SelectFilter name="enabled" label={t('column.state')}
          options={[['true', t('enabled.yes')], ['false', t('enabled.no')]]} />
      </Filters>
      {found.length === 0
        ? <NothingFits />
        : (
          <Table label={t('nav.services')} columns={columns} rowKey={(s) => s.id} rows={found}
            first={{ id: 'name', down: false }} />
        )}
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
            await reset.mutateAsync(undefined);
            say(tn('services.reset_done', open.length));
          }}>
          <p>{t('services.reset_all_text')}</p>
          <ul>{open.map((service) => <li key={service.id}>{service.name}</li>)}</ul>
        </Confirm>
      )}
    </>
  );
}
