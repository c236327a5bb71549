/** The conditions of a rule's filter, as rows of a form. */
export const OPERATORS = [
  '$eq', '$ne', '$gt', '$gte', '$lt', '$lte', '$in', '$nin', '$exists', '$startsWith', '$endsWith',
  '$contains', '$regex',
] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Condition {
  path: string;
  operator: Operator;
  /** As typed: JSON, or else text. */
  value: string;
}

function isOperator(name: string): name is Operator {
  return (OPERATORS as readonly string[]).includes(name);
}

function shown(operator: Operator, value: unknown): string {
  if ((operator === '$in' || operator === '$nin') && Array.isArray(value)) {
    return value.map((item) => spelled(item)).join(', ');
  }
  return spelled(value);
}

/** A text that reads as itself stays bare; everything else is JSON. */
function spelled(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return typeof read(value) === 'string' && value.trim() === value && value !== ''
    && !value.includes(',') ? value : JSON.stringify(value);
}

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The rows of a filter; null when it says more than rows can ($or, $and, $not). */
export function conditionsOf(filter: unknown): Condition[] | null {
  if (filter == null) return [];
  if (typeof filter !== 'object' || Array.isArray(filter)) return null;
  const rows: Condition[] = [];
  for (const [path, wanted] of Object.entries(filter as Record<string, unknown>)) {
    if (path.startsWith('$')) return null;
    if (typeof wanted !== 'object' || wanted === null || Array.isArray(wanted)) {
      rows.push({ path, operator: '$eq', value: shown('$eq', wanted) });
      continue;
    }
    for (const [operator, value] of Object.entries(wanted)) {
      if (!isOperator(operator)) return null;
      rows.push({ path, operator, value: shown(operator, value) });
    }
  }
  return rows;
}

function valueOf(row: Condition): unknown {
  if (row.operator === '$in' || row.operator === '$nin') {
    const list = read(`[${row.value}]`);
    if (Array.isArray(list)) return list;
    return row.value.split(',').map((part) => read(part.trim()));
  }
  if (row.operator === '$exists') return row.value !== 'false';
  return read(row.value);
}

/** The filter that the rows say; null without rows. */
export function filterOf(rows: Condition[]): Record<string, unknown> | null {
  const filter: Record<string, unknown> = {};
  for (const row of rows.filter(({ path }) => path.trim())) {
    const before = filter[row.path];
    const operators = typeof before === 'object' && before !== null ? before : {};
    filter[row.path] = { ...operators, [row.operator]: valueOf(row) };
  }
  for (const [path, operators] of Object.entries(filter)) {
    const entries = Object.entries(operators as object);
    if (entries.length === 1 && entries[0]?.[0] === '$eq') filter[path] = entries[0][1];
  }
  return Object.keys(filter).length ? filter : null;
}
