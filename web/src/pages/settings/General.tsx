import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useApp } from '../../api/app';
import { data, hub } from '../../api/client';
import { faultsOf } from '../../api/problem';
import { useChange } from '../../api/queries';
import { useCheckedForm } from '../../components/checked-form';
import { Field } from '../../components/Field';
import { FormFaults } from '../../components/FormFaults';
import { Answer } from '../../components/States';
import { useToast } from '../../components/Toasts';
import { useI18n } from '../../i18n';
import { faultsOfNumbers } from '../../lib/checks';
import { changesOf, fieldInfo, fieldNames, type Values } from '../../lib/fields';

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
  const found = faultsOfNumbers(names, values, (name) => fieldInfo('settings', name), t);
  const checked = useCheckedForm(found, () =>
    save.mutate(undefined, { onSuccess: () => say(t('settings.saved')) }));
  const shown = (name: string, value: number) => {
    const inWords = fieldInfo('settings', name).kind === 'seconds' && value > 0;
    return translator.number(value) + (inWords ? ` = ${translator.words(value)}` : '');
  };
  if (!canManage) {
    return (
      <div className="card card-body">
        <dl className="facts">
          {names.map((name) => (
            <div key={name} className="contents">
              <dt>{maybe(`field.settings.${name}`) ?? name}</dt>
              <dd>{shown(name, Number(values[name]))}</dd>
            </div>
          ))}
        </dl>
      </div>
    );
  }
  return (
    <form ref={checked.form} className="card card-body" onSubmit={checked.submit} noValidate>
      <p className="muted">{t('settings.general.text')}</p>
      <div className="form-grid">
        {names.map((name) => (
          <Field key={name} form="settings" name={name} values={values}
            faults={[...checked.faults, ...faultsOf(save.error)]}
            set={(field, value) => setValues((now) => ({ ...now, [field]: value }))} />
        ))}
      </div>
      <FormFaults faults={checked.faults} error={save.error} />
      <div className="mt-3">
        <button type="submit" className="btn btn-primary" disabled={save.isPending}>
          {t('action.save')}
        </button>
      </div>
    </form>
  );
}
