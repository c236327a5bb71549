// The hub goes away and comes back: on every page, for who changes something, for a page that is
// not there yet, and when the hub hangs without a word.
import { violations } from './axe.mjs';
import { given, goTo, order, report, signedIn } from './given.mjs';

await report(async (browser) => {
  const page = await signedIn(browser);
  const notice = page.getByText('The connection to the hub is lost');
  const network = (on) => page.context().setOffline(!on);
  const back = () => notice.waitFor({ state: 'detached' });
  const steps = [];

  for (const place of given.pages) {
    await goTo(page, place);
    await network(false);
    await notice.waitFor();
    await network(true);
    await back();
    steps.push(place);
  }

  await goTo(page, 'services');
  await network(false);
  await notice.waitFor();
  await page.getByRole('button', { name: 'Disable: up' }).click();
  await page.locator('.toasts').getByText('The hub does not answer.').waitFor();
  await network(true);
  await back();
  await page.getByRole('button', { name: 'Disable: up' }).waitFor();
  steps.push('told at once');

  await network(false);
  await notice.waitFor();
  await page.getByRole('link', { name: 'Log', exact: true }).click();
  await page.getByRole('heading', { level: 1, name: 'Log' }).waitFor();
  await page.locator('main [role=alert]').getByText('The hub does not answer.').waitFor();
  const faults = await violations(page, 'a page that is not there');
  await network(true);
  await page.getByRole('button', { name: 'Clear log' }).waitFor();
  steps.push('fetched later');

  await order('freeze');
  await notice.waitFor();
  await order('thaw');
  await back();
  steps.push('hung');
  return { steps, faults };
});
