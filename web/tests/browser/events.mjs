// Events as they come in, without reloading; then one event's way, and why other rules let it pass.
import { goTo, order, report, rowsOf, signedIn } from './given.mjs';

await report(async (browser) => {
  const page = await signedIn(browser);
  const steps = [];
  await goTo(page, 'events');
  await page.getByRole('button', { name: 'Live' }).click();
  await page.getByRole('heading', { name: 'Waiting for events…' }).waitFor();
  await page.evaluate(() => { window.loadedOnce = true; });
  await order('event');
  await (await rowsOf(page, 1)).getByRole('link', { name: 'user_created' }).waitFor();
  await order('event');
  const [newest, first] = await (await rowsOf(page, 2)).getByRole('link').evaluateAll((links) =>
    links.map((link) => link.getAttribute('href')));
  const live = { newest, first, reloaded: !(await page.evaluate(() => window.loadedOnce)) };
  // What the stream does not tell is asked for.
  await page.locator('main tbody tr').nth(1).getByText('7', { exact: true }).waitFor();
  steps.push('live');

  await page.getByRole('button', { name: 'Stop' }).click();
  await order('event');
  await page.getByRole('button', { name: 'Live' }).waitFor();
  await rowsOf(page, 2);
  await page.getByRole('button', { name: 'All events' }).click();
  await rowsOf(page, 3);
  await page.getByRole('region', { name: 'Events' }).waitFor();
  steps.push('stopped');
  await page.getByRole('link', { name: 'user_created' }).first().click();
  await page.getByText('One rule matched').waitFor();
  const way = page.locator('.timeline').first();
  await way.getByRole('link', { name: 'to crm' }).waitFor();
  await way.getByText('Delivered', { exact: true }).waitFor();
  await way.getByText(/Attempt 1 .* HTTP 200/).waitFor();
  steps.push('its way');

  const refusals = page.locator('section').filter({ hasText: 'Rules that did not match, and why' });
  const near = await refusals.locator('.card-body > ul > li').allInnerTexts();
  await refusals.getByText('One rule is for other events').click();
  await refusals.getByRole('link', { name: 'of courses' }).waitFor();
  const others = await refusals.locator('details li').allInnerTexts();
  steps.push('why not');
  return { steps, live, near, others };
});
