import { useEffect, useRef, useState, type FormEvent } from 'react';
import type { Fault } from '../lib/checks';

/**
 * A form that looks itself over before it is sent: from the first try on its faults are shown, and
 * the first faulty input gets the focus.
 */
export function useCheckedForm(found: Fault[], onValid: () => void) {
  const form = useRef<HTMLFormElement>(null);
  const [tries, setTries] = useState(0);
  const [shown, setShown] = useState(0);
  useEffect(() => {
    if (tries > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [tries, shown]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTries((before) => before + 1);
    if (found.length === 0) onValid();
  };
  return {
    form,
    submit,
    faults: tries > 0 ? found : [],
    /** The hub has refused it: the focus goes where it says. */
    focusFault: () => setShown((before) => before + 1),
  };
}
