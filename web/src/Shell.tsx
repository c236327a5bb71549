import { Component, lazy, Suspense, useEffect, useRef, type ReactNode } from 'react';
import { useApp } from './api/app';
import { useConnectionLost } from './api/connection';
import { useSummary } from './api/queries';
import { Alerts } from './components/Alerts';
import { Icon, type IconName } from './components/Icon';
import { ErrorNotice, Loading, Notice } from './components/States';
import { LANGUAGES, useI18n, type Key, type Language } from './i18n';
import icon from './icon.svg';
import { Overview } from './pages/Overview';
import { hrefTo, usePlace } from './router';
import { THEMES, useTheme, type Theme } from './theme';

const Services = lazy(() => import('./pages/services/Services'));
const Rules = lazy(() => import('./pages/rules/Rules'));
const Queue = lazy(() => import('./pages/queue/Queue'));
const Events = lazy(() => import('./pages/events/Events'));
const Log = lazy(() => import('./pages/Log'));
const Settings = lazy(() => import('./pages/settings/Settings'));

interface PageEntry {
  path: string;
  title: Key;
  icon: IconName;
  page: () => ReactNode;
}
const PAGES: PageEntry[] = [
  { path: '', title: 'nav.overview', icon: 'home', page: () => <Overview /> },
  { path: 'services', title: 'nav.services', icon: 'plug', page: () => <Services /> },
  { path: 'rules', title: 'nav.rules', icon: 'filter', page: () => <Rules /> },
  { path: 'queue', title: 'nav.queue', icon: 'queue', page: () => <Queue /> },
  { path: 'events', title: 'nav.events', icon: 'event', page: () => <Events /> },
  { path: 'log', title: 'nav.log', icon: 'list', page: () => <Log /> },
  { path: 'settings', title: 'nav.settings', icon: 'gear', page: () => <Settings /> },
];

/** Head, tabs and alerts around the page of the moment. */
export function Shell() {
  const { t } = useI18n();
  const { session } = useApp();
  const { path } = usePlace();
  const lost = useConnectionLost();
  const entry = PAGES.find((page) => page.path === (path[0] ?? '')) ?? PAGES[0];
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const place = path.join('/');
  useEffect(() => {
    if (entry) document.title = `${t(entry.title)} · ${t('app.name')}`;
    if (first.current) {
      first.current = false;
      return;
    }
    main.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [place]);
  return (
    <>
      <a className="skip-link" href="#main" onClick={(event) => {
        event.preventDefault();
        main.current?.focus();
      }}>
        {t('app.skip')}
      </a>
      {session.way !== 'moodle' && <TopBar />}
      <Tabs current={entry?.path ?? ''} />
      <main id="main" ref={main} tabIndex={-1}>
        <div className="notices">
          {lost && <Notice tone="bad" live>{t('error.connection_wait')}</Notice>}
          <Alerts />
        </div>
        <PageGuard key={place}>
          <Suspense fallback={<Loading />}>{entry?.page()}</Suspense>
        </PageGuard>
      </main>
      <footer className="footer">{t('app.trademark')}</footer>
    </>
  );
}

/** A fault in one page leaves the others usable. */
class PageGuard extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: null as unknown };
  static getDerivedStateFromError(error: unknown) {
    return { error };
  }
  override render() {
    if (!this.state.error) return this.props.children;
    return <ErrorNotice error={this.state.error} onRetry={() => location.reload()} />;
  }
}

function Tabs({ current }: { current: string }) {
  const { t, translator } = useI18n();
  const { data: summary } = useSummary();
  return (
    <nav className="tabs" aria-label={t('nav.label')}>
      {PAGES.map((page) => (
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

function TopBar() {
  const { t } = useI18n();
  const { session, signOut } = useApp();
  return (
    <header className="topbar">
      <a className="brand" href={hrefTo([])}>
        <img src={icon} alt="" />
        {t('app.name')}
      </a>
      {session.role === 'view' && <span className="pill tone-idle">{t('app.view_only')}</span>}
      <Menu label={session.name || t('app.menu')}>
        <LanguageAndTheme />
        <button type="button" className="btn btn-sm btn-outline-secondary" onClick={signOut}>
          <Icon name="out" />
          {t('login.sign_out')}
        </button>
      </Menu>
    </header>
  );
}

/** A box below its button; Escape and a click elsewhere close it. */
function Menu(props: { label: string; children: ReactNode }) {
  const box = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event) => {
      const element = box.current;
      if (!element?.open) return;
      if (event instanceof KeyboardEvent) {
        if (event.key !== 'Escape') return;
        element.querySelector('summary')?.focus();
      } else if (element.contains(event.target as Node)) {
        return;
      }
      element.open = false;
    };
    addEventListener('keydown', close);
    addEventListener('pointerdown', close);
    return () => {
      removeEventListener('keydown', close);
      removeEventListener('pointerdown', close);
    };
  }, []);
  return (
    <details className="menu" ref={box}>
      <summary className="btn btn-sm btn-outline-secondary">
        <Icon name="user" />{props.label}<Icon name="down" />
      </summary>
      <div className="menu-box">{props.children}</div>
    </details>
  );
}

export function LanguageAndTheme() {
  const { t, translator, setLanguage } = useI18n();
  const { theme, setTheme } = useTheme();
  return (
    <>
      <label className="choice">
        {t('app.language')}
        <select className="form-select form-select-sm" value={translator.language}
          onChange={(event) => setLanguage(event.target.value as Language)}>
          {Object.entries(LANGUAGES).map(([code, name]) => (
            <option key={code} value={code} lang={code}>{name}</option>
          ))}
        </select>
      </label>
      <label className="choice">
        {t('app.theme')}
        <select className="form-select form-select-sm" value={theme}
          onChange={(event) => setTheme(event.target.value as Theme)}>
          {THEMES.map((name) => <option key={name} value={name}>{t(`theme.${name}`)}</option>)}
        </select>
      </label>
    </>
  );
}
