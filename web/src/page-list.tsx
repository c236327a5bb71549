import type { ReactNode } from 'react';
import type { IconName } from './components/Icon';
import { lazyPart } from './components/lazy-part';
import type { Key } from './i18n';
import { Overview } from './pages/overview/Overview';

const Services = lazyPart(() => import('./pages/services/Services'));
const Rules = lazyPart(() => import('./pages/rules/Rules'));
const Queue = lazyPart(() => import('./pages/queue/Queue'));
const Events = lazyPart(() => import('./pages/events/Events'));
const Log = lazyPart(() => import('./pages/Log'));
const Settings = lazyPart(() => import('./pages/settings/Settings'));

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
