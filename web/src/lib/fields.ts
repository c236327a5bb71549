import described from '../api/generated/fields.json';

export type FieldKind =
  | 'text' | 'flag' | 'integer' | 'number' | 'seconds' | 'list' | 'headers' | 'choice';

/** What is known of a field of a form. */
export interface FieldInfo {
  kind: FieldKind;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  default?: unknown;
  choices?: string[];
  secret: boolean;
  /** From the hub itself; without it the language files may have one. */
  help?: string;
  /** Which is not always the page's. */
  helpLanguage?: 'en' | 'es';
}
/** Of the services' fields the hub tells more: lib/transports.ts. */
export type FormKind = keyof typeof described;

/** What a secret reads as; sending it back leaves the secret as it is. */
export const MASK = '********';

/** As the API's document has it. */
interface DescribedField {
  type?: string | string[];
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  default?: unknown;
  enum?: string[];
  secret: boolean;
}

/** Numbers of seconds, which the API's document has as numbers. */
const SECONDS = ['event_retention', 'alert_open_s', 'dedupe_window'];

function kindOf(name: string, { type, enum: choices }: DescribedField): FieldKind {
  if (choices) return 'choice';
  if (SECONDS.includes(name)) return 'seconds';
  switch (type) {
    case 'boolean': return 'flag';
    case 'integer':
    case 'number': return type;
    case 'array': return 'list';
    case 'object': return 'headers';
    default: return 'text';
  }
}

export function fieldInfo(form: FormKind, name: string): FieldInfo {
  const fields: Partial<Record<string, DescribedField>> = described[form];
  const field = fields[name] ?? { type: 'string', secret: false };
  const { type: _, enum: choices, ...rest } = field;
  return { ...rest, kind: kindOf(name, field), ...(choices ? { choices } : {}) };
}

export function fieldNames(form: FormKind): string[] {
  return Object.keys(described[form]);
}

export type Values = Record<string, unknown>;

/** A form's values: what is there, else the document's defaults. */
export function withDefaults(form: FormKind, values: Values): Values {
  const defaults = fieldNames(form).map((name) => {
    const info = fieldInfo(form, name);
    const empty = info.kind === 'text' ? '' : undefined;
    return [name, 'default' in info ? info.default : empty] as const;
  });
  return { ...Object.fromEntries(defaults), ...values };
}

/** Only what differs from `before`, of the fields named: for a PATCH. */
export function changesOf(names: string[], before: Values, after: Values): Values {
  return Object.fromEntries(
    names
      .filter((name) => name in after)
      .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
      .map((name) => [name, after[name]]),
  );
}

/** Lines "Name: value" as an object, and back. */
export function headersFromText(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.trim());
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return colon < 0
        ? [line.trim(), '']
        : [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    }),
  );
}

export function headersToText(headers: unknown): string {
  return Object.entries((headers ?? {}) as Record<string, string>)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}

/** "5xx, 409" as a list. */
export function listFromText(text: string): string[] {
  return text.split(/[\s,]+/).filter(Boolean);
}
