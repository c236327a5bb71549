import { lazy, type ReactNode } from 'react';
import type { IconName } from './components/Icon';
import type { Key } from './i18n';
import { Overview } from './pages/overview/Overview';

const Services = lazy(() => import('./pages/services/Services'));
const Rules = lazy(() => import('./pages/rules/Rules'));
const Queue = lazy(() => import('./pages/queue/Queue'));
const Events = lazy(() => import('./pages/events/Events'));
const Log = lazy(() => import('./pages/Log'));
const Settings = lazy(() => import('./pages/settings/Settings'));

export interface PageEntry {
  path: string;
  title: Key;
  icon: IconName;
  page: () => ReactNode;
}
/** In the order of their tabs. */
export const PAGES: PageEntry[] = [
  { path: '', title: 'nav.overview', icon: 'home', page: () => <Overview /> },
  { path: 'services', title: 'nav.services', icon: 'plug', page: () => <Services /> },
  { path: 'rules', title: 'nav.rules', icon: 'filter', page: () => <Rules /> },
  { path: 'queue', title: 'nav.queue', icon: 'queue', page: () => <Queue /> },
  { path: 'events', title: 'nav.events', icon: 'event', page: () => <Events /> },
  { path: 'log', title: 'nav.log', icon: 'list', page: () => <Log /> },
  { path: 'settings', title: 'nav.settings', icon: 'gear', page: () => <Settings /> },
];
