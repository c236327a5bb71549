import { useI18n } from '../i18n';
import { Empty } from './States';

/** In place of what this hub allows to a local sign-in alone: how to get at it. */
export function LocalOnly({ title, command }: { title: string; command: string }) {
  const { t } = useI18n();
  return (
    <Empty icon="gear" title={title}>
      <p>{t('settings.local_only')}</p>
      <code>{command}</code>
    </Empty>
  );
}
