import { useState, type ReactNode } from 'react';
import { Icon } from '../../components/Icon';

/** What stands above a list of settings: what it is, and the button for one more. */
export function SettingsList(props: {
  intro: string;
  add: string;
  /** The dialog behind the button; none for those who may not. */
  dialog: ((onClose: () => void) => ReactNode) | null;
  children: ReactNode;
}) {
  const [adding, setAdding] = useState(false);
  return (
    <>
      <div className="page-head">
        <p className="lead-in">{props.intro}</p>
        {props.dialog && (
          <button type="button" className="btn btn-primary" onClick={() => setAdding(true)}>
            <Icon name="plus" />{props.add}
          </button>
        )}
      </div>
      {props.children}
      {adding && props.dialog?.(() => setAdding(false))}
    </>
  );
}
