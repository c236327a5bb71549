import { useSummary } from './api/queries';
import { Icon } from './components/Icon';
import { useI18n } from './i18n';
import type { PageEntry } from './page-list';
import { hrefTo } from './router';

/** The ways to all pages. */
export function Tabs({ pages, current }: {
  pages: PageEntry[];
  current: string | undefined;
}) {
  const { t, translator } = useI18n();
  const { data: summary } = useSummary();
  return (
    <nav className="tabs" aria-label={t('nav.label')}>
      {pages.map((page) => (
        <a key={page.path} href={hrefTo(page.path ? [page.path] : [])}
          aria-current={page.path === current ? 'page' : undefined}>
          <Icon name={page.icon} />
          {t(page.title)}
          {page.path === 'queue' && Boolean(summary?.dead_letters) && (
            <span className="count" title={t('overview.dead_letters')}>
              {translator.compact(summary?.dead_letters ?? 0)}
              <span className="visually-hidden"> {t('overview.dead_letters')}</span>
            </span>
          )}
        </a>
      ))}
    </nav>
  );
}
