import { useState } from 'react';
import { useApp } from '../../api/app';
import { useRules, useService } from '../../api/queries';
import type { Service } from '../../api/types';
import { CircuitBadge, EnabledBadge } from '../../components/Badges';
import { LogTable } from '../../components/LogTable';
import { RangePicker } from '../../components/RangePicker';
import { ServiceCharts } from '../../components/ServiceCharts';
import { Answer } from '../../components/States';
import { SubTabs } from '../../components/SubTabs';
import { Ago } from '../../components/Time';
import { useI18n } from '../../i18n';
import { rangeOf } from '../../lib/ranges';
import { hrefTo, refineTo, usePlace } from '../../router';
import { Circuit } from './Circuit';
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
