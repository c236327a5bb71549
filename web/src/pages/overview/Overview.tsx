import { Suspense } from 'react';
import { useApp } from '../../api/app';
import { useRules, useServices, useSummary } from '../../api/queries';
import { Pill } from '../../components/Badges';
import { lazyPart } from '../../components/lazy-part';
import { RangePicker } from '../../components/RangePicker';
import { Answer, Loading } from '../../components/States';
import { useI18n } from '../../i18n';
import { rangeOf } from '../../lib/ranges';
import { refineTo, usePlace } from '../../router';
import { Figures } from './Figures';
import { FirstSteps } from './FirstSteps';
import { LatestEvents } from './LatestEvents';
import { NewestDeadLetters } from './NewestDeadLetters';
import { OpenCircuits } from './OpenCircuits';
import { Status } from './Status';

const ServiceCharts = lazyPart(async () =>
  ({ default: (await import('../../components/ServiceCharts')).ServiceCharts }));

/** Whether the figures come by themselves, or are asked for. */
function Liveness() {
  const { t } = useI18n();
  const { live } = useApp();
  if (live) {
    return <Pill tone="ok" icon="bolt" text={t('overview.live')} title={t('overview.live_text')} />;
  }
  return <Pill tone="idle" icon="retry" text={t('overview.polled')}
    title={t('overview.polled_text')} />;
}

export function Overview() {
  const { t } = useI18n();
  const { query } = usePlace();
  const range = rangeOf(query.range);
  const summary = useSummary();
  const services = useServices();
  const rules = useRules();
  const isNew = summary.data?.events_accepted === 0 || services.data?.length === 0 ||
    rules.data?.length === 0;
  const isBlank = summary.data?.events_accepted === 0 && services.data?.length === 0;
  return (
    <>
      <div className="page-head">
        <h1>{t('nav.overview')}</h1>
        <Liveness />
        {!isBlank && (
          <RangePicker value={range.id} onChange={(id) => refineTo([], { range: id })} />
        )}
      </div>
      <Answer of={summary}>
        {(figures) => (
          <div className="stack">
            {isNew && <FirstSteps services={services.data} rules={rules.data} summary={figures} />}
            {!isBlank && (
              <>
                <Figures summary={figures} services={services.data} range={range} />
                <Suspense fallback={<Loading />}><ServiceCharts range={range} /></Suspense>
                <div className="cols-2">
                  <Status summary={figures} />
                  <OpenCircuits services={services.data ?? []} />
                  <NewestDeadLetters />
                  <LatestEvents />
                </div>
              </>
            )}
          </div>
        )}
      </Answer>
    </>
  );
}
