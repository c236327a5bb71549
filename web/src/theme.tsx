import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];
const STORED = 'mih.theme';
const wish = matchMedia('(prefers-color-scheme: dark)');

interface ThemeChoice {
  theme: Theme;
  dark: boolean;
  setTheme: (theme: Theme) => void;
}
const ThemeContext = createContext<ThemeChoice>({
  theme: 'auto',
  dark: false,
  setTheme: () => undefined,
});

function stored(): Theme {
  const name = localStorage.getItem(STORED);
  return THEMES.find((theme) => theme === name) ?? 'auto';
}

function isDark(theme: Theme): boolean {
  return theme === 'dark' || (theme === 'auto' && wish.matches);
}

/** Before anything is drawn. */
export function applyTheme(): void {
  document.documentElement.dataset.bsTheme = isDark(stored()) ? 'dark' : 'light';
}

export function ThemeProvider(props: { children: ReactNode }) {
  const [theme, setTheme] = useState(stored);
  const [dark, setDark] = useState(() => isDark(theme));
  useEffect(() => {
    const follow = () => setDark(isDark(theme));
    follow();
    wish.addEventListener('change', follow);
    return () => wish.removeEventListener('change', follow);
  }, [theme]);
  useEffect(() => {
    document.documentElement.dataset.bsTheme = dark ? 'dark' : 'light';
  }, [dark]);
  const value = useMemo(
    () => ({
      theme,
      dark,
      setTheme: (next: Theme) => {
        localStorage.setItem(STORED, next);
        setTheme(next);
      },
    }),
    [theme, dark],
  );
  return <ThemeContext.Provider value={value}>{props.children}</ThemeContext.Provider>;
}

export function useTheme(): ThemeChoice {
  return useContext(ThemeContext);
}
