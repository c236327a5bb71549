import type { FieldFault } from '../api/problem';
import type { Params, Key } from '../i18n';
import type { FieldInfo, Values } from './fields';

/** A fault of the hub, which speaks English, or one that the page found before it asked. */
export interface Fault extends FieldFault {
  translated?: boolean;
}
type Say = (key: Key, params?: Params) => string;

const SERVICE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$/;
const NUMBERS = ['integer', 'number', 'seconds'];

function faultOfNumber(value: unknown, info: FieldInfo, t: Say): string | null {
  const { minimum, maximum } = info;
  const number = typeof value === 'number' ? value : Number.NaN;
  const outside = number < (minimum ?? -Infinity) || number > (maximum ?? Infinity);
  if (!Number.isNaN(number) && !outside) {
    return info.kind === 'integer' && !Number.isInteger(number) ? t('fault.whole') : null;
  }
  if (minimum === undefined) return t('fault.number');
  return maximum === undefined ? t('fault.at_least', { minimum })
    : t('fault.between', { minimum, maximum });
}

/** Numbers that are missing or out of their bounds. */
export function faultsOfNumbers(
  names: string[], values: Values, infoOf: (name: string) => FieldInfo, t: Say,
): Fault[] {
  return names.flatMap((field) => {
    const info = infoOf(field);
    if (!NUMBERS.includes(info.kind) || !(field in values)) return [];
    const message = faultOfNumber(values[field], info, t);
    return message === null ? [] : [{ field, message, translated: true }];
  });
}

export function faultsOfEmpty(names: string[], values: Values, t: Say): Fault[] {
  return names.filter((name) => !String(values[name] ?? '').trim())
    .map((field) => ({ field, message: t('fault.required'), translated: true }));
}

/** What a name of a service must be like, and an address of its type. */
export function faultsOfService(values: Values, t: Say): Fault[] {
  const faults = faultsOfEmpty(['name', 'base_url'], values, t);
  const missing = faults.map(({ field }) => field);
  const add = (field: string, message: string) =>
    faults.push({ field, message, translated: true });
  if (!missing.includes('name') && !SERVICE_NAME.test(String(values.name))) {
    add('name', t('fault.service_name'));
  }
  const amqp = values.type === 'amqp';
  const scheme = amqp ? /^amqps?:\/\/[^/?]/i : /^https?:\/\/[^/?]/i;
  if (!missing.includes('base_url') && !scheme.test(String(values.base_url))) {
    add('base_url', t(amqp ? 'fault.address_amqp' : 'fault.address_http'));
  }
  return faults;
}
