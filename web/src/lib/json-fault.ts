import type { Key, Params } from '../i18n';

/** Where a text that is no JSON goes wrong; each browser has words of its own for it. */
export function jsonFault(text: string, error: unknown,
  t: (key: Key, params?: Params) => string): string {
  const message = error instanceof Error ? error.message : '';
  if (/unexpected end|end of data/i.test(message)) return t('filter_editor.json_ends');
  const [, line, column] = /line (\d+) column (\d+)/.exec(message) ?? [];
  if (line && column) return t('filter_editor.json_at', { line, column });
  const [, position] = /position (\d+)/.exec(message) ?? [];
  if (position === undefined) return t('filter_editor.json_bad');
  const before = text.slice(0, Number(position)).split('\n');
  return t('filter_editor.json_at',
    { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 });
}
