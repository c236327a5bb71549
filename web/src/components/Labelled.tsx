import { useId, type ReactNode } from 'react';
import type { Fault } from '../lib/checks';
import { HubText } from './HubText';

/** Label, input, help and faults, tied together for those who hear the page. */
export function Labelled(props: {
  label: string;
  help?: ReactNode;
  faults?: Fault[];
  full?: boolean | undefined;
  /** Takes the room of two. */
  wide?: boolean;
  children: (ids: { id: string; describedBy: string; invalid: boolean }) => ReactNode;
}) {
  const id = useId();
  const faults = props.faults ?? [];
  return (
    <div className={props.full ? 'full' : props.wide ? 'two' : undefined}>
      <label className="form-label" htmlFor={id}>{props.label}</label>
      {props.children({ id, describedBy: `${id}-help ${id}-fault`, invalid: faults.length > 0 })}
      {props.help && <div className="form-text" id={`${id}-help`}>{props.help}</div>}
      <div className="field-fault" id={`${id}-fault`}>
        {faults.map((fault) => (
          <div key={fault.message}>
            {fault.translated ? fault.message : <HubText text={fault.message} />}
          </div>
        ))}
      </div>
    </div>
  );
}
