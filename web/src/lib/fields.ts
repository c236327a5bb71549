import described from '../api/generated/fields.json';

/** What the API's document says about a field of a form. */
export interface FieldInfo {
  type: string | string[];
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  default?: unknown;
  enum?: string[];
  secret: boolean;
}
export type FormKind = keyof typeof described;

/** What a secret reads as; sending it back leaves the secret as it is. */
export const MASK = '********';

export function fieldInfo(form: FormKind, name: string): FieldInfo {
  const fields: Partial<Record<string, FieldInfo>> = described[form];
  return fields[name] ?? { type: 'string', secret: false };
}

export function fieldNames(form: FormKind): string[] {
  return Object.keys(described[form]);
}

export type Values = Record<string, unknown>;

/** A form's values: what is there, else the document's defaults. */
export function withDefaults(form: FormKind, values: Values): Values {
  const defaults = fieldNames(form).map((name) => {
    const info = fieldInfo(form, name);
    return [name, info.default ?? (info.type === 'string' ? '' : undefined)] as const;
  });
  return { ...Object.fromEntries(defaults), ...values };
}

/** Only what differs from `before`, for a PATCH. */
export function changesOf(form: FormKind, before: Values, after: Values): Values {
  const known = fieldNames(form).filter((name) => name in after);
  return Object.fromEntries(
    known
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
