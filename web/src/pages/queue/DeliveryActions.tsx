import { useState } from 'react';
import { useApp } from '../../api/app';
import { data, hub } from '../../api/client';
import { useChange } from '../../api/queries';
import type { Delivery } from '../../api/types';
import { useAct } from '../../components/act';
import { Confirm } from '../../components/Confirm';
import { Icon } from '../../components/Icon';
import { useToast } from '../../components/Toasts';
import { useI18n } from '../../i18n';
import { shortName } from '../../lib/events';

const LISTS = ['deliveries', 'dead-letters', 'summary'];

/** What can be done with a delivery that waits. */
export function DeliveryActions({ delivery, large }: { delivery: Delivery; large?: boolean }) {
  const { t } = useI18n();
  const say = useToast();
  const { canManage } = useApp();
  const [asking, setAsking] = useState(false);
  const params = { params: { path: { id: delivery.id } } };
  const retry = useAct(async () => {
    await data(hub.POST('/api/v1/deliveries/{id}/retry-now', params));
    say(t('queue.retried'));
  }, LISTS);
  const cancel = useChange(
    () => data(hub.POST('/api/v1/deliveries/{id}/cancel', params)), LISTS);
  const waits = ['pending', 'retrying', 'parked'].includes(delivery.state);
  if (!canManage || !waits) return null;
  const className = large ? 'btn btn-outline-secondary' : 'btn btn-plain btn-icon';
  const name = shortName(delivery.eventname) ?? delivery.id;
  return (
    <div className={large ? 'row-wrap' : 'actions'}>
      <button type="button" className={className} title={t('queue.retry_now')}
        aria-label={`${t('queue.retry_now')}: ${name}`} disabled={retry.isPending}
        onClick={() => retry.act(undefined)}>
        <Icon name="retry" />{large && t('queue.retry_now')}
      </button>
      <button type="button" className={className} title={t('queue.cancel')}
        aria-label={`${t('queue.cancel')}: ${name}`} onClick={() => setAsking(true)}>
        <Icon name="cross" />{large && t('queue.cancel')}
      </button>
      {asking && (
        <Confirm title={t('queue.cancel_title')} action={t('queue.cancel')}
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await cancel.mutateAsync(undefined);
            say(t('queue.cancelled'));
          }}>
          <p>{t('queue.cancel_text', { name, service: delivery.service ?? '–' })}</p>
        </Confirm>
      )}
    </div>
  );
}
