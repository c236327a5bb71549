// The whole way on a page of its own, from the login on.
import { openDashboard } from '../../scripts/browser.mjs';
import { given, report } from './given.mjs';
import { walk } from './way.mjs';

await report(async (browser) => {
  const page = await openDashboard(browser, { url: given.url });
  page.setDefaultTimeout(30_000);
  await page.getByRole('button', { name: 'Use a token instead' }).click();
  await page.getByLabel('Token').fill(given.token);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Five steps to the first delivery' }).waitFor();
  await page.locator('.steps').getByRole('link', { name: 'Add a service' }).click();
  return { steps: await walk(page, page, `${given.url}/`) };
});
