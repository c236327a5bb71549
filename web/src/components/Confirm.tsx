import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useI18n } from '../i18n';
import { Dialog } from './Dialog';
import { ErrorNotice } from './States';

/** Asks before something is lost. `children` names what. */
export function Confirm(props: {
  title: string;
  action: string;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
  children: ReactNode;
  safe?: boolean;
  disabled?: boolean;
}) {
  const { t } = useI18n();
  const run = useMutation({ mutationFn: props.onConfirm, onSuccess: props.onClose });
  return (
    <Dialog title={props.title} onClose={props.onClose} footer={
      <>
        <button type="button" className="btn btn-outline-secondary" onClick={props.onClose}>
          {t('action.cancel')}
        </button>
        <button type="button" className={`btn ${props.safe ? 'btn-primary' : 'btn-danger'}`}
          disabled={run.isPending || props.disabled} onClick={() => run.mutate()}>
          {props.action}
        </button>
      </>
    }>
      <div className="stack">
        <div>{props.children}</div>
        {run.error && <ErrorNotice error={run.error} />}
      </div>
    </Dialog>
  );
}
