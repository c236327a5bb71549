import { ApiError, faultsOf, type FieldFault } from '../api/problem';
import type { Values } from './fields';

/** A form that the hub did not save, and why. */
export interface Refused {
  error: unknown;
  values: Values;
}

/** The input of the form that a fault belongs to: "headers" of "headers.X-Key". */
const inputOf = (field: string) => field.split('.')[0] ?? field;

/** What is still wrong of a refusal: faults of inputs that nobody has changed since. */
export function stillRefused(refused: Refused | null, values: Values): unknown {
  if (!refused) return null;
  const same = (field: string) =>
    JSON.stringify(refused.values[field]) === JSON.stringify(values[field]);
  const { error } = refused;
  const faults = faultsOf(error);
  if (!(error instanceof ApiError) || faults.length === 0) {
    return JSON.stringify(refused.values) === JSON.stringify(values) ? error : null;
  }
  const left = faults.filter(({ field }) => same(inputOf(field)));
  if (left.length === 0) return null;
  return new ApiError(error.status, error.problem && { ...error.problem, errors: left });
}

/** A fault at the input that it belongs to. */
export function placed(fault: FieldFault): FieldFault {
  const { field, message } = fault;
  const input = inputOf(field);
  return input === 'headers' && input !== field
    ? { ...fault, field: input, message: `${field.slice(input.length + 1)}: ${message}` } : fault;
}
