// What the scripts of this folder share: their input, a page, their answer.
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
  await page.getByRole('heading', { level: 1 }).waitFor();
  return page;
}

/** Goes to a place of the page and waits until nothing of it is loading any more. */
export async function goTo(page, place) {
  await page.goto(`${given.url}/#/${place}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForFunction(() => !document.querySelector('.loading'));
}
