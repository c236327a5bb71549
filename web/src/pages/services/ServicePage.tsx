import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useApp } from '../../api/app';
import { data, hub } from '../../api/client';
import { useRules, useService } from '../../api/queries';
import type { Service } from '../../api/types';
import { CircuitBadge, EnabledBadge } from '../../components/Badges';
import { LogTable } from '../../components/LogTable';
import { RangePicker } from '../../components/RangePicker';
import { ServiceCharts } from '../../components/ServiceCharts';
import { Answer, Notice } from '../../components/States';
import { SubTabs } from '../../components/SubTabs';
import { Ago } from '../../components/Time';
import { useI18n } from '../../i18n';
import { rangeOf } from '../../lib/ranges';
import { hrefTo, refineTo, usePlace } from '../../router';
import { Operations } from './Operations';
import type { Operation } from './operations';
import { ServiceActions } from './ServiceActions';
import { TestCall } from './TestCall';

const TABS = ['charts', 'log', 'circuit', 'operations'] as const;

/** One service: its charts, its calls, its circuit. */
export function ServicePage({ name }: { name: string }) {
  const { t } = useI18n();
  const { query } = usePlace();
  const { canManage } = useApp();
  const service = useService(name);
  const [testing, setTesting] = useState(canManage && query.test !== undefined);
  const [operation, setOperation] = useState<Operation>();
  const tabs = TABS.filter((id) =>
    id !== 'operations' || (service.data?.type === 'soap' && canManage));
  const tab = tabs.find((id) => id === query.tab) ?? 'charts';
  const range = rangeOf(query.range);
  return (
    <>
      <div className="page-head">
        <h1>{name}</h1>
        {service.data && <ServiceActions service={service.data} large />}
      </div>
      <Answer of={service}>
        {(found) => (
          <div className="stack">
            <Facts service={found} />
            <SubTabs label={name} current={tab} tabs={tabs.map((id) => ({
              id, title: t(`service.tab.${id}`),
              href: hrefTo(['services', name], { ...query, test: undefined, tab: id }),
            }))} />
            {tab === 'charts' && (
              <div className="stack">
                <RangePicker value={range.id}
                  onChange={(id) => refineTo(['services', name], { ...query, range: id })} />
                <ServiceCharts range={range} service={name} />
              </div>
            )}
            {tab === 'log' && <LogTable filter={{ service: name }} />}
            {tab === 'circuit' && <Circuit service={found} />}
            {tab === 'operations' && (
              <Operations service={found} onTest={(chosen) => {
                setOperation(chosen);
                setTesting(true);
              }} />
            )}
            {testing && (
              <TestCall service={found} operation={operation} onClose={() => {
                setTesting(false);
                setOperation(undefined);
                refineTo(['services', name], { ...query, test: undefined });
              }} />
            )}
          </div>
        )}
      </Answer>
    </>
  );
}

function Facts({ service }: { service: Service }) {
  const { t, translator } = useI18n();
  const rules = useRules().data?.filter((rule) => rule.service === service.name);
  return (
    <div className="card card-body">
      <div className="cols">
        <dl className="facts">
          <dt>{t('column.circuit')}</dt>
          <dd><CircuitBadge circuit={service.circuit} /></dd>
          <dt>{t('column.state')}</dt>
          <dd><EnabledBadge enabled={service.enabled} paused={service.paused} /></dd>
          <dt>{t('column.type')}</dt>
          <dd>{t(`type.${service.type}`)}</dd>
          <dt>{t(`address.${service.type}`)}</dt>
          <dd className="mono">{service.base_url}</dd>
        </dl>
        <dl className="facts">
          <dt>{t('column.backlog')}</dt>
          <dd>
            <a href={hrefTo(['queue'], { service: service.name })}>
              {translator.number(service.backlog)}
            </a>
          </dd>
          <dt>{t('column.latency')}</dt>
          <dd>{service.avg_latency_ms == null ? '–'
            : translator.milliseconds(service.avg_latency_ms)}</dd>
          <dt>{t('column.errors_24h')}</dt>
          <dd>{translator.number(service.errors_24h)}</dd>
          <dt>{t('column.last_used')}</dt>
          <dd><Ago at={service.last_used} /></dd>
          <dt>{t('nav.rules')}</dt>
          <dd>
            {rules?.length ? rules.map((rule, index) => (
              <span key={rule.id}>
                {index > 0 && ', '}
                <a href={hrefTo(['rules', rule.id])}>{rule.name || rule.eventname}</a>
              </span>
            )) : t('state.none')}
          </dd>
        </dl>
      </div>
    </div>
  );
}

function Circuit({ service }: { service: Service }) {
  const { t, tn } = useI18n();
  const state = service.circuit?.state ?? 'closed';
  const threshold = service.cb_failure_threshold;
  return (
    <div className="stack">
      <Notice tone={state === 'closed' ? 'ok' : 'warn'}>
        <strong>{t(`circuit.${state}`)}.</strong> {t(`circuit.help.${state}`)}{' '}
        {tn('circuit.failures', service.circuit?.failure_count ?? 0)}{' '}
        {threshold === 0 ? t('circuit.off') : t('circuit.rule', {
          n: threshold, seconds: service.cb_cooldown })}
      </Notice>
      <h2 className="mb-0">{t('circuit.waiting')}</h2>
      <WaitingErrors service={service.name} />
      <h2 className="mb-0">{t('circuit.last_failures')}</h2>
      <LogTable filter={{ service: service.name, success: 'false' }} />
    </div>
  );
}

const LOOKED_AT = 100;

/** What the service answered to those that wait for it: the log has finished calls only. */
function WaitingErrors({ service }: { service: string }) {
  const { t, tn } = useI18n();
  const { refresh_ms } = useApp();
  const waiting = useQuery({
    queryKey: ['deliveries', 'errors', service],
    queryFn: async () => {
      const pages = await Promise.all((['parked', 'retrying'] as const).map((state) =>
        data(hub.GET('/api/v1/deliveries', { params: { query: { state, service,
          limit: LOOKED_AT } } }))));
      return pages.flatMap((page) => page.items);
    },
    refetchInterval: refresh_ms,
  });
  return (
    <Answer of={waiting}>
      {(items) => {
        const counts = new Map<string, number>();
        for (const { last_error } of items) {
          if (last_error) counts.set(last_error, (counts.get(last_error) ?? 0) + 1);
        }
        if (counts.size === 0) return <p className="muted mb-0">{t('circuit.no_errors')}</p>;
        return (
          <ul className="list-plain card card-body">
            {[...counts].map(([message, n]) => (
              <li key={message} className="list-line">
                <span lang="en">{message}</span>
                <a className="nowrap" href={hrefTo(['queue'], { service })}>
                  {tn('services.waiting', n)}
                </a>
              </li>
            ))}
          </ul>
        );
      }}
    </Answer>
  );
}
