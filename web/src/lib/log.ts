import type { LogRow } from '../api/types';

export interface LogQuery {
  service?: string;
  success?: boolean;
  direction?: 'outbound' | 'inbound';
  from?: number;
  to?: number;
  text?: string;
}

/** "2026-01-31T10:00", as an input of the browser gives it, in Unix seconds. */
export function unixOf(text: string | undefined): number | undefined {
  const time = text ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}

/** The API's filter from the names and values of the page's address. */
export function logQuery(filter: Record<string, string>): LogQuery {
  return {
    service: filter.service || undefined,
    success: filter.success ? filter.success === 'true' : undefined,
    direction: filter.direction === 'inbound' || filter.direction === 'outbound'
      ? filter.direction : undefined,
    from: unixOf(filter.from),
    to: unixOf(filter.to),
    text: filter.text || undefined,
  };
}

export const CSV_COLUMNS = [
  'id', 'timecreated', 'service', 'kind', 'direction', 'http_method', 'endpoint', 'http_status',
  'success', 'latency_ms', 'attempt_count', 'eventname', 'delivery_id', 'error_message',
] as const;

/** What may begin a formula, also in full width: at the beginning, or behind what ends a cell. */
const FORMULA = /(^|[;,|\t\r\n])(?=\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/g;

/**
 * A value as a field of CSV (RFC 4180). What a spreadsheet would run as a formula gets an
 * apostrophe in front, so that it stays text. In many languages spreadsheets end cells at
 * semicolons, and then see no quotes that stand within a cell: what follows one counts too.
 */
export function csvField(value: unknown): string {
  const text = value == null ? '' : String(value);
  const marked = typeof value === 'string' ? text.replace(FORMULA, "$1'") : text;
  const safe = /^[\t\r\n\0]/.test(marked) ? `'${marked}` : marked;
  return /[",\r\n']/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

export function csvOf(rows: LogRow[]): string {
  const lines = rows.map((row) =>
    CSV_COLUMNS.map((name) =>
      csvField(name === 'timecreated' && row.timecreated !== undefined
        ? new Date(row.timecreated * 1000).toISOString() : row[name])).join(','));
  return [CSV_COLUMNS.join(','), ...lines, ''].join('\r\n');
}
