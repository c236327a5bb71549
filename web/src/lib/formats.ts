const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];
/** Seconds of a unit, its symbol, and from how many seconds on a wait is told in it. */
const WAITS: [number, string, number][] = [[3_600, 'h', 36_000], [60, 'min', 600]];

/** Numbers, times and durations in one language. Times are Unix seconds. */
export class Formats {
  private readonly numbers: Intl.NumberFormat;
  private readonly compacts: Intl.NumberFormat;
  private readonly times: Intl.DateTimeFormat;
  private readonly clocks: Intl.DateTimeFormat;
  private readonly days: Intl.DateTimeFormat;
  private readonly relatives: Intl.RelativeTimeFormat;

  constructor(private readonly locale: string) {
    this.numbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
    this.compacts = new Intl.NumberFormat(locale, {
      notation: 'compact',
      maximumFractionDigits: 1,
    });
    this.times = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
    this.clocks = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
    this.days = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
    this.relatives = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });
  }

  number = (value: number): string => this.numbers.format(value);
  compact = (value: number): string => this.compacts.format(value);
  /** Small numbers keep what they say: 0.0042. */
  rate = (value: number): string => (Math.abs(value) >= 1 ? this.number(value)
    : new Intl.NumberFormat(this.locale, { maximumSignificantDigits: 2 }).format(value));
  percent = (share: number): string =>
    new Intl.NumberFormat(this.locale, { style: 'percent', maximumFractionDigits: 1 }).format(
      share,
    );
  time = (unix: number): string => this.times.format(unix * 1000);
  clock = (unix: number): string => this.clocks.format(unix * 1000);
  day = (unix: number): string => this.days.format(unix * 1000);
  list = (items: string[]): string => new Intl.ListFormat(this.locale).format(items);

  /** "3 min ago", "in 20 s": `unix` as seen from `now`. */
  relative(unix: number, now: number): string {
    const seconds = Math.round(unix - now);
    const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1];
    return this.relatives.format(Math.trunc(seconds / size), unit);
  }

  /** A length of time with its largest fitting unit: "1.5 h". */
  duration(seconds: number): string {
    const [unit, size] = UNITS.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1];
    return new Intl.NumberFormat(this.locale, {
      style: 'unit',
      unit,
      unitDisplay: 'short',
      maximumFractionDigits: 1,
    }).format(seconds / size);
  }

  /** A wait in its two largest units: "9m 40s". */
  span(seconds: number): string {
    return this.unitsOf(seconds)
      .map(({ unit, many }) =>
        new Intl.NumberFormat(this.locale, { style: 'unit', unit, unitDisplay: 'narrow' })
          .format(many))
      .join(' ');
  }

  /** The two largest units of a length of time, of which only one may be nothing. */
  private unitsOf(seconds: number): { unit: Intl.RelativeTimeFormatUnit; many: number }[] {
    const first = UNITS.findIndex(([, length]) => seconds >= length);
    const units = UNITS.slice(first < 0 ? UNITS.length - 1 : first).slice(0, 2);
    let rest = Math.max(0, Math.round(seconds));
    const parts = units.map(([unit, size]) => {
      const many = Math.floor(rest / size);
      rest -= many * size;
      return { unit, many };
    });
    return parts.filter(({ many }, index) => many > 0 || (index === 0 && parts.length === 1));
  }

  /** A length of time in words, in its two largest units: "1 day, 2 hours". */
  words(seconds: number): string {
    const parts = this.unitsOf(seconds).map(({ unit, many }) =>
      new Intl.NumberFormat(this.locale, { style: 'unit', unit, unitDisplay: 'long' })
        .format(many));
    return new Intl.ListFormat(this.locale, { type: 'unit', style: 'short' }).format(parts);
  }

  /** A wait with the symbol of its unit, which is the same in every language: "48 s", "12 min". */
  wait(seconds: number): string {
    const [size, symbol] = WAITS.find(([, , from]) => seconds >= from) ?? [1, 's'];
    return `${this.number(Math.ceil(seconds / size))} ${symbol}`;
  }

  milliseconds(value: number): string {
    const long = value >= 1000;
    return new Intl.NumberFormat(this.locale, {
      style: 'unit',
      unit: long ? 'second' : 'millisecond',
      unitDisplay: 'short',
      maximumFractionDigits: !long ? 0 : value >= 10_000 ? 1 : 2,
    }).format(long ? value / 1000 : value);
  }
}
