import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import { useI18n } from '../i18n';
import { useTheme } from '../theme';
import { Icon } from './Icon';

export type Points = (number | null)[];
export interface Line {
  label: string;
  colour: 1 | 2 | 3 | 4 | 5;
  values: Points;
}

const HEIGHT = 190;
const MAX_ROWS = 120;
/** Room above the highest value, so that no line runs along the edge. */
const HEADROOM = 1.12;
/** Steps between the lines of the grid; finer ones would read alike once they are rounded. */
const WHOLE_STEPS = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500].flatMap((step) =>
  [1, 1e3, 1e6].map((scale) => step * scale)).sort((a, b) => a - b);

/** Values that have no neighbour, which a line alone would not show. */
function lonely(plot: uPlot, series: number): number[] {
  const values = (plot.data[series] ?? []) as Points;
  return values.flatMap((value, index) =>
    value != null && values[index - 1] == null && values[index + 1] == null ? [index] : []);
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

interface Looks {
  axis: (value: number) => string;
  when: (time: number) => string;
  /** The highest value there can be; without it the axis follows the values. */
  top: number | undefined;
  /** The values are whole numbers. */
  whole: boolean;
}

function options(lines: Line[], width: number, looks: Looks,
  onMove: (index: number | null, left: number) => void): uPlot.Options {
  const text = colour('--hub-muted');
  const grid = { stroke: colour('--hub-line'), width: 1 };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    padding: [8, 12, 0, 0],
    scales: {
      x: { time: true },
      y: { range: (_, __, high) => [0, looks.top ?? Math.max((high || 0) * HEADROOM,
        looks.whole ? 4 : 0.1)] },
    },
    axes: [
      {
        stroke: text, grid: { show: false }, ticks: grid, space: 70, size: 32,
        values: (_, ticks) => ticks.map(looks.when),
      },
      {
        stroke: text, grid, ticks: { show: false }, size: 58, space: 34,
        ...(looks.whole ? { incrs: WHOLE_STEPS } : {}),
        values: (_, ticks) => ticks.map(looks.axis),
      },
    ],
    series: [
      {},
      ...lines.map((line): uPlot.Series => ({
        label: line.label,
        stroke: colour(`--chart-${line.colour}`),
        width: 2,
        fill: lines.length === 1 ? `${colour(`--chart-${line.colour}`)}22` : undefined,
        points: { show: true, size: 6, filter: (plot, series) => lonely(plot, series) },
        spanGaps: false,
      })),
    ],
    hooks: {
      setCursor: [(plot) => onMove(plot.cursor.idx ?? null, plot.cursor.left ?? -1)],
    },
  };
}

/** Lines over time with a legend, a tooltip, and the same numbers as a table. */
export function TimeChart(props: {
  title: string;
  times: number[];
  lines: Line[];
  show: (value: number) => string;
  axis?: (value: number) => string;
  top?: number;
  whole?: boolean;
}) {
  const { t, translator } = useI18n();
  const { dark } = useTheme();
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [asTable, setAsTable] = useState(false);
  const [at, setAt] = useState<{ index: number; left: number } | null>(null);
  const { times, lines } = props;
  const long = times.length > 1 && (times.at(-1) ?? 0) - (times[0] ?? 0) > 2 * 86_400;
  const shape = `${lines.map((l) => l.label + l.colour).join()}|${dark}|${long}|` +
    `${translator.language}`;

  useEffect(() => {
    const element = box.current;
    if (!element || asTable) return;
    const move = (index: number | null, left: number) =>
      setAt(index === null || left < 0 ? null : { index, left });
    const when = (time: number) => (long ? translator.day(time) : translator.clock(time));
    const made = new uPlot(
      options(lines, element.clientWidth,
        { axis: props.axis ?? props.show, when, top: props.top, whole: props.whole ?? false },
        move),
      [times, ...lines.map((line) => line.values)] as uPlot.AlignedData, element);
    plot.current = made;
    const watch = new ResizeObserver(() => {
      if (element.clientWidth) made.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
    // The data is set below; a new plot is only needed for another shape.
  }, [shape, asTable]);

  useEffect(() => {
    plot.current?.setData([times, ...lines.map((l) => l.values)] as uPlot.AlignedData);
  }, [times, lines]);

  const last = (values: Points) => values.findLast((value) => value !== null);
  return (
    <section className="card" aria-label={props.title}>
      <div className="card-head">
        <h2>{props.title}</h2>
        <button type="button" className="btn btn-sm btn-plain" aria-pressed={asTable}
          onClick={() => setAsTable(!asTable)}>
          <Icon name={asTable ? 'chart' : 'table'} />
          {asTable ? t('chart.as_chart') : t('chart.as_table')}
          <span className="visually-hidden">: {props.title}</span>
        </button>
      </div>
      <div className="card-body">
        {asTable ? <DataTable {...props} /> : (
          <div className="chart" ref={box} role="img" aria-label={t('chart.label', {
            title: props.title,
            values: translator.list(lines.map((line) => {
              const value = last(line.values);
              return `${line.label} ${value == null ? t('state.none') : props.show(value)}`;
            })),
          })}>
            {at && times[at.index] !== undefined && (
              <Tip left={at.left} width={box.current?.clientWidth ?? 0}
                when={translator.time(times[at.index] ?? 0)} lines={lines} index={at.index}
                show={props.show} />
            )}
          </div>
        )}
        <ul className="legend mt-2">
          {lines.map((line) => {
            const value = last(line.values);
            return (
              <li key={line.label}>
                <span className={`swatch swatch-${line.colour}`} />
                {line.label}
                <span className="value">{value == null ? '–' : props.show(value)}</span>
              </li>
            );
          })}
        </ul>
      </div>
    </section>
  );
}

function Tip(props: { left: number; width: number; when: string; lines: Line[]; index: number;
  show: (value: number) => string; }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const beyond = props.left > props.width / 2;
    element.style.left = beyond ? '' : `${props.left + 75}px`;
    element.style.right = beyond ? `${props.width - props.left - 45}px` : '';
    element.style.top = '10px';
  });
  return (
    <div className="chart-tip" ref={place}>
      <div className="muted">{props.when}</div>
      {props.lines.map((line) => {
        const value = line.values[props.index];
        return (
          <div key={line.label}>
            <span className={`swatch swatch-${line.colour}`} /> {line.label}{' '}
            <strong>{value == null ? '–' : props.show(value)}</strong>
          </div>
        );
      })}
    </div>
  );
}

function DataTable(props: { title: string; times: number[]; lines: Line[];
  show: (value: number) => string; }) {
  const { t, translator } = useI18n();
  const from = Math.max(0, props.times.length - MAX_ROWS);
  const rows = props.times.slice(from).map((time, index) => ({ time, index: index + from }));
  return (
    <div className="chart-table" tabIndex={0} role="region"
      aria-label={`${props.title}: ${t('chart.as_table')}`}>
      <table className="table table-sm mb-0">
        <thead>
          <tr>
            <th scope="col">{t('column.time')}</th>
            {props.lines.map((line) => (
              <th key={line.label} scope="col" className="num">{line.label}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.reverse().map(({ time, index }) => (
            <tr key={time}>
              <th scope="row" className="fw-normal">{translator.time(time)}</th>
              {props.lines.map((line) => {
                const value = line.values[index];
                return (
                  <td key={line.label} className="num">
                    {value == null ? '–' : props.show(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
