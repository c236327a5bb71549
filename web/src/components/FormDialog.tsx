import { useMutation } from '@tanstack/react-query';
import { useId, type ReactNode } from 'react';
import { useI18n } from '../i18n';
import { Dialog } from './Dialog';
import { ErrorNotice } from './States';

/** A dialog with a form: what is sent, and what was wrong with it. */
export function FormDialog<T>(props: {
  title: string;
  /** On the button. */
  action: string;
  /** Something is not filled in as it must be. */
  incomplete?: boolean;
  onSubmit: () => Promise<T>;
  onDone: (made: T) => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const { t } = useI18n();
  const form = useId();
  const run = useMutation({ mutationFn: props.onSubmit, onSuccess: props.onDone });
  return (
    <Dialog title={props.title} onClose={props.onClose} footer={
      <>
        <button type="button" className="btn btn-outline-secondary" onClick={props.onClose}>
          {t('action.cancel')}
        </button>
        <button type="submit" form={form} className="btn btn-primary"
          disabled={run.isPending || props.incomplete}>
          {props.action}
        </button>
      </>
    }>
      <form id={form} className="stack" onSubmit={(event) => {
        event.preventDefault();
        run.mutate();
      }}>
        {props.children}
        {run.error && <ErrorNotice error={run.error} />}
      </form>
    </Dialog>
  );
}
