import { useId, type ReactNode } from 'react';

export function Switch(props: {
  label: string;
  help?: ReactNode;
  checked: boolean;
  full?: boolean | undefined;
  onChange: (checked: boolean) => void;
}) {
  const id = useId();
  return (
    <div className={`switch-field ${props.full ? 'full' : ''}`}>
      <div className="form-check form-switch">
        <input id={id} className="form-check-input" type="checkbox" role="switch"
          checked={props.checked} aria-describedby={`${id}-help`}
          onChange={(event) => props.onChange(event.target.checked)} />
        <label className="form-check-label" htmlFor={id}>{props.label}</label>
      </div>
      {props.help && <div className="form-text" id={`${id}-help`}>{props.help}</div>}
    </div>
  );
}
