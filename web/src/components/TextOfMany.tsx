import { useState } from 'react';
import { headersFromText, headersToText, listFromText } from '../lib/fields';
import type { Common } from './field-input';

/** Lists ("5xx, 409") and headers ("Name: value", one a line). */
export function TextOfMany(props: {
  common: Common;
  kind: 'list' | 'headers';
  value: unknown;
  onChange: (value: unknown) => void;
}) {
  const list = props.kind === 'list';
  const [text, setText] = useState(() =>
    list ? ((props.value as string[] | undefined) ?? []).join(', ') : headersToText(props.value));
  const change = (next: string) => {
    setText(next);
    props.onChange(list ? listFromText(next) : headersFromText(next));
  };
  if (list) {
    return <input {...props.common} className="form-control" value={text} spellCheck={false}
      onChange={(event) => change(event.target.value)} />;
  }
  return <textarea {...props.common} className="form-control mono" rows={2} value={text}
    spellCheck={false} onChange={(event) => change(event.target.value)} />;
}
