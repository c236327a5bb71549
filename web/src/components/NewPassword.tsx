import { useState } from 'react';
import { useI18n } from '../i18n';
import { TextInput } from './TextInput';

const SHORTEST = 12;

/** A new password, typed twice. `onChange` gets it once it can be used, else null. */
export function NewPassword(props: {
  /** It may be left empty: '' then. */
  optional?: boolean;
  help?: string;
  onChange: (password: string | null) => void;
}) {
  const { t } = useI18n();
  const [first, setFirst] = useState('');
  const [second, setSecond] = useState('');
  const change = (one: string, other: string) => {
    setFirst(one);
    setSecond(other);
    const given = one.length >= SHORTEST || (props.optional === true && one === '');
    props.onChange(given && one === other ? one : null);
  };
  return (
    <>
      <TextInput type="password" autoComplete="new-password" label={t('login.new_password')}
        help={props.help ?? t('login.password_rule', { n: SHORTEST })} value={first}
        required={!props.optional} minLength={SHORTEST} onChange={(text) => change(text, second)} />
      <TextInput type="password" autoComplete="new-password" label={t('login.repeat_password')}
        fault={second !== '' && second !== first ? t('login.not_the_same') : undefined}
        value={second} required={!props.optional} onChange={(text) => change(first, text)} />
    </>
  );
}
