import type { components } from './generated/schema';

export type Problem = components['schemas']['Problem'];
export type FieldFault = NonNullable<Problem['errors']>[number];

/** An answer of the hub that is not a success. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem | null,
  ) {
    super(problem?.detail ?? `HTTP ${status}`);
  }
  get code(): string {
    return this.problem?.code ?? '';
  }
  get faults(): FieldFault[] {
    return this.problem?.errors ?? [];
  }
}

/** The hub did not answer at all. */
export class ConnectionLost extends Error {}

/** A part of the page could not be fetched: the hub is away, or is another version by now. */
export class PartMissing extends ConnectionLost {}

export function faultsOf(error: unknown): FieldFault[] {
  return error instanceof ApiError ? error.faults : [];
}

/** This hub does not have that part of the API. */
export function isMissing(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}
