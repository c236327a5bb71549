import { useState } from 'react';
import { useApp } from '../../api/app';
import { useService } from '../../api/queries';
import { LogTable } from '../../components/LogTable';
import { RangePicker } from '../../components/RangePicker';
import { ServiceCharts } from '../../components/ServiceCharts';
import { Answer } from '../../components/States';
import { SubTabs } from '../../components/SubTabs';
import { useI18n } from '../../i18n';
import { rangeOf } from '../../lib/ranges';
import { hrefTo, refineTo, usePlace } from '../../router';
import { Circuit } from './Circuit';
import { Operations } from './Operations';
import type { Operation } from './operations';
import { ServiceActions } from './ServiceActions';
import { ServiceFacts } from './ServiceFacts';
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
            <ServiceFacts service={found} />
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
