import { useId, useState, type ReactNode } from 'react';
import type { FieldFault } from '../api/problem';
import { useI18n } from '../i18n';
import {
  fieldInfo, headersFromText, headersToText, listFromText, MASK, type FormKind, type Values,
} from '../lib/fields';

/** Label, input, help and faults, tied together for those who hear the page. */
export function Labelled(props: {
  label: string;
  help?: string | undefined;
  faults?: string[];
  full?: boolean;
  children: (ids: { id: string; describedBy: string; invalid: boolean }) => ReactNode;
}) {
  const id = useId();
  const faults = props.faults ?? [];
  return (
    <div className={props.full ? 'full' : undefined}>
      <label className="form-label" htmlFor={id}>{props.label}</label>
      {props.children({ id, describedBy: `${id}-help ${id}-fault`, invalid: faults.length > 0 })}
      {props.help && <div className="form-text" id={`${id}-help`}>{props.help}</div>}
      <div className="field-fault" id={`${id}-fault`}>
        {faults.map((fault) => <div key={fault} lang="en">{fault}</div>)}
      </div>
    </div>
  );
}

export interface FormState {
  form: FormKind;
  values: Values;
  set: (name: string, value: unknown) => void;
  faults: FieldFault[];
}

/** The input of one described field: its kind follows from the API's document. */
export function Field(props: FormState & { name: string; full?: boolean; autoFocus?: boolean }) {
  const { t, maybe } = useI18n();
  const { form, name, values, set } = props;
  const info = fieldInfo(form, name);
  const label = maybe(`field.${form}.${name}`) ?? name;
  const help = maybe(`help.${form}.${name}`);
  const faults = props.faults.filter((f) => f.field === name).map((f) => f.message);
  const value = values[name];
  if (info.type === 'boolean') {
    return <Switch label={label} help={help} checked={Boolean(value)} full={props.full}
      onChange={(checked) => set(name, checked)} />;
  }
  return (
    <Labelled label={label} help={help} faults={faults} full={props.full}>
      {({ id, describedBy, invalid }) => {
        const common = { id, 'aria-describedby': describedBy, 'aria-invalid': invalid };
        if (info.enum) {
          return (
            <select {...common} className="form-select" value={String(value ?? '')}
              onChange={(event) => set(name, event.target.value)}>
              {info.enum.map((choice) => (
                <option key={choice} value={choice}>
                  {maybe(`choice.${name}.${choice}`) ?? choice}
                </option>
              ))}
            </select>
          );
        }
        if (info.type === 'number' || info.type === 'integer') {
          return <NumberInput common={common} value={value as number | undefined} info={info}
            onChange={(number) => set(name, number)} />;
        }
        if (info.type === 'array' || info.type === 'object') {
          return <TextOfMany common={common} kind={info.type} value={value}
            onChange={(many) => set(name, many)} />;
        }
        if (info.secret) {
          return <SecretInput common={common} value={String(value ?? '')}
            kept={t('form.secret_kept')} onChange={(text) => set(name, text)} />;
        }
        return (
          <input {...common} className="form-control" type="text" value={String(value ?? '')}
            autoFocus={props.autoFocus} autoComplete="off" spellCheck={false}
            maxLength={info.maxLength} onChange={(event) => set(name, event.target.value)} />
        );
      }}
    </Labelled>
  );
}

interface Common {
  id: string;
  'aria-describedby': string;
  'aria-invalid': boolean;
}

function NumberInput(props: {
  common: Common;
  value: number | undefined;
  info: { minimum?: number; maximum?: number; type: string | string[] };
  onChange: (value: number | undefined) => void;
}) {
  const [text, setText] = useState(props.value === undefined ? '' : String(props.value));
  const shown = text !== '' && Number(text) === props.value ? text : String(props.value ?? '');
  return (
    <input {...props.common} className="form-control" type="number" inputMode="decimal"
      min={props.info.minimum} max={props.info.maximum}
      step={props.info.type === 'integer' ? 1 : 'any'} value={shown}
      onChange={(event) => {
        setText(event.target.value);
        props.onChange(event.target.value === '' ? undefined : Number(event.target.value));
      }} />
  );
}

/** Lists ("5xx, 409") and headers ("Name: value", one a line). */
function TextOfMany(props: {
  common: Common;
  kind: 'array' | 'object';
  value: unknown;
  onChange: (value: unknown) => void;
}) {
  const list = props.kind === 'array';
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

function SecretInput(props: {
  common: Common;
  value: string;
  kept: string;
  onChange: (value: string) => void;
}) {
  const kept = props.value === MASK;
  const long = props.value.includes('\n') || props.value.startsWith('-----');
  if (long) {
    return <textarea {...props.common} className="form-control mono" rows={3} value={props.value}
      spellCheck={false} onChange={(event) => props.onChange(event.target.value)} />;
  }
  return (
    <input {...props.common} className="form-control" type="password" autoComplete="new-password"
      placeholder={kept ? props.kept : undefined} value={kept ? '' : props.value}
      onChange={(event) => props.onChange(event.target.value)}
      onBlur={(event) => {
        if (kept && event.target.value === '') props.onChange(MASK);
      }} />
  );
}

export function Switch(props: {
  label: string;
  help?: string | undefined;
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
