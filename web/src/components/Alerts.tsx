import { useSummary } from '../api/queries';
import type { Alert } from '../api/types';
import { useI18n } from '../i18n';
import { hrefTo } from '../router';
import { Notice } from './States';
import { Ago } from './Time';

function placeOf(alert: Alert): string {
  if (alert.kind === 'dead_letters' || alert.kind === 'overflow') {
    return hrefTo(['queue', 'dead-letters'], { service: alert.service });
  }
  if (alert.kind === 'oldest_pending') return hrefTo(['queue'], { service: alert.service });
  if (alert.service) return hrefTo(['services', alert.service]);
  return hrefTo(['settings']);
}

/** What is wrong now, on top of every page. */
export function Alerts() {
  const { t, maybe } = useI18n();
  const { data: summary } = useSummary();
  return summary?.alerts.map((alert) => (
    <Notice key={`${alert.kind}/${alert.service}`}
      tone={alert.kind === 'disk_low' ? 'bad' : 'warn'}>
      <strong>{maybe(`alert.${alert.kind}`) ?? alert.kind}</strong>
      {alert.service && <> · {alert.service}</>} · <Ago at={alert.since} />
      <p>
        <span lang="en">{alert.message}</span>{' '}
        <a href={placeOf(alert)}>{t('alert.look')}</a>
      </p>
    </Notice>
  ));
}
