import { useState, type ReactNode } from 'react';
import { useI18n } from '../i18n';
import { compareTexts } from '../lib/sorting';
import { Icon } from './Icon';
import { useIsPhone } from './media';

export interface Column<T> {
  id: string;
  title: string;
  cell: (row: T) => ReactNode;
  /** Makes the column sortable. */
  sortBy?: (row: T) => string | number | null | undefined;
  /**
   * `num` numbers, `wide` text that wraps, `clipped` text that is cut off, `tools` buttons,
   * `headline` what stands on top when a row is a card on a phone (else the first column).
   */
  kind?: 'num' | 'wide' | 'clipped' | 'tools' | 'headline';
  /** Stands in the heading, for instance a box that selects all rows; the title then names it. */
  head?: ReactNode;
}

interface Order {
  id: string;
  down: boolean;
}

function sorted<T>(rows: T[], column: Column<T> | undefined, down: boolean): T[] {
  const value = column?.sortBy;
  if (!value) return rows;
  const sign = down ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x == null || y == null) return x == null ? (y == null ? 0 : 1) : -1;
    if (typeof x === 'string' && typeof y === 'string') return sign * compareTexts(x, y);
    return sign * (Number(x) - Number(y));
  });
}

/** Rows that are drawn at once. */
const PAGE = 100;

/**
 * A table that scrolls by itself when it is wider than the page, and turns its pages when it has
 * many rows. On a phone each row is a card, with its values below one another, and what is sorted
 * by is chosen above them; roles say that it is a table all the same.
 */
export function Table<T>(props: {
  label: string;
  columns: Column<T>[];
  rows: T[];
  rowKey: (row: T) => string | number;
  first?: Order;
}) {
  const [order, setOrder] = useState<Order | null>(props.first ?? null);
  const [page, setPage] = useState(0);
  const { columns } = props;
  const cards = useIsPhone();
  const all = sorted(props.rows, columns.find((c) => c.id === order?.id), order?.down ?? false);
  const pages = Math.ceil(all.length / PAGE);
  const shown = Math.min(page, Math.max(0, pages - 1));
  const rows = all.slice(shown * PAGE, (shown + 1) * PAGE);
  const sort = (id: string) =>
    setOrder((now) => ({ id, down: now?.id === id ? !now.down : false }));
  const direction = (id: string) =>
    order?.id !== id ? undefined : order.down ? 'descending' : 'ascending';
  return (
    <>
      {cards && <SortChoice columns={columns} order={order} onChange={setOrder} />}
      <div className="table-box as-cards" tabIndex={0} role="region" aria-label={props.label}>
        <table className="table table-hover" role="table">
          <caption className="visually-hidden">{props.label}</caption>
          <thead role="rowgroup">
            <tr role="row">
              {columns.map((column) => (
                <th key={column.id} scope="col" role="columnheader"
                  className={column.kind === 'num' ? 'num' : undefined}
                  aria-sort={direction(column.id)}>
                  {cards ? column.title : (
                    <Heading column={column} down={order?.id === column.id ? order.down : null}
                      onSort={() => sort(column.id)} />
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {rows.map((row) => (
              <tr key={props.rowKey(row)} role="row">
                {columns.map((column) => (
                  <td key={column.id} role="cell" className={column.kind}
                    data-title={column.title}>
                    {cards ? <div className="value">{column.cell(row)}</div> : column.cell(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Pages page={shown} pages={pages} onPage={setPage} />
    </>
  );
}

function Heading<T>(props: { column: Column<T>; down: boolean | null; onSort: () => void }) {
  const { column, down } = props;
  if (column.head) return column.head;
  if (column.kind === 'tools') return <span className="visually-hidden">{column.title}</span>;
  if (!column.sortBy) return column.title;
  return (
    <button type="button" className="sorter" onClick={props.onSort}>
      {column.title}
      {down !== null && <Icon name={down ? 'down' : 'up'} size={14} />}
    </button>
  );
}

/** For a table whose headings are not to be seen. */
function SortChoice<T>(props: {
  columns: Column<T>[];
  order: Order | null;
  onChange: (order: Order | null) => void;
}) {
  const { t } = useI18n();
  const { order } = props;
  const sortable = props.columns.filter((column) => column.sortBy);
  if (sortable.length === 0) return null;
  return (
    <div className="sort-choice">
      <label>
        {t('table.sort_by')}
        <select className="form-select form-select-sm" value={order?.id ?? ''}
          onChange={(event) => props.onChange(event.target.value
            ? { id: event.target.value, down: order?.down ?? false } : null)}>
          {!order && <option value="">{t('table.as_they_come')}</option>}
          {sortable.map(({ id, title }) => <option key={id} value={id}>{title}</option>)}
        </select>
      </label>
      {order && (
        <button type="button" className="btn btn-sm btn-outline-secondary btn-icon"
          aria-pressed={order.down} aria-label={t('table.down')} title={t('table.down')}
          onClick={() => props.onChange({ ...order, down: !order.down })}>
          <Icon name={order.down ? 'down' : 'up'} />
        </button>
      )}
    </div>
  );
}

/** Steps through the pages of a list that lies in the browser. */
function Pages(props: { page: number; pages: number; onPage: (page: number) => void }) {
  const { t } = useI18n();
  if (props.pages <= 1) return null;
  return (
    <nav className="pager" aria-label={t('pager.label')}>
      <button type="button" className="btn btn-sm btn-outline-secondary"
        disabled={props.page === 0} onClick={() => props.onPage(props.page - 1)}>
        {t('pager.previous')}
      </button>
      <span className="muted small">
        {t('pager.of', { page: props.page + 1, pages: props.pages })}
      </span>
      <button type="button" className="btn btn-sm btn-outline-secondary"
        disabled={props.page + 1 >= props.pages} onClick={() => props.onPage(props.page + 1)}>
        {t('pager.next')}
      </button>
    </nav>
  );
}
