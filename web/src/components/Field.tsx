import { Fragment } from 'react';
import { useI18n } from '../i18n';
import type { Fault } from '../lib/checks';
import { fieldInfo, MASK, type FieldInfo, type FormKind, type Values } from '../lib/fields';
import type { Common } from './field-input';
import { Labelled } from './Labelled';
import { NumberInput } from './NumberInput';
import { SecretInput } from './SecretInput';
import { Switch } from './Switch';
import { TextOfMany } from './TextOfMany';

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
  // The hub speaks English and Spanish; for other languages the page has the text.
  const help = maybe(`help.${form}.${name}`) ??
    (info.help && <span lang={info.helpLanguage}>{info.help}</span>);
  const faults = props.faults.filter((fault) => fault.field === name);
  const value = values[name];
  if (info.kind === 'flag') {
    return <Switch label={label} help={help} checked={Boolean(value)} full={props.full}
      onChange={(checked) => set(name, checked)} />;
  }
  const long = info.kind === 'seconds' && Number(value) >= LONG_S;
  const hints = [long && `= ${translator.words(Number(value))}`, help,
    info.secret && t('form.secret_help')].filter(Boolean);
  const joined = hints.map((hint, index) => (
    <Fragment key={index}>{index > 0 && ' · '}{hint}</Fragment>
  ));
  return (
    <Labelled label={label} help={hints.length > 0 && joined} faults={faults} full={props.full}>
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
