import { given } from './given.mjs';

const PATIENCE_MS = 120_000; // the first page after an upgrade builds all caches

/** A page of the real Moodle, with this user logged in. */
export async function logIn(browser, name) {
  const context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(`${given.moodle}/login/index.php`);
  // Moodle's scripts put another field in the place of the password's; what was typed before is lost.
  await page.waitForFunction(() => document.readyState === 'complete'
    && globalThis.M?.util?.pending_js?.length === 0);
  await page.locator('#username').fill(name);
  await page.locator('#password').fill(given.password);
  await page.locator('#loginbtn').click();
  try {
    await page.waitForURL((url) => !url.pathname.startsWith('/login/'), { waitUntil: 'commit' });
  } catch {
    throw new Error(`${page.url()} is still shown:\n${await page.locator('body').innerText()}`);
  }
  return page;
}
