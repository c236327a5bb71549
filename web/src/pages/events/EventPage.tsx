import { useQuery } from '@tanstack/react-query';
import { useApp } from '../../api/app';
import { data, hub } from '../../api/client';
import { useRules } from '../../api/queries';
import type { EventDetail } from '../../api/types';
import { Attempts } from '../../components/Attempts';
import { DeliveryBadge } from '../../components/Badges';
import { Data } from '../../components/Data';
import { HubText } from '../../components/HubText';
import { Icon } from '../../components/Icon';
import { Answer, Notice } from '../../components/States';
import { Moment } from '../../components/Time';
import { useTitle } from '../../components/title';
import { useI18n } from '../../i18n';
import { fitsPattern, shortName } from '../../lib/events';
import { hrefTo } from '../../router';

/** One event's way: which rules took it and why others did not, each attempt. */
export function EventPage({ site, id }: { site: string; id: string }) {
  const { t } = useI18n();
  const { refresh_ms } = useApp();
  const event = useQuery({
    queryKey: ['events', 'one', site, id],
    queryFn: () =>
      data(hub.GET('/api/v1/events/{id}', { params: { path: { id }, query: { site } } })),
    refetchInterval: refresh_ms,
  });
  useTitle(event.data && shortName(event.data.eventname), 'nav.events');
  return (
    <>
      <div className="page-head">
        <h1>{event.data ? shortName(event.data.eventname) : t('column.event')}</h1>
        <a className="btn btn-outline-secondary" href={hrefTo(['events'])}>
          <Icon name="back" />{t('nav.events')}
        </a>
      </div>
      <Answer of={event}>{(found) => <Way event={found} />}</Answer>
    </>
  );
}

function Way({ event }: { event: EventDetail }) {
  const { t, tn } = useI18n();
  return (
    <div className="cols-wide align-items-start">
      <div className="stack">
        <section className="card">
          <div className="card-head"><h2>{t('event.way')}</h2></div>
          <div className="card-body">
            <ol className="timeline">
              <li>
                <span className="dot tone-ok"><Icon name="check" /></span>
                <strong>{t('event.accepted')}</strong>{' '}
                <span className="muted"><Moment at={event.accepted} /></span>
                <div className="small muted">{t('event.durable', { site: event.site })}</div>
              </li>
              <li>
                <span className={`dot tone-${event.deliveries.length ? 'ok' : 'idle'}`}>
                  <Icon name="filter" />
                </span>
                <strong>{tn('event.matched', event.deliveries.length)}</strong>
                {event.deliveries.length === 0 && (
                  <div className="small muted">{t('event.no_match')}</div>
                )}
              </li>
              {event.deliveries.map((delivery) => (
                <li key={delivery.id}>
                  <span className="dot tone-note"><Icon name="arrow" /></span>
                  <div className="row-wrap mb-2">
                    <strong>
                      {delivery.rule_id == null ? delivery.rule
                        : <a href={hrefTo(['rules', delivery.rule_id])}>{delivery.rule}</a>}
                    </strong>
                    <Icon name="arrow" size={14} />
                    {delivery.service && (
                      <a href={hrefTo(['services', delivery.service])}>{delivery.service}</a>
                    )}
                    <DeliveryBadge of={delivery} />
                    <a className="small" href={hrefTo(['queue', 'delivery', delivery.id])}>
                      {t('action.details')}
                      <span className="visually-hidden">: {delivery.id}</span>
                    </a>
                  </div>
                  <Attempts attempts={delivery.attempts} />
                </li>
              ))}
            </ol>
          </div>
        </section>
        {event.not_matched.length > 0 && <NotMatched event={event} />}
      </div>
      <div className="card card-body">
        {event.redacted ? <Notice tone="idle">{t('state.redacted')}</Notice>
          : <Data label={t('event.content')} value={event.event} />}
      </div>
    </div>
  );
}

/** Those that are for this event but whose filter says no come first: they are looked for. */
function NotMatched({ event }: { event: EventDetail }) {
  const { t, tn } = useI18n();
  const patterns = new Map((useRules().data ?? []).map((rule) => [rule.id, rule.eventname]));
  const isNear = ({ rule_id }: { rule_id?: number }) =>
    fitsPattern(patterns.get(rule_id ?? 0) ?? '*', event.eventname);
  const near = event.not_matched.filter(isNear);
  const others = event.not_matched.filter((rule) => !isNear(rule));
  return (
    <section className="card">
      <div className="card-head"><h2>{t('event.not_matched')}</h2></div>
      <div className="card-body">
        <Refusals rules={near} />
        {others.length > 0 && (
          <details>
            <summary>{tn('event.other_names', others.length)}</summary>
            <Refusals rules={others} />
          </details>
        )}
      </div>
    </section>
  );
}

function Refusals({ rules }: { rules: EventDetail['not_matched'] }) {
  return (
    <ul className="list-plain">
      {rules.map((rule) => (
        <li key={rule.rule_id}>
          <a href={hrefTo(['rules', rule.rule_id ?? ''])}>{rule.rule}</a>
          <div className="small muted break"><HubText text={rule.why_not ?? ''} /></div>
        </li>
      ))}
    </ul>
  );
}
