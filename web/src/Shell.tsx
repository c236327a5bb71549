import { Suspense, useEffect, useRef } from 'react';
import { useApp } from './api/app';
import { useConnectionLost } from './api/connection';
import { Alerts } from './components/Alerts';
import { useKeptFocus } from './components/kept-focus';
import { PageGuard } from './components/PageGuard';
import { Loading, Notice } from './components/States';
import { useI18n } from './i18n';
import { PAGES } from './page-list';
import { NotFound } from './pages/NotFound';
import { usePlace } from './router';
import { Tabs } from './Tabs';
import { TopBar } from './TopBar';

/** Head, tabs and alerts around the page of the moment. */
export function Shell() {
  const { t } = useI18n();
  const { session } = useApp();
  const { path } = usePlace();
  const lost = useConnectionLost();
  const entry = PAGES.find((page) => page.path === (path[0] ?? ''));
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const place = path.join('/');
  const title = t(entry?.title ?? 'error.no_page');
  useEffect(() => {
    document.title = `${title} · ${t('app.name')}`;
  }, [title]);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [place]);
  useKeptFocus(main);
  const loading = (
    <>
      <div className="page-head"><h1>{title}</h1></div>
      <Loading />
    </>
  );
  return (
    <>
      <a className="skip-link" href="#main" onClick={(event) => {
        event.preventDefault();
        main.current?.focus();
      }}>
        {t('app.skip')}
      </a>
      {session.way !== 'moodle' && <TopBar />}
      <Tabs pages={PAGES} current={entry?.path} />
      <main id="main" ref={main} tabIndex={-1}>
        <div className="notices">
          {lost && <Notice tone="bad" live>{t('error.connection_wait')}</Notice>}
          <Alerts />
        </div>
        <PageGuard key={place} title={title}>
          <Suspense fallback={loading}>{entry ? entry.page() : <NotFound />}</Suspense>
        </PageGuard>
      </main>
      <footer className="footer">{t('app.trademark')}</footer>
    </>
  );
}
