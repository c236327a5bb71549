import type { Summary } from '../../api/types';
import { Doughnut } from '../../components/Doughnut';
import { useI18n } from '../../i18n';
import { Card } from './Card';

export function Status({ summary }: { summary: Summary }) {
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
