import { useSyncExternalStore } from 'react';

/** As in the style sheets: below this rows are cards. */
const PHONE = matchMedia('(max-width: 599px)');

function subscribe(changed: () => void): () => void {
  PHONE.addEventListener('change', changed);
  return () => PHONE.removeEventListener('change', changed);
}

/** The page is as narrow as a phone. */
export function useIsPhone(): boolean {
  return useSyncExternalStore(subscribe, () => PHONE.matches);
}
