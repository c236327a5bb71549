/** The times that charts can show: span, and a step that gives 60 to 180 points. Seconds. */
export const RANGES = [
  { id: '15m', span: 900, step: 60 },
  { id: '1h', span: 3_600, step: 60 },
  { id: '6h', span: 21_600, step: 300 },
  { id: '24h', span: 86_400, step: 900 },
  { id: '7d', span: 604_800, step: 7_200 },
  { id: '30d', span: 2_592_000, step: 21_600 },
] as const;
export type Range = (typeof RANGES)[number];
export type RangeId = Range['id'];

const STORED = 'mih.range';

/** The range of this name, else the one that was chosen last. */
export function rangeOf(id: string | undefined): Range {
  const wanted = id ?? localStorage.getItem(STORED);
  return RANGES.find((range) => range.id === wanted) ?? RANGES[0];
}

export function rememberRange(id: RangeId): void {
  localStorage.setItem(STORED, id);
}

type Point = (number | null)[];

export function valuesOf(points: Point[] | undefined): (number | null)[] {
  return (points ?? []).map((point) => point[1] ?? null);
}

export function timesOf(points: Point[] | undefined): number[] {
  return (points ?? []).map((point) => point[0] ?? 0);
}

/** So much of a step must be over before it tells a rate, if others tell one. */
const ENOUGH = 0.25;

/**
 * Counts per step as a rate per second. The step of the moment counts as far as it has come; one
 * that has only begun is left out, unless there is no other: then the hub is young.
 */
export function perSecond(points: Point[] | undefined, step: number, now: number) {
  const all = points ?? [];
  const isOver = (time: number) => time + step <= now;
  const alone = !all.some(([time, value]) => value != null && isOver(time ?? 0));
  return all.map(([time, value]) => {
    if (value == null) return null;
    if (isOver(time ?? 0)) return value / step;
    const passed = now - (time ?? 0);
    return passed >= step * ENOUGH || (alone && passed > 0) ? value / passed : null;
  });
}

/** Units of rates, and how many seconds each has. */
const RATES = [
  { unit: 'second', seconds: 1 }, { unit: 'minute', seconds: 60 }, { unit: 'hour', seconds: 3_600 },
] as const;

/** The unit in which a rate per second is a number that people can read. */
export function rateUnit(highest: number): (typeof RATES)[number] {
  return highest === 0 ? RATES[0]
    : RATES.find(({ seconds }) => highest * seconds >= 0.5) ?? RATES[2];
}

/** Share of attempts that succeeded, per step. */
export function successShare(delivered: (number | null)[], failed: (number | null)[]) {
  return delivered.map((good, index) => {
    const bad = failed[index] ?? 0;
    return good == null || good + bad === 0 ? null : good / (good + bad);
  });
}

export function sumOf(values: (number | null)[]): number {
  return values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}
