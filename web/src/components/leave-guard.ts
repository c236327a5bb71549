import { useEffect, useRef, useState } from 'react';
import { parsePlace } from '../router';

const pathOf = (hash: string) => parsePlace(hash).path.join('/');

/**
 * Keeps people at a form with changes that are not saved. `asked` is the place that they wanted to
 * go to: they are to be asked, and `leave` takes them there.
 */
export function useLeaveGuard(changed: boolean) {
  const [asked, setAsked] = useState<string | null>(null);
  const free = useRef(false);
  const held = useRef(changed);
  held.current = changed && !free.current;
  useEffect(() => {
    const here = location.hash;
    const leaves = (hash: string) => held.current && pathOf(hash) !== pathOf(here);
    // A link: before the browser follows it.
    const follow = (event: MouseEvent) => {
      const link = event.target instanceof Element ? event.target.closest('a') : null;
      const other = event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;
      if (!link?.hash.startsWith('#/') || other || !leaves(link.hash)) return;
      event.preventDefault();
      setAsked(link.hash);
    };
    // The way back, before the router hears of it, and before anything draws the new place.
    const turn = (event: Event) => {
      if (!leaves(location.hash)) return;
      event.stopImmediatePropagation();
      const wanted = location.hash;
      history.pushState(null, '', here);
      setAsked(wanted);
    };
    const close = (event: BeforeUnloadEvent) => {
      if (held.current) event.preventDefault();
    };
    addEventListener('click', follow, true);
    addEventListener('popstate', turn, true);
    addEventListener('hashchange', turn, true);
    addEventListener('beforeunload', close);
    return () => {
      removeEventListener('click', follow, true);
      removeEventListener('popstate', turn, true);
      removeEventListener('hashchange', turn, true);
      removeEventListener('beforeunload', close);
    };
  }, []);
  return {
    asked,
    stay: () => setAsked(null),
    /** Nothing is kept any more: it is saved, or not wanted. */
    free: () => {
      free.current = true;
      held.current = false;
    },
  };
}
