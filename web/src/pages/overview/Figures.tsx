import { useEffect, useRef, useState } from 'react';
import { useSeries } from '../../api/queries';
import type { Service, Summary } from '../../api/types';
import { useI18n } from '../../i18n';
import { perSecond, rateUnit, sumOf, valuesOf, type Range } from '../../lib/ranges';
import { hrefTo } from '../../router';
import { Kpi } from './Kpi';

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

/** The state of the hub in six numbers. */
export function Figures(props: {
  summary: Summary;
  services: Service[] | undefined;
  range: Range;
}) {
  const { t, tn, translator } = useI18n();
  const { summary, range } = props;
  const series = useSeries(['delivered', 'failed', 'latency_p95'], range.span, range.step);
  const [delivered, failed, p95] = series.data?.map(valuesOf) ?? [[], [], []];
  // Until two looks at the totals tell: the last step that has ended.
  const before = perSecond(series.data?.[0], range.step, Date.now() / 1000);
  const now = useRate(summary) ?? before.findLast((value) => value !== null) ?? null;
  const unit = rateUnit(now ?? 0);
  const good = sumOf(delivered ?? []);
  const tried = good + sumOf(failed ?? []);
  const latency = (p95 ?? []).findLast((value) => value !== null);
  const oldest = summary.oldest_pending_s;
  return (
    <div className="kpis">
      <Kpi icon="bolt" label={t('overview.rate')} value={now === null ? '–'
        : t(`unit.per_${unit.unit}`, { n: Math.round(now * unit.seconds * 10) / 10 })}
        note={t('overview.delivered_total', { n: summary.deliveries.delivered })} />
      <Kpi icon="check" label={t('overview.success')}
        value={tried ? translator.percent(good / tried) : '–'} note={t(`range.last.${range.id}`)} />
      <Kpi icon="clock" label={t('overview.latency')}
        value={latency == null ? '–' : translator.milliseconds(latency)}
        note={t('overview.latency_note', { share: translator.percent(0.95) })} />
      <Kpi icon="queue" label={t('column.backlog')} value={translator.number(summary.backlog)}
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
