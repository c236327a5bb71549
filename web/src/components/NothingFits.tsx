import { useI18n } from '../i18n';
import { refineTo, usePlace } from '../router';
import { Empty } from './States';

/** In place of a list whose filters let nothing through. */
export function NothingFits() {
  const { t } = useI18n();
  const { path } = usePlace();
  return (
    <Empty icon="search" title={t('filter.nothing')}>
      <p>{t('filter.nothing_text')}</p>
      <button type="button" className="btn btn-outline-secondary"
        onClick={() => refineTo(path, {})}>
        {t('filter.clear')}
      </button>
    </Empty>
  );
}
