import { useEffect, type RefObject } from 'react';

interface Kept {
  element: HTMLElement;
  /** From the inside out; what is removed does not know them any more. */
  around: HTMLElement[];
}

function placesAround(element: HTMLElement): HTMLElement[] {
  const found: HTMLElement[] = [];
  for (let one = element.parentElement; one; one = one.parentElement) {
    if (one.hasAttribute('tabindex')) found.push(one);
  }
  return found;
}

function isDisabled(element: HTMLElement): boolean {
  return element.matches(':disabled');
}

/**
 * Whoever works with keys does not start over when what had the focus is gone: a row that was
 * deleted, a button that was disabled for a moment. The focus goes to the list around it, else to
 * `main`, or back to the button.
 */
export function useKeptFocus(main: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    let kept: Kept | null = null;
    const got = ({ target }: FocusEvent) => {
      if (target instanceof HTMLElement) kept = { element: target, around: placesAround(target) };
    };
    const left = ({ target, relatedTarget }: FocusEvent) => {
      if (relatedTarget || !(target instanceof HTMLElement)) return;
      // Those who click beside it want it so; what is removed is gone by then.
      queueMicrotask(() => {
        if (kept?.element === target && target.isConnected && !isDisabled(target)) kept = null;
      });
    };
    const mend = () => {
      if (!kept || document.activeElement !== document.body) return;
      const { element, around } = kept;
      if (!element.isConnected) {
        (around.find((one) => one.isConnected) ?? main.current)?.focus({ preventScroll: true });
      } else if (!isDisabled(element)) {
        element.focus({ preventScroll: true });
      }
    };
    const watch = new MutationObserver(mend);
    watch.observe(document.body,
      { subtree: true, childList: true, attributes: true, attributeFilter: ['disabled', 'open'] });
    document.addEventListener('focusin', got);
    document.addEventListener('focusout', left);
    return () => {
      watch.disconnect();
      document.removeEventListener('focusin', got);
      document.removeEventListener('focusout', left);
    };
  }, [main]);
}
