import { useQuery } from '@tanstack/react-query';
import { data, hub } from '../../api/client';
import { useChange } from '../../api/queries';
import type { Service } from '../../api/types';
import { Confirm } from '../../components/Confirm';
import { Answer } from '../../components/States';
import { useToast } from '../../components/Toasts';
import { useI18n } from '../../i18n';
import { goTo } from '../../router';

/** Says first what the deletion takes along. */
export function DeleteService({ service, onClose }: { service: Service; onClose: () => void }) {
  const { t, tn } = useI18n();
  const say = useToast();
  const path = { name: service.name };
  const counts = useQuery({
    queryKey: ['service-deletion', service.name],
    queryFn: () => data(hub.DELETE('/api/v1/services/{name}',
      { params: { path, query: { dry_run: true } } })),
    gcTime: 0, // never the counts of the time before
  });
  const remove = useChange(
    () => data(hub.DELETE('/api/v1/services/{name}', { params: { path } })),
    ['services', 'rules', 'summary', 'deliveries', 'dead-letters']);
  return (
    <Confirm title={t('services.delete_title', { name: service.name })} action={t('action.delete')}
      disabled={!counts.data} onClose={onClose}
      onConfirm={async () => {
        await remove.mutateAsync(undefined);
        say(t('services.deleted', { name: service.name }));
        goTo(['services']);
      }}>
      <Answer of={counts}>
        {(lost) => (
          <>
            <p>{t('services.delete_text')}</p>
            <ul>
              <li>{tn('services.delete_rules', lost.rules_disabled)}</li>
              <li>{tn('services.delete_pending', lost.pending_dead)}</li>
              <li>{tn('services.delete_letters', lost.dead_letters_kept)}</li>
            </ul>
          </>
        )}
      </Answer>
    </Confirm>
  );
}
