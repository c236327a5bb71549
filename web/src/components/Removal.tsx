import { useState, type ReactNode } from 'react';
import { useI18n } from '../i18n';
import { Confirm } from './Confirm';
import { IconButton } from './IconButton';

/** The button that deletes a row, after it was asked. `children` says what is lost. */
export function Removal(props: {
  of: string;
  title: string;
  onRemove: () => Promise<unknown>;
  children: ReactNode;
}) {
  const { t } = useI18n();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <IconButton icon="trash" text={t('action.delete')} of={props.of}
        onClick={() => setAsking(true)} />
      {asking && (
        <Confirm title={props.title} action={t('action.delete')} onClose={() => setAsking(false)}
          onConfirm={props.onRemove}>
          {props.children}
        </Confirm>
      )}
    </>
  );
}
