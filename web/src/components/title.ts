import { useEffect } from 'react';
import { useI18n, type Key } from '../i18n';

/** Names the thing that the page shows in the browser's title, before its section. */
export function useTitle(name: string | null | undefined, section: Key): void {
  const { t } = useI18n();
  useEffect(() => {
    if (!name) return;
    // The frame around the page names the section first, after the effects of the page.
    const timer = setTimeout(() => {
      document.title = [name, t(section), t('app.name')].join(' · ');
    });
    return () => {
      clearTimeout(timer);
      document.title = [t(section), t('app.name')].join(' · ');
    };
  }, [name, section, t]);
}
