import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { fieldNames } from '../src/lib/fields';

const ROOT = new URL('../src', import.meta.url).pathname;
const LETTERS = /\p{L}{2,}/u;
/** Attributes that people read or hear. */
const SPOKEN = ['aria-label', 'title', 'placeholder', 'alt', 'label'];
/** Names that are the same in every language. */
const NAMES = ['HTTP', 'Moodle Integration Hub'];
/** Keys of texts that the hub has in English and Spanish. */
const HELP = 'help.service.';
const OTHERS = ['es', 'fr', 'it', 'pt-BR'];

type Texts = Record<string, string>;
const locale = (name: string): Texts =>
  JSON.parse(readFileSync(join(ROOT, 'locales', `${name}.json`), 'utf8')) as Texts;
const en = locale('en');
const keys = Object.keys(en);

function sources(folder = ROOT): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return name === 'generated' ? [] : sources(path);
    return /\.tsx?$/.test(name) ? [path] : [];
  });
}

function parse(path: string, text = readFileSync(path, 'utf8')): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
}

/** Keys that a file names, and patterns of those that it puts together (`state.*`). */
function used(file: ts.SourceFile): RegExp[] {
  const found: RegExp[] = [];
  const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node)) found.push(new RegExp(`^${escape(node.text)}(_[a-z]+)?$`));
    if (ts.isTemplateExpression(node) && /^[a-z_]+\./.test(node.head.text)) {
      const tail = node.templateSpans.map((span) => `.+${escape(span.literal.text)}`).join('');
      found.push(new RegExp(`^${escape(node.head.text)}${tail}(_[a-z]+)?$`));
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** Text that stands in the code instead of a language file. */
function strayTexts(file: ts.SourceFile): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node) && LETTERS.test(node.text) && !NAMES.includes(node.text.trim())) {
      found.push(node.text.trim());
    }
    if (ts.isJsxAttribute(node) && SPOKEN.includes(node.name.getText()) && node.initializer
        && ts.isStringLiteral(node.initializer) && LETTERS.test(node.initializer.text)) {
      found.push(node.initializer.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** {n}, but not the {{n}} of a template that a text speaks of. */
const placeholders = (text: string) =>
  [...text.matchAll(/(?<!\{)\{\w+\}(?!\})/g)].map(String).sort();

describe('the language files', () => {
  it.each(OTHERS)('%s has the same keys as English', (name) => {
    const own = Object.keys(locale(name)).filter((key) => !key.startsWith(HELP));
    expect(own).toEqual(keys);
  });

  it.each(['fr', 'it', 'pt-BR'])('%s explains services, as the hub does not', (name) => {
    const explained = Object.keys(locale(name)).filter((key) => key.startsWith(HELP));
    const wanted = fieldNames('service').filter((field) => !['type', 'base_url'].includes(field));
    expect(explained.sort()).toEqual(wanted.map((field) => HELP + field).sort());
  });

  it.each(['en', 'es'])('%s leaves that to the hub', (name) => {
    expect(Object.keys(locale(name)).filter((key) => key.startsWith(HELP))).toEqual([]);
  });

  it.each(OTHERS)('%s has no empty text and the same placeholders', (name) => {
    for (const [key, text] of Object.entries(locale(name))) {
      expect(text.trim(), key).not.toBe('');
      if (key.startsWith(HELP)) continue;
      expect(placeholders(text), key).toEqual(placeholders(en[key] ?? ''));
    }
  });

  it.each(OTHERS)('%s has no sentence in English', (name) => {
    const same = Object.entries(locale(name)).filter(([key, text]) =>
      text === en[key] && text.split(/\s+/).filter((word) => LETTERS.test(word)).length > 2);
    expect(same.map(([, text]) => text).filter((text) => !NAMES.includes(text))).toEqual([]);
  });

  it('have every plural in both forms', () => {
    const stems = keys.filter((key) => key.endsWith('_other')).map((key) => key.slice(0, -6));
    expect(stems.filter((stem) => !keys.includes(`${stem}_one`))).toEqual([]);
  });

  it('have no text that is not used', () => {
    const patterns = sources().flatMap((path) => used(parse(path)));
    expect(keys.filter((key) => !patterns.some((pattern) => pattern.test(key)))).toEqual([]);
  });

  it('name every field of the forms', () => {
    for (const form of ['service', 'rule', 'settings'] as const) {
      const missing = fieldNames(form)
        .filter((name) => !['base_url', 'endpoint'].includes(name))
        .filter((name) => !keys.includes(`field.${form}.${name}`));
      expect(missing).toEqual([]);
    }
  });
});

describe('the code', () => {
  it('has no text of its own', () => {
    const found = sources().flatMap((path) =>
      strayTexts(parse(path)).map((text) => `${path.slice(ROOT.length)}: ${text}`));
    expect(found).toEqual([]);
  });

  it('would be caught with one', () => {
    const file = parse('x.tsx', '<p title="Some words">More words {t("a.b")}</p>');
    expect(strayTexts(file)).toEqual(['Some words', 'More words']);
    expect(used(file).some((pattern) => pattern.test('a.b'))).toBe(true);
  });
});
