import { useState } from 'react';
import { useI18n } from '../i18n';
import type { Fault } from '../lib/checks';
import {
  fieldInfo, headersFromText, headersToText, listFromText, MASK, type FieldInfo, type FormKind,
  type Values,
} from '../lib/fields';
import { Labelled } from './Labelled';
import { Switch } from './Switch';

export interface FormState {
  form: FormKind;
  values: Values;
  set: (name: string, value: unknown) => void;
  faults: Fault[];
  /** What is known of a field; without it, what the API's document says. */
  info?: (name: string) => FieldInfo;
}

interface FieldProps extends FormState {
  name: string;
  full?: boolean;
  autoFocus?: boolean;
  /** Its text has several lines. */
  lines?: boolean;
}

/** From here on a number of seconds is told in larger units too. */
const LONG_S = 120;

/** The input of one described field. */
export function Field(props: FieldProps) {
  const { t, maybe, translator } = useI18n();
  const { form, name, values, set } = props;
  const info = props.info?.(name) ?? fieldInfo(form, name);
  const label = maybe(`field.${form}.${name}`) ?? name;
  const help = info.help ?? maybe(`help.${form}.${name}`);
  const faults = props.faults.filter((fault) => fault.field === name);
  const value = values[name];
  if (info.kind === 'flag') {
    return <Switch label={label} help={help} checked={Boolean(value)} full={props.full}
      onChange={(checked) => set(name, checked)} />;
  }
  const long = info.kind === 'seconds' && Number(value) >= LONG_S;
  const hints = [long && translator.span(Number(value)), help,
    info.secret && t('form.secret_help')].filter(Boolean);
  return (
    <Labelled label={label} help={hints.join(' · ')} faults={faults} full={props.full}>
      {({ id, describedBy, invalid }) => (
        <Input {...props} info={info} value={value}
          common={{ id, 'aria-describedby': describedBy, 'aria-invalid': invalid }} />
      )}
    </Labelled>
  );
}

interface InputProps extends Omit<FieldProps, 'info'> {
  info: FieldInfo;
  value: unknown;
  common: Common;
}

function Input(props: InputProps) {
  const { t, maybe } = useI18n();
  const { name, info, value, common } = props;
  const change = (next: unknown) => props.set(name, next);
  switch (info.kind) {
    case 'choice':
      return (
        <select {...common} className="form-select" value={String(value ?? '')}
          onChange={(event) => change(event.target.value)}>
          {info.choices?.map((choice) => (
            <option key={choice} value={choice}>
              {maybe(`choice.${name}.${choice}`) ?? choice}
            </option>
          ))}
        </select>
      );
    case 'integer':
    case 'number':
    case 'seconds':
      return <NumberInput common={common} value={value as number | undefined} info={info}
        onChange={change} />;
    case 'list':
    case 'headers':
      return <TextOfMany common={common} kind={info.kind} value={value} onChange={change} />;
    default:
      break;
  }
  const kept = info.secret && value === MASK;
  if (props.lines) {
    return <textarea {...common} className="form-control mono" rows={3} spellCheck={false}
      autoComplete="off" placeholder={kept ? t('form.secret_kept') : undefined}
      value={kept ? '' : String(value ?? '')}
      onChange={(event) => change(event.target.value)} />;
  }
  if (info.secret) {
    return <SecretInput common={common} value={String(value ?? '')} kept={t('form.secret_kept')}
      onChange={change} />;
  }
  return (
    <input {...common} className="form-control" type="text" value={String(value ?? '')}
      autoFocus={props.autoFocus} autoComplete="off" spellCheck={false} maxLength={info.maxLength}
      onChange={(event) => change(event.target.value)} />
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

/** Lists ("5xx, 409") and headers ("Name: value", one a line). */
function TextOfMany(props: {
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

function SecretInput(props: {
  common: Common;
  value: string;
  kept: string;
  onChange: (value: string) => void;
}) {
  const kept = props.value === MASK;
  return (
    <input {...props.common} className="form-control" type="password" autoComplete="new-password"
      placeholder={kept ? props.kept : undefined} value={kept ? '' : props.value}
      onChange={(event) => props.onChange(event.target.value)}
      onBlur={(event) => {
        if (kept && event.target.value === '') props.onChange(MASK);
      }} />
  );
}
