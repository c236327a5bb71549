// Debian's chromium, driven by playwright-core; for the screenshots and for tests/web.
import { chromium } from 'playwright-core';

/** A browser; as root it must do without its sandbox. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.MIH_CHROMIUM ?? '/usr/bin/chromium',
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
}

/** A page of the dashboard, signed in with a token. */
export async function openDashboard(browser, { url, token, language, theme, width, height }) {
  const context = await browser.newContext({
    viewport: { width: width ?? 1360, height: height ?? 900 },
    locale: language ?? 'en',
    colorScheme: theme ?? 'light',
    reducedMotion: 'reduce',
  });
  if (token) {
    await context.addInitScript((text) => sessionStorage.setItem('mih.token', text), token);
  }
  const page = await context.newPage();
  await page.goto(url);
  return page;
}
