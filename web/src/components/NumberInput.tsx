import { useState } from 'react';
import type { FieldInfo } from '../lib/fields';
import type { Common } from './field-input';

/** What is typed stays as it is while it means the same number. */
export function NumberInput(props: {
  common: Common;
  value: number | undefined;
  info: FieldInfo;
  onChange: (value: number | undefined) => void;
}) {
  const [text, setText] = useState(props.value === undefined ? '' : String(props.value));
  const shown = text !== '' && Number(text) === props.value ? text : String(props.value ?? '');
  return (
    <input {...props.common} className="form-control" type="number" inputMode="decimal"
      min={props.info.minimum} max={props.info.maximum}
      step={props.info.kind === 'integer' ? 1 : 'any'} value={shown}
      onChange={(event) => {
        setText(event.target.value);
        props.onChange(event.target.value === '' ? undefined : Number(event.target.value));
      }} />
  );
}
