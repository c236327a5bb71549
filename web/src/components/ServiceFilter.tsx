import { useServices } from '../api/queries';
import { useI18n } from '../i18n';
import { compareTexts } from '../lib/sorting';
import { SelectFilter } from './Filters';

/** Narrows a list down to one service. */
export function ServiceFilter() {
  const { t } = useI18n();
  const names = (useServices().data ?? []).map(({ name }) => name).sort(compareTexts);
  return <SelectFilter name="service" label={t('column.service')}
    options={names.map((name) => [name, name])} />;
}
