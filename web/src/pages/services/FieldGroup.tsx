import { Field, type FormState } from '../../components/Field';
import { useI18n } from '../../i18n';
import { changesOf, type Values } from '../../lib/fields';
import { fieldsOf, LINES, type Group } from './form-layout';

/** Fields that belong together, folded up as long as nobody wants or has to see them. */
export function FieldGroup(props: {
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
