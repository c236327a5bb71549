import { useEffect, useRef, type ReactNode } from 'react';
import { Icon } from './Icon';

/** A box below its button; Escape and a click elsewhere close it. */
export function Menu(props: { label: string; children: ReactNode }) {
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
