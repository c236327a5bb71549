import { useEffect, useRef, useState } from 'react';
import { useI18n } from '../i18n';
import { usePlace } from '../router';
import { useRefine, type Named } from './Filters';

/** How long nobody must type before the list is asked for. */
const PAUSE_MS = 300;

/** A value of the place's query to type in. */
export function InputFilter(props: Named & {
  type?: 'search' | 'datetime-local';
  grow?: boolean;
  options?: string[];
}) {
  const { name } = props;
  const { query } = usePlace();
  const refine = useRefine();
  const wanted = query[name] ?? '';
  const [text, setText] = useState(wanted);
  const latest = useRef(refine);
  latest.current = refine;
  // The place may change by itself: a link, the way back, filters that are taken away.
  useEffect(() => setText(wanted), [wanted]);
  useEffect(() => {
    if (text === wanted) return;
    const timer = setTimeout(() => latest.current(name, text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const list = props.options && `values-of-${name}`;
  return (
    <label className={props.grow ? 'grow' : undefined}>
      {props.label}
      <input type={props.type ?? 'search'} className="form-control" list={list} spellCheck={false}
        value={text} onChange={(event) => setText(event.target.value)} />
      {list && (
        <datalist id={list}>
          {props.options?.map((value) => <option key={value} value={value} />)}
        </datalist>
      )}
    </label>
  );
}

/** From when until when; the two stay side by side. */
export function TimeFilter() {
  const { t } = useI18n();
  return (
    <div className="pair">
      <InputFilter name="from" label={t('filter.from')} type="datetime-local" />
      <InputFilter name="to" label={t('filter.to')} type="datetime-local" />
    </div>
  );
}
