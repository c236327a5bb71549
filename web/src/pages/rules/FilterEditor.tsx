import { useId, useState } from 'react';
import type { FieldFault } from '../../api/problem';
import { HubText } from '../../components/HubText';
import { Icon } from '../../components/Icon';
import { useI18n } from '../../i18n';
import { conditionsOf, filterOf, OPERATORS, type Condition, type Operator } from '../../lib/filter';
import { jsonFault } from '../../lib/json-fault';
import type { FieldPath } from '../../lib/paths';

/** The filter of a rule: rows for the usual, JSON for all that the language can say. */
export function FilterEditor(props: {
  value: unknown;
  onChange: (filter: unknown) => void;
  faults: FieldFault[];
  fields: FieldPath[];
}) {
  const { t } = useI18n();
  const first = conditionsOf(props.value);
  const [asJson, setAsJson] = useState(first === null);
  const [rows, setRows] = useState<Condition[]>(first ?? []);
  const [text, setText] = useState(textOf(props.value));
  const [fault, setFault] = useState('');
  const change = (next: Condition[]) => {
    setRows(next);
    props.onChange(filterOf(next));
  };
  const type = (next: string) => {
    setText(next);
    try {
      props.onChange(next.trim() ? JSON.parse(next) : null);
      setFault('');
    } catch {
      setFault(jsonFault(next, t));
    }
  };
  const turn = () => {
    if (asJson) setRows(conditionsOf(props.value) ?? []);
    else setText(textOf(props.value));
    setFault('');
    setAsJson(!asJson);
  };
  // While the text is no JSON, what was found before is of another text.
  const faults = fault ? [] : props.faults.map(({ message }) => message);
  return (
    <fieldset className="group">
      <legend>{t('field.rule.filter')}</legend>
      <p className="muted small">{t('filter_editor.text')}</p>
      {asJson ? (
        <textarea className="form-control mono" rows={5} value={text} spellCheck={false}
          aria-label={t('field.rule.filter')} aria-invalid={fault !== '' || faults.length > 0}
          onChange={(event) => type(event.target.value)} />
      ) : <Rows rows={rows} fields={props.fields} onChange={change} />}
      {faults.map((message) => (
        <div key={message} className="field-fault" role="alert"><HubText text={message} /></div>
      ))}
      {fault && <div className="field-fault" role="alert">{fault}</div>}
      <div className="row-wrap mt-2">
        {!asJson && (
          <button type="button" className="btn btn-sm btn-outline-primary"
            onClick={() => setRows([...rows, { path: '', operator: '$eq', value: '' }])}>
            <Icon name="plus" />{t('filter_editor.add')}
          </button>
        )}
        <button type="button" className="btn btn-sm btn-plain" onClick={turn}
          disabled={asJson && (fault !== '' || conditionsOf(props.value) === null)}>
          {asJson ? t('filter_editor.as_rows') : t('filter_editor.as_json')}
        </button>
      </div>
    </fieldset>
  );
}

function textOf(filter: unknown): string {
  return filter ? JSON.stringify(filter, null, 2) : '';
}

function Rows(props: {
  rows: Condition[];
  fields: FieldPath[];
  onChange: (rows: Condition[]) => void;
}) {
  const { t } = useI18n();
  const listId = useId();
  const { rows } = props;
  const set = (index: number, changes: Partial<Condition>) =>
    props.onChange(rows.map((row, at) => (at === index ? { ...row, ...changes } : row)));
  return (
    <div className="stack conditions">
      <datalist id={listId}>
        {props.fields.map(({ path }) => <option key={path} value={path} />)}
      </datalist>
      {rows.length === 0 && <p className="muted mb-0">{t('filter_editor.none')}</p>}
      {rows.map((row, index) => (
        <div key={index} className="condition" role="group"
          aria-label={t('filter_editor.condition', { n: index + 1 })}>
          <input className="form-control mono" list={listId} value={row.path} spellCheck={false}
            aria-label={t('filter_editor.field')} placeholder={t('filter_editor.field')}
            onChange={(event) => set(index, { path: event.target.value })} />
          <select className="form-select" value={row.operator} aria-label={t('filter_editor.how')}
            onChange={(event) => set(index, { operator: event.target.value as Operator })}>
            {OPERATORS.map((name) => (
              <option key={name} value={name}>{t(`operator.${name}`)}</option>
            ))}
          </select>
          {row.operator === '$exists' ? (
            <select className="form-select" aria-label={t('filter_editor.value')}
              value={row.value === 'false' ? 'false' : 'true'}
              onChange={(event) => set(index, { value: event.target.value })}>
              <option value="true">{t('action.yes')}</option>
              <option value="false">{t('action.no')}</option>
            </select>
          ) : (
            <input className="form-control mono" value={row.value} spellCheck={false}
              aria-label={t('filter_editor.value')} placeholder={t('filter_editor.value')}
              onChange={(event) => set(index, { value: event.target.value })} />
          )}
          <button type="button" className="btn btn-plain btn-icon"
            aria-label={t('filter_editor.remove', { n: index + 1 })}
            onClick={() => props.onChange(rows.filter((_, at) => at !== index))}>
            <Icon name="trash" />
          </button>
        </div>
      ))}
    </div>
  );
}
