import { useMemo } from 'react';
import { useSeries } from '../api/queries';
import type { Metric } from '../api/types';
import { useI18n } from '../i18n';
import { perSecond, rateUnit, successShare, timesOf, valuesOf, type Range } from '../lib/ranges';
import type { Line } from './chart-options';
import { Answer } from './States';
import { TimeChart } from './TimeChart';

type Rows = (number | null)[][] | undefined;
const METRICS: Metric[] = [
  'delivered', 'failed', 'dead', 'latency_p50', 'latency_p95', 'latency_p99', 'backlog',
];

/** Throughput, success, latency and backlog over time; of one service or of all. */
export function ServiceCharts({ range, service }: { range: Range; service?: string }) {
  const series = useSeries(METRICS, range.span, range.step, service);
  return (
    <Answer of={series}>{(found) => <Charts series={found} step={range.step} />}</Answer>
  );
}

function Charts({ series, step }: { series: (number | null)[][][]; step: number }) {
  const { t, translator } = useI18n();
  const [delivered, failed, dead, p50, p95, p99, backlog] = series;
  const times = useMemo(() => timesOf(delivered), [delivered]);
  const lines = useMemo(() => {
    const now = Date.now() / 1000;
    const rates = [delivered, failed, dead].map((points) => perSecond(points, step, now));
    const unit = rateUnit(Math.max(0, ...rates.flat().map((value) => value ?? 0)));
    const rate = (label: string, colour: Line['colour'], index: number) => ({
      label, colour,
      values: rates[index]?.map((value) => value && value * unit.seconds) ?? [],
    });
    const level = (label: string, colour: Line['colour'], points: Rows) =>
      ({ label, colour, values: valuesOf(points) });
    return {
      throughput: [
        rate(t('chart.delivered'), 2, 0),
        rate(t('chart.failed'), 4, 1),
        rate(t('chart.dead'), 3, 2),
      ],
      unit: unit.unit,
      success: [{
        label: t('chart.success'),
        colour: 2 as const,
        values: successShare(valuesOf(delivered), valuesOf(failed)),
      }],
      latency: [level('p50', 1, p50), level('p95', 5, p95), level('p99', 4, p99)],
      backlog: [level(t('chart.backlog'), 1, backlog)],
    };
  }, [series, t]);
  const rate = (value: number) => t(`unit.per_${lines.unit}`, { n: translator.rate(value) });
  return (
    <div className="cols-2">
      <TimeChart title={t('chart.throughput')} times={times} lines={lines.throughput} show={rate}
        axis={(value) => (value < 1000 ? rate(value)
          : t(`unit.per_${lines.unit}`, { n: translator.compact(value) }))} />
      <TimeChart title={t('chart.latency')} times={times} lines={lines.latency}
        show={(value) => translator.milliseconds(value)} whole />
      <TimeChart title={t('chart.success_over_time')} times={times} lines={lines.success}
        show={translator.percent} top={1} />
      <TimeChart title={t('chart.backlog_over_time')} times={times} lines={lines.backlog}
        show={translator.number} axis={translator.compact} whole />
    </div>
  );
}
