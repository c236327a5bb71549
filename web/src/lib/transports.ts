import type { components } from '../api/generated/schema';
import type { FieldInfo, Values } from './fields';

/** What the hub says of a type of service: GET /transports. */
export type Transport = Required<components['schemas']['Transport']>;
export type ServiceType = NonNullable<Transport['type']>;
type TransportField = Transport['fields'][number];

/** The help is there in two languages; the others read English, which is said. */
export function infoOf(field: TransportField, language: string): FieldInfo {
  const { kind, secret, minimum, maximum, choices } = field;
  return {
    kind,
    secret,
    minimum,
    maximum,
    choices,
    maxLength: field.max_length,
    default: field.default,
    help: language === 'es' ? field.help.es : field.help.en,
    helpLanguage: language === 'es' ? 'es' : 'en',
  };
}

export function namesOf(transport: Transport): string[] {
  return transport.fields.map(({ name }) => name);
}

export function defaultsOf(transport: Transport): Values {
  return Object.fromEntries(transport.fields.map((field) => [field.name, field.default]));
}

/**
 * The values of a form after another type was chosen: what both know stays, unless it was the
 * default of the one or no choice of the other.
 */
export function turned(values: Values, from: Transport, to: Transport): Values {
  const before = defaultsOf(from);
  const kept = to.fields
    .filter(({ name }) => name in values && values[name] !== before[name])
    .filter(({ name, choices }) => !choices || choices.includes(String(values[name])))
    .map(({ name }) => [name, values[name]] as const);
  return { ...defaultsOf(to), ...Object.fromEntries(kept), type: to.type };
}
