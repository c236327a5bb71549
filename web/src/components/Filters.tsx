import { useState, type ReactNode } from 'react';
import { useI18n } from '../i18n';
import { refineTo, usePlace } from '../router';
import { Icon } from './Icon';

/** Inputs that narrow a list down; on a phone all but the search stand behind a button. */
export function Filters({ children }: { children: ReactNode }) {
  const { t } = useI18n();
  const [open, setOpen] = useState(false);
  return (
    <div className={`filters ${open ? 'open' : ''}`}>
      {children}
      <button type="button" className="btn btn-outline-secondary more-filters" aria-expanded={open}
        onClick={() => setOpen(!open)}>
        <Icon name="filter" />{t('filter.more')}
      </button>
    </div>
  );
}

export interface Named {
  /** Of the value in the place's query. */
  name: string;
  label: string;
}

/** Sets a value of the place's query. */
export function useRefine(): (name: string, value: string) => void {
  const { path, query } = usePlace();
  return (name, value) => refineTo(path, { ...query, [name]: value });
}

export function SelectFilter(props: Named & { options: [string, string][]; all?: string }) {
  const { t } = useI18n();
  const { query } = usePlace();
  const refine = useRefine();
  return (
    <label>
      {props.label}
      <select className="form-select" value={query[props.name] ?? ''}
        onChange={(event) => refine(props.name, event.target.value)}>
        <option value="">{props.all ?? t('filter.all')}</option>
        {props.options.map(([value, text]) => <option key={value} value={value}>{text}</option>)}
      </select>
    </label>
  );
}
