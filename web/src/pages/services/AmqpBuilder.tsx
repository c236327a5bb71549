import { useState } from 'react';
import { Labelled } from '../../components/Labelled';
import { Switch } from '../../components/Switch';
import { useI18n } from '../../i18n';
import { AMQP_DEFAULTS, formatAmqp, parseAmqp, type AmqpParts } from '../../lib/amqp';

const SERVER = ['host', 'port'] as const;
const REST = [
  'user', 'password', 'vhost', 'exchange', 'routing_key', 'queue_declare', 'dlq',
] as const;
type Name = (typeof SERVER)[number] | (typeof REST)[number];

/** The address of a broker from its parts. */
export function AmqpBuilder(props: { value: string; onChange: (address: string) => void }) {
  const { t } = useI18n();
  // What is typed stands as it is, also while the address has no place for it yet: a password
  // before its user, the half of an IPv6 address.
  const [typed, setTyped] = useState(AMQP_DEFAULTS);
  const parts = formatAmqp(typed) === props.value ? typed
    : parseAmqp(props.value) ?? AMQP_DEFAULTS;
  const change = (changes: Partial<AmqpParts>) => {
    const next = { ...parts, ...changes };
    setTyped(next);
    props.onChange(formatAmqp(next));
  };
  const text = (name: Name) => (
    <Labelled key={name} label={t(`amqp.${name}`)} help={t(`amqp.help.${name}`)}>
      {({ id, describedBy }) => (
        <input id={id} aria-describedby={describedBy} className="form-control"
          type={name === 'password' ? 'password' : 'text'} autoComplete="off"
          inputMode={name === 'port' ? 'numeric' : undefined} spellCheck={false}
          placeholder={name === 'port' ? (parts.tls ? '5671' : '5672') : undefined}
          value={parts[name]}
          onChange={(event) => change({
            [name]: name === 'port' ? event.target.value.replace(/\D/g, '') : event.target.value,
          })} />
      )}
    </Labelled>
  );
  return (
    <fieldset className="group full">
      <legend>{t('amqp.title')}</legend>
      <div className="form-grid">
        {SERVER.map(text)}
        <Switch label={t('amqp.tls')} help={t('amqp.help.tls')} checked={parts.tls}
          onChange={(tls) => change({ tls })} />
        {REST.map(text)}
      </div>
    </fieldset>
  );
}
