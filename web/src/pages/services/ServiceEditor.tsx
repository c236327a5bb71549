import { useState } from 'react';
import { data, hub } from '../../api/client';
import { faultsOf } from '../../api/problem';
import { useChange, useService, useTransports } from '../../api/queries';
import type { Service, ServiceInput } from '../../api/types';
import { useCheckedForm } from '../../components/checked-form';
import { Field, type FormState } from '../../components/Field';
import { FormFaults } from '../../components/FormFaults';
import { Answer } from '../../components/States';
import { useToast } from '../../components/Toasts';
import { useI18n } from '../../i18n';
import { faultsOfNumbers, faultsOfService } from '../../lib/checks';
import { changesOf, fieldInfo, type Values } from '../../lib/fields';
import {
  defaultsOf, infoOf, namesOf, turned, type ServiceType, type Transport,
} from '../../lib/transports';
import { goTo, hrefTo } from '../../router';
import { Address } from './Address';
import { AmqpBuilder } from './AmqpBuilder';
import { FieldGroup } from './FieldGroup';
import { authFieldsOf, GROUPS, LINES } from './form-layout';
import { TypeChoice } from './TypeChoice';

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
  const info = (name: string) => {
    const field = transport?.fields.find((one) => one.name === name);
    return field ? infoOf(field, translator.language) : fieldInfo('service', name);
  };
  const found = [...faultsOfService(values, t), ...faultsOfNumbers(known, values, info, t)];
  const checked = useCheckedForm(found, () => save.mutate(undefined, {
    onSuccess: (saved) => {
      say(t('services.saved', { name: saved.name }));
      goTo(['services', saved.name], before ? {} : { test: 1 });
    },
    onError: () => checked.focusFault(),
  }));
  const state: FormState = {
    form: 'service', values, set, info, faults: [...checked.faults, ...faultsOf(save.error)],
  };
  const title = before ? t('services.edit_title', { name: before.name }) : t('services.add');
  return (
    <form ref={checked.form} onSubmit={checked.submit} noValidate>
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
      <FormFaults faults={checked.faults} error={save.error} />
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
