import { useState } from 'react';
import { useSummary } from '../api/queries';
import type { Alert } from '../api/types';
import { useI18n } from '../i18n';
import { hrefTo } from '../router';
import { useIsPhone } from './media';
import { Notice } from './States';
import { Ago } from './Time';

/** More than these stand behind a button, so that the page below stays in sight. */
const SHOWN = 3;
const SHOWN_ON_PHONE = 1;

function placeOf(alert: Alert): string {
  if (alert.kind === 'dead_letters' || alert.kind === 'overflow') {
    return hrefTo(['queue', 'dead-letters'], { service: alert.service });
  }
  if (alert.kind === 'oldest_pending') return hrefTo(['queue'], { service: alert.service });
  if (alert.service) return hrefTo(['services', alert.service]);
  if (alert.site) return hrefTo(['settings', 'sites']);
  return hrefTo(['settings']);
}

/** What is wrong now, on top of every page. */
export function Alerts() {
  const { t, tn } = useI18n();
  const [all, setAll] = useState(false);
  const most = useIsPhone() ? SHOWN_ON_PHONE : SHOWN;
  const alerts = useSummary().data?.alerts ?? [];
  if (alerts.length === 0) return null;
  const shown = all ? alerts : alerts.slice(0, most);
  return (
    <Notice tone={alerts.some(({ kind }) => kind === 'disk_low') ? 'bad' : 'warn'}>
      <ul className="alerts" aria-label={t('alert.label')}>
        {shown.map((alert) => (
          <Line key={`${alert.kind}/${alert.service}/${alert.site}`} alert={alert} />
        ))}
      </ul>
      {alerts.length > most && (
        <button type="button" className="btn btn-sm mt-2" aria-expanded={all}
          onClick={() => setAll(!all)}>
          {all ? t('alert.fewer') : tn('alert.more', alerts.length - most)}
        </button>
      )}
    </Notice>
  );
}

function Line({ alert }: { alert: Alert }) {
  const { maybe } = useI18n();
  const what = alert.service ?? alert.site;
  const advice = maybe(`alert.do.${alert.kind}`);
  return (
    <li>
      <strong>
        <a className="clamp" href={placeOf(alert)} title={alert.message}>
          {maybe(`alert.${alert.kind}`) ?? alert.kind}{what && `: ${what}`}
        </a>
      </strong>
      <span className="advice">{advice ?? <span lang="en">{alert.message}</span>}</span>
      <span><Ago at={alert.since} /></span>
    </li>
  );
}
