import { data, hub } from '../../api/client';
import { useChange } from '../../api/queries';
import type { Site, SiteWithCode } from '../../api/types';
import { useAct } from '../../components/act';
import { IconButton } from '../../components/IconButton';
import { Removal } from '../../components/Removal';
import { useI18n } from '../../i18n';

export function SiteActions(props: { site: Site; onCode: (site: SiteWithCode) => void }) {
  const { t, tn } = useI18n();
  const { site, onCode } = props;
  const { name } = site;
  const params = { params: { path: { id: site.id } } };
  const code = useAct(() => data(hub.POST('/api/v1/sites/{id}/code', params)), ['sites']);
  const remove = useChange(() => data(hub.DELETE('/api/v1/sites/{id}', params)), ['sites']);
  return (
    <div className="actions">
      <IconButton icon="plug" text={t('sites.new_code')} of={name} disabled={code.isPending}
        onClick={() => code.act(undefined, onCode)} />
      <Removal of={name} title={t('sites.delete_title', { name })}
        done={t('sites.deleted', { name })}
        onRemove={() => remove.mutateAsync(undefined)}>
        <p>{t('sites.delete_text')}</p>
        <p className="mb-0">{tn('sites.delete_outbox', site.outbox_rows)}</p>
      </Removal>
    </div>
  );
}
