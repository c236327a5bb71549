import { useQuery } from '@tanstack/react-query';
import { useApp } from '../../api/app';
import { data, hub } from '../../api/client';
import { Attempts } from '../../components/Attempts';
import { DeliveryBadge } from '../../components/Badges';
import { HubText } from '../../components/HubText';
import { Icon } from '../../components/Icon';
import { Answer } from '../../components/States';
import { Moment } from '../../components/Time';
import { useTitle } from '../../components/title';
import { useI18n } from '../../i18n';
import { shortName } from '../../lib/events';
import { hrefTo } from '../../router';
import { DeliveryActions } from './DeliveryActions';
import { NextAttempt } from './NextAttempt';

/** One delivery with its attempts. */
export function DeliveryPage({ id }: { id: string }) {
  const { t } = useI18n();
  const { refresh_ms } = useApp();
  const delivery = useQuery({
    queryKey: ['deliveries', 'one', id],
    queryFn: () => data(hub.GET('/api/v1/deliveries/{id}', { params: { path: { id } } })),
    refetchInterval: refresh_ms,
  });
  const found = delivery.data;
  useTitle(found && (shortName(found.eventname) ?? found.id), 'nav.queue');
  return (
    <>
      <div className="page-head">
        <h1>{(found && shortName(found.eventname)) ?? t('column.delivery')}</h1>
        {found && <DeliveryActions delivery={found} large />}
        {found?.state === 'dead' && (
          <a className="btn btn-outline-secondary" href={hrefTo(['queue', 'dead-letters'], {
            service: found.service, rule_id: found.rule_id, eventname: found.eventname,
          })}>
            <Icon name="letter" />{t('queue.see_letters')}
          </a>
        )}
      </div>
      <Answer of={delivery}>
        {(one) => (
          <div className="cols">
            <div className="card card-body">
              <dl className="facts">
                <dt>{t('column.state')}</dt><dd><DeliveryBadge of={one} /></dd>
                <dt>{t('column.service')}</dt>
                <dd>{one.service
                  ? <a href={hrefTo(['services', one.service])}>{one.service}</a> : '–'}</dd>
                <dt>{t('column.rule')}</dt>
                <dd>{one.rule_id == null ? t('delivery.gateway_call')
                  : <a href={hrefTo(['rules', one.rule_id])}>{one.rule || one.rule_id}</a>}</dd>
                <dt>{t('column.event')}</dt><dd className="mono">{one.eventname ?? '–'}</dd>
                <dt>{t('column.since')}</dt><dd><Moment at={one.timecreated} /></dd>
                {(one.next_attempt != null || one.parked_because != null) && (
                  <><dt>{t('column.next')}</dt><dd><NextAttempt delivery={one} /></dd></>
                )}
                {one.last_error && (
                  <><dt>{t('column.error')}</dt><dd><HubText text={one.last_error} /></dd></>
                )}
                <dt>{t('column.id')}</dt><dd className="mono">{one.id}</dd>
              </dl>
            </div>
            <section className="card">
              <div className="card-head"><h2>{t('column.attempts')}</h2></div>
              <div className="card-body"><Attempts attempts={one.attempts} /></div>
            </section>
          </div>
        )}
      </Answer>
    </>
  );
}
