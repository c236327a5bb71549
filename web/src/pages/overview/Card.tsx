import type { ReactNode } from 'react';
import { useI18n } from '../../i18n';

/** A part of the overview; `more` leads to all of what it shows. */
export function Card(props: { title: string; more?: string; children: ReactNode }) {
  const { t } = useI18n();
  return (
    <section className="card">
      <div className="card-head">
        <h2>{props.title}</h2>
        {props.more && (
          <a className="small" href={props.more}>
            {t('action.show_all')}<span className="visually-hidden">: {props.title}</span>
          </a>
        )}
      </div>
      <div className="card-body">{props.children}</div>
    </section>
  );
}
