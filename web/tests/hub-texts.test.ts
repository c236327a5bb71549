import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { translatorOf, type HubTexts } from '../src/lib/hub-texts';

const FOLDER = new URL('../src/locales/hub', import.meta.url).pathname;
const HUB = new URL('../../src', import.meta.url).pathname;
const MARK = /([$@]\d)(?!\d)/;
const texts = (name: string) =>
  JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as HubTexts;
const es = texts('es');
const spanish = translatorOf(es);
const OTHERS = readdirSync(FOLDER).map((name) => name.slice(0, -5)).filter((name) => name !== 'es');
/** No two of them are one word in Spanish. */
const ENGLISH = /\b(the|is|are|must|with|for|there|cannot|needs|of|and|or|be|was|this|not|have)\b/;
/** What the hub puts together from smaller pieces, so that it stands nowhere as it is said. */
const COMPOSED = ['must start with http', 'must not contain a', 'closes no block', 'in the path is',
  'There is no event $1', 'dlq ', 'is no operator', 'no complete answer', 'Connection refused'];

/** The sources of the hub, with each text in one piece. */
function sources(folder = HUB): string {
  return readdirSync(folder).map((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sources(path);
    return name.endsWith('.cpp') && !name.endsWith('_test.cpp') ? readFileSync(path, 'utf8') : '';
  }).join('\n').replace(/"\s*\n\s*"/g, '').replace(/\\(["\\])/g, '$1');
}

describe('the texts of the hub', () => {
  it('are those that it says', () => {
    const code = sources();
    const missing = Object.keys(es).filter((text) => !COMPOSED.some((c) => text.includes(c)))
      .flatMap((text) => text.split(MARK).filter((_, index) => index % 2 === 0))
      .map((part) => part.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, ''))
      .filter((part) => part.includes(' ') && !code.includes(part));
    expect(missing).toEqual([]);
  });

  it.each(Object.keys(es))('%s', (text) => {
    // Where a text stands in another one, that is one which is known.
    const said = text.replace(/@\d/g, 'the rule is disabled').replace(/\$\d/g, 'x7');
    const made = spanish(said);
    expect(made).not.toBeNull();
    const words = (made ?? '').replace(/\$\w+|\{\{.*?\}\}|`.*?`/g, '');
    expect(words).not.toMatch(ENGLISH);
    const varying = [...(es[text] ?? '').matchAll(/\$\d/g)];
    expect(varying.every(([mark]) => text.includes(mark) || text.includes(`@${mark[1]}`)))
      .toBe(true);
  });

  it('keep what varies', () => {
    expect(spanish('the pattern \\core\\event\\* does not match \\mod_quiz\\event\\x'))
      .toBe('el patrón \\core\\event\\* no encaja con \\mod_quiz\\event\\x');
    expect(spanish('filter: userid.$gt: must be a number or a text'))
      .toBe('filter: userid.$gt: tiene que ser un número o un texto');
    expect(spanish("a JSON value is expected here (when {{#each other.a}} has no item and " +
      '{{#if courseid}} does not hold)')).toBe('aquí se espera un valor de JSON (cuando ' +
      '{{#each other.a}} no tiene elementos y {{#if courseid}} no se cumple)');
    expect(spanish("unknown name 'usrid', did you mean 'userid'? Known names: anonymous, userid; " +
      'any other field of an event is event.NAME'))
      .toBe("no se conoce el nombre 'usrid'; ¿quería decir 'userid'?");
  });

  it('that are not known stay as they are', () => {
    expect(spanish('HTTP 422')).toBeNull();
    expect(spanish('crm: something new')).toBeNull();
  });

  it.each(OTHERS)('%s translates no text that Spanish does not', (name) => {
    expect(Object.keys(texts(name)).filter((text) => !(text in es) && text !== '@1 (when $2)'))
      .toEqual([]);
  });

  it.each(OTHERS)('%s loses nothing that varies', (name) => {
    for (const [text, said] of Object.entries(texts(name))) {
      const marks = [...said.matchAll(/\$\d/g)].map(([mark]) => mark.slice(1));
      expect(marks.every((digit) => text.includes(`$${digit}`) || text.includes(`@${digit}`)), said)
        .toBe(true);
    }
  });
});
