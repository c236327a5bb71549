import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useI18n } from '../i18n';
import { Answer } from './States';

interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/**
 * A list of the hub, page by page by its cursors; the first page keeps itself up to date.
 * `queryKey` names the list with its filters: another key begins again at the first page.
 */
export function Paged<P extends Page<unknown>>(props: {
  queryKey: unknown[];
  load: (cursor: string | undefined) => Promise<P>;
  refresh_ms: number | false;
  refused?: ReactNode;
  children: (items: P['items'], page: P) => ReactNode;
}) {
  const { t, tn } = useI18n();
  const list = JSON.stringify(props.queryKey);
  const [place, setPlace] = useState<{ list: string; cursors: string[] }>({ list, cursors: [] });
  const cursors = place.list === list ? place.cursors : [];
  const cursor = cursors.at(-1);
  const query = useQuery({
    queryKey: [...props.queryKey, cursor ?? 'first'],
    queryFn: () => props.load(cursor),
    refetchInterval: cursor ? false : props.refresh_ms,
    placeholderData: keepPreviousData,
  });
  const next = query.data?.next_cursor;
  return (
    <Answer of={query} refused={props.refused}>
      {(page) => (
        <div aria-busy={query.isPlaceholderData}>
          {props.children(page.items, page)}
          {(cursor || next) && (
            <nav className="pager" aria-label={t('pager.label')}>
              <button type="button" className="btn btn-sm btn-outline-secondary"
                disabled={!cursor}
                onClick={() => setPlace({ list, cursors: cursors.slice(0, -1) })}>
                {t('pager.newer')}
              </button>
              <span className="muted small">
                {t('pager.page', { n: cursors.length + 1 })} · {tn('pager.rows', page.items.length)}
                {' · '}{next ? t('pager.more') : t('pager.end')}
              </span>
              <button type="button" className="btn btn-sm btn-outline-secondary" disabled={!next}
                onClick={() => next && setPlace({ list, cursors: [...cursors, next] })}>
                {t('pager.older')}
              </button>
            </nav>
          )}
        </div>
      )}
    </Answer>
  );
}
