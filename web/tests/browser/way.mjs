// The way of a new administrator: add a service, test it, add a rule, see the delivery, break the
// service, see the dead letter and the open circuit, mend it, replay.
import { given, order } from './given.mjs';

/** A user is created in Moodle, or said to be. */
const event = () => order('event');
/** From now on the receiver answers so. */
const answer = (status) => order(`answer/${status}`);

/**
 * Walks it on `view`, a page or a frame that shows the form of a new service in the dashboard at
 * `home`; `page` has the keyboard. Returns the steps that were made.
 */
export async function walk(page, view, home) {
  const steps = [];
  const button = (name) => view.getByRole('button', { name });
  const goTo = (place) => view.goto(`${home}#/${place}`);

  await view.getByLabel('Name').fill('crm');
  await view.getByLabel('Base address').fill(given.receiver);
  await view.locator('summary', { hasText: 'Circuit breaker' }).click();
  await view.getByLabel('Failures that open it').fill('2');
  await view.locator('summary', { hasText: 'Retries' }).click();
  await view.locator('details').getByLabel('Retries').fill('0');
  await button('Save').click();
  steps.push('service');

  await view.locator('dialog[open]').waitFor();
  await button('Make the call').click();
  await view.locator('dialog').getByText('Success · 200').waitFor();
  await view.locator('.sheet-foot').getByRole('button', { name: 'Close' }).click();
  steps.push('tested');

  await goTo('rules/new');
  await view.getByLabel('Name').fill('new users');
  await view.getByLabel('Service', { exact: true }).selectOption('crm');
  await view.getByRole('combobox', { name: 'Event', exact: true }).first()
    .fill('\\core\\event\\user_created');
  await view.getByRole('textbox', { name: 'Payload' }).click();
  await page.keyboard.insertText('{"id": {{objectid}}');
  await view.getByText('Not valid yet').waitFor();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText('{"id": {{objectid}}}');
  await view.getByText('Matches').first().waitFor();
  await button('Save').click();
  await view.getByRole('link', { name: 'new users' }).waitFor();
  steps.push('rule');

  await event();
  await goTo('events');
  await view.getByRole('link', { name: 'user_created' }).first().click();
  await view.getByText('Delivered').first().waitFor();
  steps.push('delivered');

  await answer(500);
  await event();
  await goTo('queue/dead-letters');
  await view.getByRole('link', { name: 'user_created' }).first().waitFor();
  steps.push('dead letter');
  await event();
  await goTo('services');
  await view.getByText(/Open · retry in \d+ s/).waitFor();
  steps.push('circuit open');

  await answer(200);
  await button('Reset circuit: crm').click();
  await view.locator('td').getByText('Closed').waitFor();
  steps.push('mended');

  await goTo('queue/dead-letters');
  await button('Replay').click();
  await view.getByRole('button', { name: /^Replay (one|\d+)$/ }).click();
  await view.getByText(/queued again/).waitFor();
  await view.locator('.sheet-foot').getByRole('button', { name: 'Close' }).click();
  await view.getByRole('heading', { name: 'No dead letters' }).waitFor();
  steps.push('replayed');
  return steps;
}
