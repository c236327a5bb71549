import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useRef, useState, type ReactNode } from 'react';
import { useApp } from '../api/app';
import { data, hub } from '../api/client';
import { useLatestEvents, useRules, useSeries, useServices, useSummary } from '../api/queries';
import type { Service, Summary } from '../api/types';
import { CircuitBadge, Pill, ReasonBadge } from '../components/Badges';
import { Doughnut } from '../components/Doughnut';
import { Icon, type IconName } from '../components/Icon';
import { RangePicker } from '../components/RangePicker';
import { Answer, Loading } from '../components/States';
import { Ago } from '../components/Time';
import { useI18n } from '../i18n';
import { perSecond, rangeOf, sumOf, valuesOf, type Range } from '../lib/ranges';
import { shortName } from '../lib/events';
import { hrefTo, refineTo, usePlace } from '../router';
import { FirstSteps } from './FirstSteps';

const ServiceCharts = lazy(() =>
  import('../components/ServiceCharts').then((m) => ({ default: m.ServiceCharts })));
const NEWEST = 6;

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

/** Deliveries ended a second, from two looks at the totals. */
function useRate(summary: Summary): number | null {
  const seen = useRef<{ time: number; ended: number }[]>([]);
  const [rate, setRate] = useState<number | null>(null);
  const ended = summary.deliveries.delivered + summary.deliveries.dead;
  useEffect(() => {
    const now = Date.now() / 1000;
    const looks = [...seen.current.filter((look) => now - look.time < 10), { time: now, ended }];
    seen.current = looks;
    const first = looks[0];
    if (first && now - first.time > 0.5) setRate((ended - first.ended) / (now - first.time));
  }, [summary, ended]);
  return rate;
}

function Figures(props: { summary: Summary; services: Service[] | undefined; range: Range }) {
  const { t, tn, translator } = useI18n();
  const { summary, range } = props;
  const series = useSeries(['delivered', 'failed', 'latency_p95'], range.span, range.step);
  const [delivered, failed, p95] = series.data?.map(valuesOf) ?? [[], [], []];
  // Until two looks at the totals tell: the last step that has ended.
  const before = perSecond(series.data?.[0], range.step, Date.now() / 1000);
  const rate = useRate(summary) ?? before.findLast((value) => value !== null) ?? null;
  const good = sumOf(delivered ?? []);
  const tried = good + sumOf(failed ?? []);
  const latency = (p95 ?? []).findLast((value) => value !== null);
  const oldest = summary.oldest_pending_s;
  return (
    <div className="kpis">
      <Kpi icon="bolt" label={t('overview.rate')} value={rate === null ? '–'
        : t('unit.per_second', { n: Math.round(rate * 10) / 10 })}
        note={t('overview.delivered_total', { n: summary.deliveries.delivered })} />
      <Kpi icon="check" label={t('overview.success')}
        value={tried ? translator.percent(good / tried) : '–'} note={t(`range.last.${range.id}`)} />
      <Kpi icon="clock" label={t('overview.latency')}
        value={latency == null ? '–' : translator.milliseconds(latency)}
        note={t('overview.latency_note')} />
      <Kpi icon="queue" label={t('overview.backlog')} value={translator.number(summary.backlog)}
        href={hrefTo(['queue'])} note={oldest == null ? t('overview.nothing_waits')
          : t('overview.oldest', { time: translator.duration(oldest) })} />
      <Kpi icon="half" label={t('overview.circuits')} href={hrefTo(['services'])}
        bad={summary.circuits_open > 0} value={translator.number(summary.circuits_open)}
        note={props.services ? tn('overview.of_services', props.services.length) : '\u00a0'} />
      <Kpi icon="letter" label={t('overview.dead_letters')} bad={summary.dead_letters > 0}
        href={hrefTo(['queue', 'dead-letters'])} value={translator.number(summary.dead_letters)}
        note={summary.dead_letters ? t('overview.need_review') : t('overview.all_well')} />
    </div>
  );
}

function Kpi(props: {
  icon: IconName;
  label: string;
  value: string;
  note: string;
  href?: string;
  bad?: boolean;
}) {
  const inside = (
    <>
      <div className="kpi-label"><Icon name={props.icon} size={15} />{props.label}</div>
      <div className="kpi-value">{props.value}</div>
      <div className="kpi-note">{props.note}</div>
    </>
  );
  const className = `kpi ${props.bad ? 'bad' : ''}`;
  if (!props.href) return <div className={className}>{inside}</div>;
  return <a className={className} href={props.href}>{inside}</a>;
}

function Card(props: { title: string; more?: string; children: ReactNode }) {
  const { t } = useI18n();
  return (
    <section className="card">
      <div className="card-head">
        <h2>{props.title}</h2>
        {props.more && (
          <a className="small" href={props.more}>
            {t('action.show_all')}<span className="visually-hidden">: {props.title}</span>
          </a>
        )}
      </div>
      <div className="card-body">{props.children}</div>
    </section>
  );
}

function Status({ summary }: { summary: Summary }) {
  const { t } = useI18n();
  const { delivered, open, dead } = summary.deliveries;
  return (
    <Card title={t('overview.status')}>
      <Doughnut label={t('overview.status')} unit={t('overview.deliveries')} slices={[
        { label: t('delivery.delivered'), value: delivered, colour: 2 },
        { label: t('overview.open'), value: open, colour: 1 },
        { label: t('delivery.dead'), value: dead, colour: 3 },
      ]} />
    </Card>
  );
}

function OpenCircuits({ services }: { services: Service[] }) {
  const { t, tn } = useI18n();
  const open = services.filter((service) => service.circuit?.state !== 'closed');
  return (
    <Card title={t('overview.circuits')} more={hrefTo(['services'])}>
      {open.length === 0 && (
        <p className="mb-0"><Pill tone="ok" icon="check" text={t('overview.no_open_circuit')} /></p>
      )}
      <ul className="list-plain">
        {open.slice(0, NEWEST).map((service) => (
          <li key={service.id} className="list-line">
            <span>
              <a href={hrefTo(['services', service.name])}>{service.name}</a>
              <div className="small muted">{tn('services.waiting', service.backlog)}</div>
            </span>
            <CircuitBadge circuit={service.circuit} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function NewestDeadLetters() {
  const { t } = useI18n();
  const { refresh_ms } = useApp();
  const letters = useQuery({
    queryKey: ['dead-letters', 'newest'],
    queryFn: () => data(hub.GET('/api/v1/dead-letters', { params: { query: { limit: NEWEST } } })),
    refetchInterval: refresh_ms,
  });
  return (
    <Card title={t('overview.newest_dead')} more={hrefTo(['queue', 'dead-letters'])}>
      <Answer of={letters}>
        {({ items }) => items.length === 0
          ? <p className="muted mb-0">{t('dead.empty_short')}</p>
          : (
            <ul className="list-plain">
              {items.map((letter) => (
                <li key={letter.id} className="list-line">
                  <span>
                    <a href={hrefTo(['queue', 'dead-letters', letter.id])}>
                      {shortName(letter.eventname) ?? t('delivery.gateway_call')}
                    </a>
                    <div className="small muted">
                      {letter.service} · <Ago at={letter.timecreated} />
                    </div>
                  </span>
                  <ReasonBadge reason={letter.reason} />
                </li>
              ))}
            </ul>
          )}
      </Answer>
    </Card>
  );
}

function LatestEvents() {
  const { t } = useI18n();
  const events = useLatestEvents(NEWEST);
  return (
    <Card title={t('overview.latest_events')} more={hrefTo(['events'])}>
      <Answer of={events}>
        {({ items }) => items.length === 0
          ? <p className="muted mb-0">{t('events.empty_short')}</p>
          : (
            <ul className="list-plain">
              {items.map((event) => (
                <li key={`${event.site}/${event.id}`} className="list-line">
                  <a href={hrefTo(['events', event.site, event.id])} title={event.eventname}>
                    {shortName(event.eventname)}
                  </a>
                  <span className="small muted"><Ago at={event.accepted} /></span>
                </li>
              ))}
            </ul>
          )}
      </Answer>
    </Card>
  );
}
