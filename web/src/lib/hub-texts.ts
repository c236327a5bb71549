import { useEffect, useSyncExternalStore } from 'react';
import { useI18n, type Language } from '../i18n';

/**
 * Texts of the hub, which speaks English, and what the page says instead. In those of the hub `$1`
 * is any run of characters, and `@1` one that is such a text itself.
 */
export type HubTexts = Record<string, string>;
/** What is said instead; null when the hub's own words stand. */
export type HubTranslator = (text: string) => string | null;

interface Pattern {
  whole: RegExp;
  /** The marks of the parts that vary, in their order. */
  marks: string[];
  to: string;
}
const MARK = /([$@]\d)(?!\d)/;

function patternOf([text, to]: [string, string]): Pattern {
  const parts = text.split(MARK);
  const source = parts.map((part, index) =>
    index % 2 ? '(.+?)' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return {
    whole: new RegExp(`^${source.join('')}$`, 's'),
    marks: parts.filter((_, index) => index % 2),
    to,
  };
}

/** Texts of texts come first; of the others, the more of one is fixed, the better it fits. */
function rankOf([text]: [string, string]): number {
  const fixed = text.split(MARK).filter((_, index) => index % 2 === 0).join('');
  return text.startsWith('@') ? Infinity : fixed.length;
}

export function translatorOf(texts: HubTexts): HubTranslator {
  const patterns = Object.entries(texts)
    .sort((one, other) => (rankOf(one) < rankOf(other) ? 1 : -1)).map(patternOf);
  const filled = ({ marks, to }: Pattern, found: string[]): string | null => {
    const parts = marks.map((mark, index) =>
      mark.startsWith('@') ? translate(found[index] ?? '') : found[index] ?? '');
    if (parts.includes(null)) return null;
    return to.replace(/\$(\d)/g, (whole, digit: string) =>
      parts[marks.findIndex((mark) => mark[1] === digit)] ?? whole);
  };
  const translate = (text: string): string | null => {
    for (const pattern of patterns) {
      const match = pattern.whole.exec(text);
      const made = match && filled(pattern, match.slice(1));
      if (made) return made;
    }
    return null;
  };
  return translate;
}

const FILES: Record<Language, () => Promise<{ default: HubTexts }>> = {
  en: () => import('../locales/hub/en.json'),
  es: () => import('../locales/hub/es.json'),
  fr: () => import('../locales/hub/fr.json'),
  it: () => import('../locales/hub/it.json'),
  'pt-BR': () => import('../locales/hub/pt-BR.json'),
};
const loaded = new Map<Language, HubTranslator>();
const listeners = new Set<() => void>();

function load(language: Language): void {
  if (loaded.has(language)) return;
  loaded.set(language, () => null); // the hub's own words, until the texts are there
  void FILES[language]().then(({ default: texts }) => {
    loaded.set(language, translatorOf(texts));
    listeners.forEach((tell) => tell());
  }, () => loaded.delete(language));
}

function subscribe(changed: () => void): () => void {
  listeners.add(changed);
  return () => listeners.delete(changed);
}

/** Says texts of the hub in the language of the page. */
export function useHubTexts(): HubTranslator {
  const { language } = useI18n().translator;
  useEffect(() => load(language), [language]);
  return useSyncExternalStore(subscribe, () => loaded.get(language)) ?? nothing;
}

function nothing(): null {
  return null;
}
