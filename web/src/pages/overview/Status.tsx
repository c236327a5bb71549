import { useState } from 'react';
import type { Summary } from '../../api/types';
import { Doughnut, type Slice } from '../../components/Doughnut';
import { Icon } from '../../components/Icon';
import { useI18n } from '../../i18n';

/** How the deliveries ended, as a chart or as the table of its data. */
export function Status({ summary }: { summary: Summary }) {
  const { t } = useI18n();
  const [asTable, setAsTable] = useState(false);
  const { delivered, open, dead } = summary.deliveries;
  const title = t('overview.status');
  const slices: Slice[] = [
    { label: t('delivery.delivered'), value: delivered, colour: 2 },
    { label: t('overview.open'), value: open, colour: 1 },
    { label: t('delivery.dead'), value: dead, colour: 3 },
  ];
  return (
    <section className="card">
      <div className="card-head">
        <h2>{title}</h2>
        <button type="button" className="btn btn-sm btn-plain" aria-pressed={asTable}
          onClick={() => setAsTable(!asTable)}>
          <Icon name={asTable ? 'chart' : 'table'} />
          {asTable ? t('chart.as_chart') : t('chart.as_table')}
          <span className="visually-hidden">: {title}</span>
        </button>
      </div>
      <div className="card-body">
        {asTable ? <Numbers title={title} slices={slices} />
          : <Doughnut label={title} unit={t('overview.deliveries')} slices={slices} />}
      </div>
    </section>
  );
}

function Numbers({ title, slices }: { title: string; slices: Slice[] }) {
  const { t, translator } = useI18n();
  const total = slices.reduce((sum, { value }) => sum + value, 0);
  return (
    <table className="table table-sm mb-0">
      <caption className="visually-hidden">{title}</caption>
      <thead>
        <tr>
          <th scope="col">{t('column.state')}</th>
          <th scope="col" className="num">{t('chart.number')}</th>
          <th scope="col" className="num">{t('chart.share')}</th>
        </tr>
      </thead>
      <tbody>
        {slices.map(({ label, value }) => (
          <tr key={label}>
            <th scope="row" className="fw-normal">{label}</th>
            <td className="num">{translator.number(value)}</td>
            <td className="num">{translator.percent(total ? value / total : 0)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
