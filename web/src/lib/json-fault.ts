import type { Key, Params } from '../i18n';

const SPACE = /[ \t\r\n]*/y;
const TEXT = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const PLAIN = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Reads JSON as far as it is JSON. */
class Reader {
  at = 0;
  constructor(private readonly text: string) {}

  /** All of it is one value. */
  whole(): boolean {
    return this.value() && this.take(SPACE) && this.at === this.text.length;
  }

  private take(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const found = pattern.test(this.text);
    if (found) this.at = pattern.lastIndex;
    return found;
  }

  private mark(character: string): boolean {
    this.take(SPACE);
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  private value(): boolean {
    if (this.mark('{')) return this.list('}', () => this.member());
    if (this.mark('[')) return this.list(']', () => this.value());
    return this.take(TEXT) || this.take(PLAIN);
  }

  private member(): boolean {
    this.take(SPACE);
    return this.take(TEXT) && this.mark(':') && this.value();
  }

  private list(end: string, item: () => boolean): boolean {
    if (this.mark(end)) return true;
    do {
      if (!item()) return false;
    } while (this.mark(','));
    return this.mark(end);
  }
}

/** Where a text goes wrong that is no JSON; each browser has words of its own for it. */
export function jsonFault(text: string, t: (key: Key, params?: Params) => string): string {
  const reader = new Reader(text);
  reader.whole();
  if (reader.at >= text.length) return t('json.ends');
  const before = text.slice(0, reader.at).split('\n');
  return t('json.at',
    { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 });
}
