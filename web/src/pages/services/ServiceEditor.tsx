import { useState, type FormEvent } from 'react';
import { data, hub } from '../../api/client';
import { faultsOf } from '../../api/problem';
import { useChange, useService, useTransports } from '../../api/queries';
import type { Service, ServiceInput } from '../../api/types';
import { Field, Labelled, type FormState } from '../../components/Field';
import { Icon, type IconName } from '../../components/Icon';
import { Answer, ErrorNotice } from '../../components/States';
import { useToast } from '../../components/Toasts';
import { useI18n } from '../../i18n';
import { changesOf, fieldInfo, type Values } from '../../lib/fields';
import {
  defaultsOf, infoOf, namesOf, turned, type ServiceType, type Transport,
} from '../../lib/transports';
import { goTo, hrefTo } from '../../router';
import { AmqpBuilder } from './AmqpBuilder';
import { authFieldsOf, fieldsOf, GROUPS, LINES, type Group } from './form-layout';

const ICONS: Record<ServiceType, IconName> = { rest: 'globe', amqp: 'queue', soap: 'letter' };

/** The form of a service: a new one of a type, or the one named. The hub says its fields. */
export function ServiceEditor(props: { name?: string; type?: string }) {
  const transports = useTransports();
  return (
    <Answer of={transports}>
      {(known) => {
        if (props.name !== undefined) return <Existing name={props.name} transports={known} />;
        const chosen = known.find(({ type }) => type === props.type) ?? known[0];
        return chosen && <Form before={null} start={defaultsOf(chosen)} transports={known} />;
      }}
    </Answer>
  );
}

function Existing({ name, transports }: { name: string; transports: Transport[] }) {
  const service = useService(name);
  return (
    <Answer of={service}>
      {(found) => <Form before={found} start={{ ...found }} transports={transports} />}
    </Answer>
  );
}

function Form(props: { before: Service | null; start: Values; transports: Transport[] }) {
  const { t, translator } = useI18n();
  const say = useToast();
  const { before, start } = props;
  const [values, setValues] = useState(start);
  const set = (name: string, value: unknown) => setValues((now) => ({ ...now, [name]: value }));
  const transport = props.transports.find(({ type }) => type === values.type);
  const type: ServiceType = transport?.type ?? 'rest';
  const known = transport ? namesOf(transport) : [];
  const save = useChange(async () => {
    if (!before) {
      const given = changesOf(known, transport ? defaultsOf(transport) : {}, values);
      const { name, base_url } = values;
      const body = { ...given, type, name, base_url } as ServiceInput;
      return (await data(hub.POST('/api/v1/services', { body }))) as Service;
    }
    const body = changesOf(known, start, values) as unknown as ServiceInput;
    const params = { path: { name: before.name } };
    return (await data(hub.PATCH('/api/v1/services/{name}', { params, body }))) as Service;
  }, ['services', 'summary', 'rules']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined, {
      onSuccess: (saved) => {
        say(t('services.saved', { name: saved.name }));
        goTo(['services', saved.name], before ? {} : { test: 1 });
      },
    });
  };
  const state: FormState = {
    form: 'service', values, set, faults: faultsOf(save.error),
    info: (name) => {
      const field = transport?.fields.find((one) => one.name === name);
      return field ? infoOf(field, translator.language) : fieldInfo('service', name);
    },
  };
  const title = before ? t('services.edit_title', { name: before.name }) : t('services.add');
  return (
    <form onSubmit={submit} noValidate>
      <div className="page-head">
        <h1>{title}</h1>
        {before && <p className="lead-in">{t(`type.${type}`)}. {t(`type.help.${type}`)}</p>}
      </div>
      <div className="card card-body">
        {!before && (
          <TypeChoice transports={props.transports} type={type} onChange={(next) =>
            setValues((now) => (transport ? turned(now, transport, next) : now))} />
        )}
        <div className="form-grid">
          <Field {...state} name="name" autoFocus={!before} />
          {type !== 'amqp' && <Address state={state} type={type} />}
          {type === 'amqp' && (
            <AmqpBuilder value={String(values.base_url)}
              onChange={(address) => set('base_url', address)} />
          )}
          {type === 'amqp' && <Address state={state} type={type} />}
          <Field {...state} name="auth_type" />
          {authFieldsOf(String(values.auth_type || 'none'), known).map((name) => (
            <Field key={name} {...state} name={name} lines={LINES.includes(name)} />
          ))}
          <Field {...state} name="enabled" full />
        </div>
        {GROUPS.map((group) => (
          <FieldGroup key={group} group={group} state={state} known={known}
            defaults={transport ? defaultsOf(transport) : {}} />
        ))}
      </div>
      {save.error && <div className="mt-3"><ErrorNotice error={save.error} /></div>}
      <div className="row-wrap mt-3">
        <button type="submit" className="btn btn-primary" disabled={save.isPending}>
          {t('action.save')}
        </button>
        <a className="btn btn-outline-secondary"
          href={before ? hrefTo(['services', before.name]) : hrefTo(['services'])}>
          {t('action.cancel')}
        </a>
      </div>
    </form>
  );
}

/** Only for a new service: the type cannot change later. */
function TypeChoice(props: {
  transports: Transport[];
  type: ServiceType;
  onChange: (next: Transport) => void;
}) {
  const { t } = useI18n();
  return (
    <fieldset className="mb-3">
      <legend className="form-label">{t('field.service.type')}</legend>
      <div className="choices">
        {props.transports.map((transport) => (
          <label key={transport.type} className="choice-card">
            <input type="radio" name="type" className="form-check-input"
              checked={transport.type === props.type} onChange={() => props.onChange(transport)} />
            <span>
              <strong><Icon name={ICONS[transport.type]} /> {t(`type.${transport.type}`)}</strong>
              <span className="form-text d-block">{t(`type.help.${transport.type}`)}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Address({ state, type }: { state: FormState; type: ServiceType }) {
  const { t } = useI18n();
  const faults = state.faults.filter((f) => f.field === 'base_url').map((f) => f.message);
  return (
    <Labelled label={t(`address.${type}`)} help={t(`address.help.${type}`)} faults={faults} wide>
      {({ id, describedBy, invalid }) => (
        <input id={id} aria-describedby={describedBy} aria-invalid={invalid} type="text"
          className="form-control mono" inputMode="url" spellCheck={false} autoComplete="off"
          placeholder={t(`address.example.${type}`)} value={String(state.values.base_url ?? '')}
          onChange={(event) => state.set('base_url', event.target.value)} />
      )}
    </Labelled>
  );
}

function FieldGroup(props: {
  group: Group;
  state: FormState;
  known: string[];
  defaults: Values;
}) {
  const { t, tn } = useI18n();
  const { group, state } = props;
  const names = fieldsOf(group, props.known, String(state.values.cb_mode));
  if (names.length === 0) return null;
  const faulty = state.faults.some((fault) => names.includes(fault.field));
  const changed = Object.keys(changesOf(names, props.defaults, state.values)).length;
  return (
    <details className="group" open={faulty || undefined}>
      <summary>
        {t(`group.${group}`)}{' '}
        <span className="muted small fw-normal ms-1">{t(`group.${group}.text`)}</span>
        {changed > 0 && <span className="pill tone-note ms-2">{tn('form.changed', changed)}</span>}
      </summary>
      <div className="form-grid">
        {names.map((name) => (
          <Field key={name} {...state} name={name} lines={LINES.includes(name)} />
        ))}
      </div>
    </details>
  );
}
