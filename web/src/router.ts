import { useSyncExternalStore } from 'react';

/** The place in the page: `#/services/crm?tab=log`. It never leaves the browser. */
export interface Place {
  path: string[];
  query: Record<string, string>;
}

export function parsePlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return {
    path: path.split('/').filter(Boolean).map(decode),
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export type Query = Record<string, string | number | undefined | null>;

/** The link to a place; empty values of the query are left out. */
export function hrefTo(path: (string | number)[], query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value != null && value !== '');
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
  const tail = given.length ? `?${search}` : '';
  return `#/${path.map((part) => encodeURIComponent(part)).join('/')}${tail}`;
}

export function goTo(path: (string | number)[], query?: Query): void {
  location.hash = hrefTo(path, query);
}

/** Changes the query without a new step in the browser's history. */
export function refineTo(path: (string | number)[], query: Query): void {
  history.replaceState(null, '', hrefTo(path, query));
  dispatchEvent(new HashChangeEvent('hashchange'));
}

function subscribe(changed: () => void): () => void {
  addEventListener('hashchange', changed);
  return () => removeEventListener('hashchange', changed);
}

let lastHash: string | undefined;
let lastPlace: Place = { path: [], query: {} };

function currentPlace(): Place {
  if (location.hash !== lastHash) {
    lastHash = location.hash;
    lastPlace = parsePlace(lastHash);
  }
  return lastPlace;
}

export function usePlace(): Place {
  return useSyncExternalStore(subscribe, currentPlace);
}
