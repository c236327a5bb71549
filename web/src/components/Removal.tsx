import { useState, type ReactNode } from 'react';
import { useI18n } from '../i18n';
import { Confirm } from './Confirm';
import { IconButton } from './IconButton';
import { useToast } from './Toasts';

/** The button that deletes a row, after it was asked. `children` says what is lost. */
export function Removal(props: {
  of: string;
  title: string;
  onRemove: () => Promise<unknown>;
  /** Said afterwards. */
  done: string;
  children: ReactNode;
}) {
  const { t } = useI18n();
  const say = useToast();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <IconButton icon="trash" text={t('action.delete')} of={props.of}
        onClick={() => setAsking(true)} />
      {asking && (
        <Confirm title={props.title} action={t('action.delete')} onClose={() => setAsking(false)}
          onConfirm={async () => {
            await props.onRemove();
            say(props.done);
          }}>
          {props.children}
        </Confirm>
      )}
    </>
  );
}
