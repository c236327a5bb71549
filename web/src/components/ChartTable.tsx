import { useI18n } from '../i18n';
import type { Line } from './chart-options';

const MAX_ROWS = 120;

/** The numbers of a chart, newest first. */
export function ChartTable(props: {
  title: string;
  times: number[];
  lines: Line[];
  show: (value: number) => string;
}) {
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
