// The log: page by page, filtered, saved as CSV, emptied.
import { dialogOf, goTo, report, rowsOf, saved, signedIn } from './given.mjs';

await report(async (browser) => {
  const page = await signedIn(browser);
  const dialog = dialogOf(page);
  const steps = [];
  const nothing = page.getByRole('heading', { name: 'Nothing fits the filters' });
  const pager = page.getByRole('navigation', { name: 'Pages of the list' });
  const csv = () => saved(page, () => page.getByRole('button', { name: 'Download CSV' }).click());

  await goTo(page, 'log');
  await rowsOf(page, 50);
  await pager.getByRole('button', { name: 'Older' }).click();
  await pager.getByText('Page 2 · 13 rows · the last').waitFor();
  await rowsOf(page, 13);
  await pager.getByRole('button', { name: 'Newer' }).click();
  await rowsOf(page, 50);
  const all = await csv();
  steps.push('pages');

  await page.getByLabel('Result').selectOption('Failure');
  await rowsOf(page, 3);
  await page.getByLabel('Service').selectOption('up');
  await nothing.waitFor();
  await page.getByLabel('Service').selectOption('refusing');
  await rowsOf(page, 3);
  await page.getByLabel('Search').fill('course_created');
  await rowsOf(page, 1);
  const filtered = await csv();
  await page.getByLabel('Direction').selectOption('Inbound');
  await nothing.waitFor();
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await page.getByLabel('From').fill('2100-01-01T00:00');
  await nothing.waitFor();
  await page.getByLabel('From').fill('2000-01-01T00:00');
  await rowsOf(page, 50);
  await page.getByLabel('Until').fill('2000-01-02T00:00');
  await nothing.waitFor();
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  steps.push('filters');

  const clear = page.getByRole('button', { name: 'Clear log' });
  await clear.click();
  await dialog.says('They are 63 rows.');
  await dialog.says('Dead letters (3), statistics and the queue stay.');
  await dialog.press('Cancel');
  await dialog.gone();
  await rowsOf(page, 50);
  await clear.click();
  await dialog.press('Clear log');
  await page.getByText('The log is empty.').waitFor();
  await page.getByRole('heading', { name: 'No calls' }).waitFor();
  steps.push('cleared');
  return { steps, all, filtered };
});
