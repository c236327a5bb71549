import type { Rule, RuleInput } from '../../api/types';
import { fieldNames, type Values } from '../../lib/fields';

const KIND = 'mih-rules';

/** Only what a rule is made of, without what the hub adds. */
export function inputOf(rule: Rule): RuleInput {
  const values: Values = { ...rule };
  const names = fieldNames('rule').filter((name) => name in values);
  return Object.fromEntries(names.map((name) => [name, values[name]])) as unknown as RuleInput;
}

export function fileOf(rules: Rule[]): string {
  return `${JSON.stringify({ kind: KIND, rules: rules.map(inputOf) }, null, 2)}\n`;
}

/** Saves the rules as a file of the browser. */
export function exportOf(rules: Rule[]): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([fileOf(rules)], { type: 'application/json' }));
  link.download = 'mih-rules.json';
  link.click();
  URL.revokeObjectURL(link.href);
}

/** The rules of such a file; null when it is not one. */
export function rulesOfFile(text: string): RuleInput[] | null {
  try {
    const file = JSON.parse(text) as { kind?: string; rules?: RuleInput[] };
    return file.kind === KIND && Array.isArray(file.rules) ? file.rules : null;
  } catch {
    return null;
  }
}
