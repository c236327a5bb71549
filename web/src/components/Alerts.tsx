import { useSummary } from '../api/queries';
import type { Alert } from '../api/types';
import { useI18n } from '../i18n';
import { hrefTo } from '../router';
import { HubText } from './HubText';
import { useIsPhone } from './media';
import { Notice } from './States';
import { Ago } from './Time';

/** Of one kind; how many more there are says a link to their list. */
const NAMED = 8;
const NAMED_ON_PHONE = 4;

type Kind = Alert['kind'];

/** Where to look after alerts of a kind; after one of them, if it is given. */
function placeOf(kind: Kind, alert?: Alert): string {
  switch (kind) {
    case 'dead_letters':
    case 'overflow':
      return hrefTo(['queue', 'dead-letters'], { service: alert?.service });
    case 'oldest_pending':
      return hrefTo(['queue'], { service: alert?.service });
    case 'site_silent':
    case 'site_outbox':
      return hrefTo(['settings', 'sites']);
    case 'disk_low':
      return hrefTo(['settings']);
    case 'circuit_open':
    case 'inbound_waiting':
    case 'response_queue':
      return hrefTo(alert?.service ? ['services', alert.service] : ['services'],
        kind === 'circuit_open' && !alert ? { circuit: 'open' } : {});
  }
}

/** The alerts of each kind, the newest first. */
function byKind(alerts: Alert[]): [Kind, Alert[]][] {
  const groups = new Map<Kind, Alert[]>();
  for (const alert of [...alerts].sort((one, other) => other.since - one.since)) {
    groups.set(alert.kind, [...(groups.get(alert.kind) ?? []), alert]);
  }
  return [...groups];
}

/** What is wrong now, on top of every page: a line for each kind, so that it stays short. */
export function Alerts() {
  const { t } = useI18n();
  const alerts = useSummary().data?.alerts ?? [];
  if (alerts.length === 0) return null;
  return (
    <Notice tone={alerts.some(({ kind }) => kind === 'disk_low') ? 'bad' : 'warn'}>
      <ul className="alerts" aria-label={t('alert.label')}>
        {byKind(alerts).map(([kind, group]) => <Line key={kind} kind={kind} alerts={group} />)}
      </ul>
    </Notice>
  );
}

function Line({ kind, alerts }: { kind: Kind; alerts: Alert[] }) {
  const { maybe, tn } = useI18n();
  const named = alerts.filter(({ service, site }) => service ?? site);
  const shown = named.slice(0, useIsPhone() ? NAMED_ON_PHONE : NAMED);
  const others = named.length - shown.length;
  const title = maybe(`alert.${kind}`) ?? kind;
  const advice = maybe(`alert.do.${kind}`);
  return (
    <li>
      <span>
        <strong>
          {named.length > 0 ? `${title}: ` : <a href={placeOf(kind)}>{title}</a>}
        </strong>
        {shown.map((alert, index) => (
          <span key={`${alert.service}/${alert.site}`}>
            {index > 0 && ', '}
            <a className="break" href={placeOf(kind, alert)}>{alert.service ?? alert.site}</a>
          </span>
        ))}
        {others > 0 && <>, <a href={placeOf(kind)}>{tn('alert.others', others)}</a></>}
      </span>{' '}
      <span>{advice ?? <HubText text={alerts[0]?.message ?? ''} />}</span>{' '}
      <span><Ago at={alerts[0]?.since} /></span>
    </li>
  );
}
