import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useApp } from '../../api/app';
import { data, hub } from '../../api/client';
import { faultsOf } from '../../api/problem';
import { useChange } from '../../api/queries';
import { Field } from '../../components/Field';
import { Answer, ErrorNotice } from '../../components/States';
import { useToast } from '../../components/Toasts';
import { useI18n } from '../../i18n';
import { changesOf, fieldNames, type Values } from '../../lib/fields';

/** Retention, the log's size, alerts: what can change while the hub runs. */
export function General() {
  const settings = useQuery({
    queryKey: ['settings'],
    queryFn: () => data(hub.GET('/api/v1/settings')),
  });
  return <Answer of={settings}>{(found) => <Form start={{ ...found }} />}</Answer>;
}

function Form({ start }: { start: Values }) {
  const { t, translator, maybe } = useI18n();
  const say = useToast();
  const { canManage } = useApp();
  const [values, setValues] = useState(start);
  const save = useChange(
    () => data(hub.PATCH('/api/v1/settings',
      { body: changesOf(fieldNames('settings'), start, values) })),
    ['settings']);
  const names = fieldNames('settings').filter((name) => name in start);
  if (!canManage) {
    return (
      <div className="card card-body">
        <dl className="facts">
          {names.map((name) => (
            <div key={name} className="contents">
              <dt>{maybe(`field.settings.${name}`) ?? name}</dt>
              <dd>{translator.number(Number(values[name]))}</dd>
            </div>
          ))}
        </dl>
      </div>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined, { onSuccess: () => say(t('settings.saved')) });
  };
  return (
    <form className="card card-body" onSubmit={submit} noValidate>
      <p className="muted">{t('settings.general.text')}</p>
      <div className="form-grid">
        {names.map((name) => (
          <Field key={name} form="settings" name={name} values={values}
            faults={faultsOf(save.error)}
            set={(field, value) => setValues((now) => ({ ...now, [field]: value }))} />
        ))}
      </div>
      {save.error && <div className="mt-3"><ErrorNotice error={save.error} /></div>}
      <div className="mt-3">
        <button type="submit" className="btn btn-primary" disabled={save.isPending}>
          {t('action.save')}
        </button>
      </div>
    </form>
  );
}
