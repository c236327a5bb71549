import { useState, type FormEvent } from 'react';
import { data, hub } from '../../api/client';
import { faultsOf } from '../../api/problem';
import { useChange, useService } from '../../api/queries';
import type { Service, ServiceInput } from '../../api/types';
import { Field, Labelled, type FormState } from '../../components/Field';
import { Answer, ErrorNotice } from '../../components/States';
import { useToast } from '../../components/Toasts';
import { useI18n } from '../../i18n';
import { changesOf, fieldInfo, withDefaults, type Values } from '../../lib/fields';
import { goTo, hrefTo } from '../../router';
import { AmqpBuilder } from './AmqpBuilder';
import {
  authFieldsOf, authTypesOf, fieldsOf, GROUPS, type Group, type ServiceType,
} from './form-layout';

const TYPES = ['rest', 'amqp', 'soap'] as const;

function typeOf(text: string): ServiceType {
  return TYPES.find((type) => type === text) ?? 'rest';
}

/** The form of a service: a new one of a type, or the one named. */
export function ServiceEditor(props: { name?: string; type?: string }) {
  if (props.name === undefined) {
    const start = withDefaults('service', { type: typeOf(props.type ?? '') });
    return <Form before={null} start={start} />;
  }
  return <Existing name={props.name} />;
}

function Existing({ name }: { name: string }) {
  const service = useService(name);
  return (
    <Answer of={service}>
      {(found) => <Form before={found} start={withDefaults('service', { ...found })} />}
    </Answer>
  );
}

function Form({ before, start }: { before: Service | null; start: Values }) {
  const { t } = useI18n();
  const say = useToast();
  const [values, setValues] = useState(start);
  const set = (name: string, value: unknown) => setValues((now) => ({ ...now, [name]: value }));
  const type = typeOf(String(values.type));
  const save = useChange(async () => {
    if (!before) {
      const given = changesOf('service', withDefaults('service', {}), values);
      const { name, base_url } = values;
      const body = { ...given, type, name, base_url } as ServiceInput;
      return (await data(hub.POST('/api/v1/services', { body }))) as Service;
    }
    const body = changesOf('service', start, values) as unknown as ServiceInput;
    const params = { path: { name: before.name } };
    return (await data(hub.PATCH('/api/v1/services/{name}', { params, body }))) as Service;
  }, ['services', 'summary']);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined, {
      onSuccess: (saved) => {
        say(t('services.saved', { name: saved.name }));
        goTo(['services', saved.name], before ? {} : { test: 1 });
      },
    });
  };
  const state: FormState = { form: 'service', values, set, faults: faultsOf(save.error) };
  const title = before ? t('services.edit_title', { name: before.name }) : t('services.add');
  return (
    <form onSubmit={submit} noValidate>
      <div className="page-head">
        <h1>{title}</h1>
        <p className="lead-in">{t(`type.help.${type}`)}</p>
      </div>
      <div className="card card-body">
        <div className="form-grid">
          <TypeChoice state={state} type={type} fixed={before !== null} />
          <Field {...state} name="name" autoFocus={!before} />
          {type === 'amqp' && (
            <AmqpBuilder value={String(values.base_url)}
              onChange={(address) => set('base_url', address)} />
          )}
          <Address state={state} type={type} />
          <Auth state={state} type={type} />
          <Field {...state} name="enabled" full />
        </div>
        {GROUPS.map((group) => <FieldGroup key={group} group={group} state={state} type={type} />)}
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

function TypeChoice(props: { state: FormState; type: ServiceType; fixed: boolean }) {
  const { t } = useI18n();
  return (
    <Labelled label={t('field.service.type')} help={t('help.service.type')}>
      {({ id, describedBy }) => (
        <select id={id} aria-describedby={describedBy} className="form-select" value={props.type}
          disabled={props.fixed}
          onChange={(event) => {
            const next = typeOf(event.target.value);
            props.state.set('type', next);
            const auth = String(props.state.values.auth_type);
            if (!authTypesOf(next).includes(auth)) props.state.set('auth_type', 'none');
            props.state.set('max_concurrency', next === 'amqp' ? undefined
              : fieldInfo('service', 'max_concurrency').default);
          }}>
          {TYPES.map((type) => <option key={type} value={type}>{t(`type.${type}`)}</option>)}
        </select>
      )}
    </Labelled>
  );
}

function Address({ state, type }: { state: FormState; type: ServiceType }) {
  const { t } = useI18n();
  const faults = state.faults.filter((f) => f.field === 'base_url').map((f) => f.message);
  return (
    <Labelled label={t(`address.${type}`)} help={t(`address.help.${type}`)} faults={faults} full>
      {({ id, describedBy, invalid }) => (
        <input id={id} aria-describedby={describedBy} aria-invalid={invalid} type="text"
          className="form-control mono" inputMode="url" spellCheck={false} autoComplete="off"
          placeholder={t(`address.example.${type}`)} value={String(state.values.base_url ?? '')}
          onChange={(event) => state.set('base_url', event.target.value)} />
      )}
    </Labelled>
  );
}

function Auth({ state, type }: { state: FormState; type: ServiceType }) {
  const { t, maybe } = useI18n();
  const chosen = String(state.values.auth_type || 'none');
  return (
    <>
      <Labelled label={t('field.service.auth_type')} help={t('help.service.auth_type')}>
        {({ id, describedBy }) => (
          <select id={id} aria-describedby={describedBy} className="form-select" value={chosen}
            onChange={(event) => state.set('auth_type', event.target.value)}>
            {authTypesOf(type).map((auth) => (
              <option key={auth} value={auth}>{maybe(`choice.auth_type.${auth}`) ?? auth}</option>
            ))}
          </select>
        )}
      </Labelled>
      {authFieldsOf(chosen).map((name) => <Field key={name} {...state} name={name} />)}
    </>
  );
}

function FieldGroup(props: { group: Group; state: FormState; type: ServiceType }) {
  const { t } = useI18n();
  const { group, state, type } = props;
  const names = fieldsOf(group, type, String(state.values.cb_mode));
  if (names.length === 0) return null;
  const faulty = state.faults.some((fault) => names.includes(fault.field));
  return (
    <details className="group" open={faulty || undefined}>
      <summary>{t(`group.${group}`)}</summary>
      <p className="muted small">{t(`group.${group}.text`)}</p>
      <div className="form-grid">
        {names.map((name) => <Field key={name} {...state} name={name} />)}
      </div>
    </details>
  );
}
