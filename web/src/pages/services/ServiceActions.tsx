import { useState } from 'react';
import { useApp } from '../../api/app';
import { data, hub } from '../../api/client';
import type { Service, ServiceInput } from '../../api/types';
import { useAct } from '../../components/act';
import { Icon, type IconName } from '../../components/Icon';
import { useToast } from '../../components/Toasts';
import { useI18n } from '../../i18n';
import { goTo } from '../../router';
import { DeleteService } from './DeleteService';
import { TestCall } from './TestCall';

type Act = 'enable' | 'disable' | 'reset' | 'pause' | 'resume';

function useServiceAct(service: Service) {
  const { t } = useI18n();
  const say = useToast();
  const params = { params: { path: { name: service.name } } };
  return useAct(async (act: Act) => {
    if (act === 'reset') {
      await data(hub.POST('/api/v1/services/{name}/circuit/reset', params));
    } else if (act === 'pause') {
      await data(hub.POST('/api/v1/services/{name}/pause', params));
    } else if (act === 'resume') {
      await data(hub.POST('/api/v1/services/{name}/resume', params));
    } else {
      const body = { enabled: act === 'enable' } as ServiceInput;
      await data(hub.PATCH('/api/v1/services/{name}', { ...params, body }));
    }
    say(t(`services.done.${act}`, { name: service.name }));
  }, ['services', 'summary']);
}

/** What can be done with one service of the list. */
export function ServiceActions({ service, large }: { service: Service; large?: boolean }) {
  const { t } = useI18n();
  const { canManage } = useApp();
  const [open, setOpen] = useState<'test' | 'delete' | null>(null);
  const { act, isPending } = useServiceAct(service);
  if (!canManage) return null;
  const button = (icon: IconName, text: string, onClick: () => void, danger = false) => (
    <button type="button" title={large ? undefined : text} disabled={isPending}
      aria-label={`${text}: ${service.name}`} onClick={onClick}
      className={large ? `btn btn-outline-${danger ? 'danger' : 'secondary'}`
        : 'btn btn-plain btn-icon'}>
      <Icon name={icon} />{large && text}
    </button>
  );
  return (
    <div className={large ? 'row-wrap' : 'actions'}>
      {button('play', t('services.test'), () => setOpen('test'))}
      {service.circuit?.state !== 'closed' &&
        button('retry', t('services.reset'), () => act('reset'))}
      {large && (service.paused
        ? button('play', t('services.resume'), () => act('resume'))
        : button('pause', t('services.pause'), () => act('pause')))}
      {service.enabled
        ? button('wait', t('services.disable'), () => act('disable'))
        : button('check', t('services.enable'), () => act('enable'))}
      {button('edit', t('action.edit'), () => goTo(['services', service.name, 'edit']))}
      {button('trash', t('action.delete'), () => setOpen('delete'), true)}
      {open === 'test' && <TestCall service={service} onClose={() => setOpen(null)} />}
      {open === 'delete' && <DeleteService service={service} onClose={() => setOpen(null)} />}
    </div>
  );
}
