import { useId, useLayoutEffect, useRef, type ReactNode } from 'react';
import { useI18n } from '../i18n';
import { Icon } from './Icon';

/** Where to begin: what is to be filled in, else the way back. */
const FIRST = '.sheet-body :is(input, select, textarea), .sheet-foot button';

/** A modal dialog; the browser keeps the focus inside and gives it back at the end. */
export function Dialog(props: {
  title: string;
  onClose: () => void;
  children: ReactNode;
  footer?: ReactNode;
  wide?: boolean;
}) {
  const { t } = useI18n();
  const box = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  // A layout effect: when it ends the dialog still is in the page, and gives the focus back.
  useLayoutEffect(() => {
    const dialog = box.current;
    if (dialog && !dialog.open) {
      dialog.showModal();
      dialog.querySelector<HTMLElement>(FIRST)?.focus();
    }
    return () => dialog?.close();
  }, []);
  return (
    <dialog ref={box} className={`sheet ${props.wide ? 'wide' : ''}`} aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        props.onClose();
      }}>
      <div className="sheet-head">
        <h2 id={titleId}>{props.title}</h2>
        <button type="button" className="btn btn-plain btn-icon" aria-label={t('action.close')}
          onClick={props.onClose}>
          <Icon name="cross" />
        </button>
      </div>
      <div className="sheet-body">{props.children}</div>
      {props.footer && <div className="sheet-foot">{props.footer}</div>}
    </dialog>
  );
}
