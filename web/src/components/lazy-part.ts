import { lazy, type ReactNode } from 'react';
import { PartMissing } from '../api/problem';

/** A part of the page that is fetched when it is shown. */
export function lazyPart<P>(load: () => Promise<{ default: (props: P) => ReactNode }>) {
  return lazy(async () => {
    try {
      return await load();
    } catch {
      throw new PartMissing();
    }
  });
}
