import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import { useI18n } from '../i18n';
import { useTheme } from '../theme';
import { HEIGHT, optionsOf, type Line, type Points } from './chart-options';
import { ChartTable } from './ChartTable';
import { ChartTip } from './ChartTip';
import { Icon } from './Icon';

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
    `${translator.language}|${props.show(1)}`;

  useEffect(() => {
    const element = box.current;
    if (!element || asTable) return;
    const move = (index: number | null, left: number) =>
      setAt(index === null || left < 0 ? null : { index, left });
    const when = (time: number) => (long ? translator.day(time) : translator.clock(time));
    const made = new uPlot(
      optionsOf(lines, element.clientWidth,
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
        {asTable ? <ChartTable {...props} /> : (
          <div className="chart" ref={box} role="img" aria-label={t('chart.label', {
            title: props.title,
            values: translator.list(lines.map((line) => {
              const value = last(line.values);
              return `${line.label} ${value == null ? t('state.none') : props.show(value)}`;
            })),
          })}>
            {at && times[at.index] !== undefined && (
              <ChartTip left={at.left} width={box.current?.clientWidth ?? 0}
                when={translator.time(times[at.index] ?? 0)} lines={lines} index={at.index}
                show={props.show} />
            )}
          </div>
        )}
        <ul className="legend mt-2">
          <li>{t('chart.last')}</li>
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
