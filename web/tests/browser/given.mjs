// What the scripts of this folder share: their input, a page, their answer.
import { readFile } from 'node:fs/promises';
import { launch, openDashboard } from '../../scripts/browser.mjs';

export const given = JSON.parse(process.argv[2]);

/** Runs `work` with a browser and prints what it returns. */
export async function report(work) {
  const browser = await launch();
  try {
    process.stdout.write(JSON.stringify(await work(browser)));
  } finally {
    await browser.close();
  }
}

/** A page that has its heading; `problems` gets what its console complains about. */
export async function signedIn(browser, problems = [], options = {}) {
  const page = await openDashboard(browser, { ...given, ...options, url: 'about:blank' });
  page.setDefaultTimeout(30_000);
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    // Parts of the API that this hub lacks answer 404, which the console notes by itself.
    const expected = /status of (404|403|422|400|405)/.test(message.text());
    if (message.type() === 'error' && !expected) problems.push(message.text());
  });
  await page.goto(given.url);
  await settled(page);
  return page;
}

/** Waits until the page has its heading and nothing of it is loading any more. */
export async function settled(page) {
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForFunction(() => !document.querySelector('.loading'));
}

/** Signs in on the page's form, and is on the overview then. */
export async function signIn(page, name, password) {
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
}

/** Goes to a place of the page. */
export async function goTo(page, place) {
  await page.goto(`${given.url}/#/${place}`);
  await settled(page);
}

/** Tells the test what is to happen, by an order that its Control knows; returns when it has. */
export async function order(what) {
  const done = await fetch(`${given.control}/${what}`, { method: 'POST' });
  if (!done.ok) throw new Error(`${what}: ${done.status}`);
}

/** The dialog that is open, and what can be done in it. */
export function dialogOf(page) {
  const box = page.locator('dialog[open]');
  return {
    box,
    says: (text) => box.getByText(text).waitFor(),
    press: (name) => box.locator('.sheet-foot').getByRole('button', { name, exact: true }).click(),
    gone: () => box.waitFor({ state: 'detached' }),
  };
}

/** The rows of the page's table, as soon as there are so many. */
export async function rowsOf(page, count) {
  const rows = page.locator('main tbody tr');
  await page.waitForFunction(
    (wanted) => document.querySelectorAll('main tbody tr').length === wanted, count);
  return rows;
}

/** The text of the file that a click saves. */
export async function saved(page, click) {
  const [download] = await Promise.all([page.waitForEvent('download'), click()]);
  return readFile(await download.path(), 'utf8');
}
