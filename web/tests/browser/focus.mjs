// The focus stays near what has gone: a row, a page, a button that waits for its answer.
import { dialogOf, goTo, report, rowsOf, signedIn } from './given.mjs';

await report(async (browser) => {
  const page = await signedIn(browser);
  const dialog = dialogOf(page);
  const focused = () => page.evaluate(() => {
    const element = document.activeElement;
    return element.getAttribute('aria-label') ?? (element.id || element.tagName);
  });
  /** By keys alone. */
  const press = async (button) => {
    await button.focus();
    await page.keyboard.press('Enter');
  };
  const found = {};

  await goTo(page, 'services');
  await press(page.getByRole('button', { name: 'Disable: crm' }));
  await page.getByRole('button', { name: 'Enable: crm' }).waitFor();
  await page.waitForFunction(() => !document.querySelector('main :disabled'));
  found.disabled = await focused();

  await press(page.getByRole('button', { name: 'Delete: doomed' }));
  await dialog.box.locator('.btn-danger:enabled').waitFor();
  await press(dialog.box.locator('.btn-danger'));
  await page.getByRole('button', { name: 'Delete: doomed' }).waitFor({ state: 'detached' });
  await dialog.gone();
  found.deleted = await focused();

  const cancel = async () => {
    await press(page.getByRole('button', { name: /^Cancel delivery: / }).first());
    await press(dialog.box.locator('.btn-danger'));
    await dialog.gone();
    return focused();
  };
  await goTo(page, 'queue');
  found.row = await cancel();
  await rowsOf(page, 1);
  await page.locator('a.row-link').click();
  found.page = await cancel();
  return found;
});
