import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import type english from './locales/en.json';
import { Formats } from './lib/formats';

export type Key = keyof typeof english;
type Stem<K> = K extends `${infer S}_other` ? S : never;
/** A text that depends on a number: it has the forms `KEY_one`, `KEY_other`, ... */
export type PluralKey = Stem<Key>;
export type Params = Record<string, string | number>;
type Texts = Partial<Record<string, string>>;

export const LANGUAGES = {
  en: 'English',
  es: 'Español',
  fr: 'Français',
  it: 'Italiano',
  'pt-BR': 'Português (Brasil)',
} as const;
export type Language = keyof typeof LANGUAGES;

const FILES: Record<Language, () => Promise<{ default: Texts }>> = {
  en: () => import('./locales/en.json'),
  es: () => import('./locales/es.json'),
  fr: () => import('./locales/fr.json'),
  it: () => import('./locales/it.json'),
  'pt-BR': () => import('./locales/pt-BR.json'),
};
/** The best language that the hub has for what somebody prefers ("pt_br", "es-MX", ...). */
export function pickLanguage(wishes: readonly string[]): Language {
  for (const wish of wishes) {
    const tag = wish.toLowerCase().replace(/_/g, '-');
    if (tag.startsWith('pt')) return 'pt-BR';
    const found = (Object.keys(LANGUAGES) as Language[]).find((name) => tag.split('-')[0] === name);
    if (found) return found;
  }
  return 'en';
}

export function fill(text: string, params: Params, show: (n: number) => string): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = params[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? show(value) : value;
  });
}

export class Translator extends Formats {
  constructor(
    readonly language: Language,
    private readonly texts: Texts,
  ) {
    super(language);
    this.plurals = new Intl.PluralRules(language);
  }
  private readonly plurals: Intl.PluralRules;

  t = (key: Key, params: Params = {}): string =>
    fill(this.texts[key] ?? key, params, (n) => this.number(n));

  /** The form of a text for `n` things; `{n}` in it is the number. */
  tn = (key: PluralKey, n: number, params: Params = {}): string => {
    const text = this.texts[`${key}_${this.plurals.select(n)}`] ?? this.texts[`${key}_other`];
    return fill(text ?? key, { n, ...params }, (value) => this.number(value));
  };

  /** A text that may not exist, for what the hub names (codes, fields of later versions). */
  maybe = (key: string): string | undefined => this.texts[key];
}

export async function loadTranslator(language: Language): Promise<Translator> {
  return new Translator(language, (await FILES[language]()).default);
}

interface LanguageChoice extends Pick<Translator, 't' | 'tn' | 'maybe'> {
  translator: Translator;
  setLanguage: (language: Language) => void;
}
const LanguageContext = createContext<LanguageChoice | null>(null);
const STORED = 'mih.language';

export function storedLanguage(): string[] {
  const stored = localStorage.getItem(STORED);
  return stored ? [stored] : [];
}

export function LanguageProvider(props: { first: Translator; children: ReactNode }) {
  const [translator, setTranslator] = useState(props.first);
  useEffect(() => {
    document.documentElement.lang = translator.language;
  }, [translator]);
  const value = useMemo<LanguageChoice>(
    () => ({
      translator,
      t: translator.t,
      tn: translator.tn,
      maybe: translator.maybe,
      setLanguage: (language) => {
        localStorage.setItem(STORED, language);
        void loadTranslator(language).then(setTranslator);
      },
    }),
    [translator],
  );
  return <LanguageContext.Provider value={value}>{props.children}</LanguageContext.Provider>;
}

export function useI18n(): LanguageChoice {
  const value = useContext(LanguageContext);
  if (!value) throw new Error('useI18n outside of LanguageProvider');
  return value;
}
