import type { SiteWithCode } from '../../api/types';
import { Data } from '../../components/Data';
import { Dialog } from '../../components/Dialog';
import { Moment } from '../../components/Time';
import { useI18n } from '../../i18n';

/** The code that connects a site, shown this once. */
export function SiteCode({ site, onClose }: { site: SiteWithCode; onClose: () => void }) {
  const { t } = useI18n();
  return (
    <Dialog title={t('sites.code', { name: site.name })} onClose={onClose} footer={
      <button type="button" className="btn btn-primary" onClick={onClose}>
        {t('action.close')}
      </button>
    }>
      <p>{t('sites.code_text')}</p>
      <Data label={t('sites.code_label')} value={site.code} />
      <p className="small muted mt-2 mb-0">
        {t('sites.code_until')} <Moment at={site.code_expires} />
      </p>
    </Dialog>
  );
}
