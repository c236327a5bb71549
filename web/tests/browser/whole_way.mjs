// Add a service, test it, add a rule, see the delivery, break the service, see the dead letter and
// the open circuit, mend it, replay.
import { given, report } from './given.mjs';
import { openDashboard } from '../../scripts/browser.mjs';

const api = (method, path, body) =>
  fetch(`${given.url}/api/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${given.token}`, 'Content-Type': 'application/json' },
    body: body && JSON.stringify(body),
  });
const event = (id) => api('POST', '/events', {
  id, eventname: '\\core\\event\\user_created', userid: 2, objectid: 5,
});
/** From now on the receiver answers so. */
const answer = (status) => fetch(`${given.control}/${status}`, { method: 'POST' });

await report(async (browser) => {
  const steps = [];
  const page = await openDashboard(browser, { url: given.url });
  page.setDefaultTimeout(30_000);
  const button = (name) => page.getByRole('button', { name });

  await button('Use a token instead').click();
  await page.getByLabel('Token').fill(given.token);
  await button('Sign in').click();
  await page.getByRole('heading', { name: 'Four steps to the first delivery' }).waitFor();
  steps.push('signed in');

  await page.locator('.steps').getByRole('link', { name: 'Add a service' }).click();
  await page.getByLabel('Name').fill('crm');
  await page.getByLabel('Base address').fill(given.receiver);
  await page.getByText('Circuit breaker').click();
  await page.getByLabel('Failures that open it').fill('2');
  await page.getByText('Retries', { exact: true }).first().click();
  await page.locator('details').getByLabel('Retries').fill('0');
  await button('Save').click();
  steps.push('service');

  await page.locator('dialog[open]').waitFor();
  await button('Make the call').click();
  await page.locator('dialog').getByText('Success · 200').waitFor();
  await page.locator('.sheet-foot').getByRole('button', { name: 'Close' }).click();
  steps.push('tested');

  await page.goto(`${given.url}/#/rules/new`);
  await page.getByLabel('Name').fill('new users');
  await page.getByRole('combobox', { name: 'Event', exact: true }).first()
    .fill('\\core\\event\\user_created');
  const editor = page.getByRole('textbox', { name: 'Payload' });
  await editor.click();
  await page.keyboard.insertText('{"id": {{objectid}}');
  await page.getByText('Not valid yet').waitFor();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText('{"id": {{objectid}}}');
  await page.getByText('Matches').first().waitFor();
  await button('Save').click();
  await page.getByRole('link', { name: 'new users' }).waitFor();
  steps.push('rule');

  await event('way-1');
  await page.goto(`${given.url}/#/events`);
  await page.getByRole('link', { name: 'user_created' }).click();
  await page.getByText('Delivered').first().waitFor();
  steps.push('delivered');

  await answer(500);
  await event('way-2');
  await page.goto(`${given.url}/#/queue/dead-letters`);
  await page.getByRole('link', { name: 'user_created' }).first().waitFor();
  steps.push('dead letter');
  await event('way-3');
  await page.goto(`${given.url}/#/services`);
  await page.getByText(/Open · retry in/).waitFor();
  steps.push('circuit open');

  await answer(200);
  await button('Reset circuit: crm').click();
  await page.locator('td').getByText('Closed').waitFor();
  steps.push('mended');

  await page.goto(`${given.url}/#/queue/dead-letters`);
  await button('Replay').click();
  await page.getByRole('button', { name: /^Replay (one|\d+)$/ }).click();
  await page.getByText(/succeeded/).waitFor();
  await page.locator('.sheet-foot').getByRole('button', { name: 'Close' }).click();
  await page.getByRole('heading', { name: 'No dead letters' }).waitFor();
  steps.push('replayed');
  return { steps };
});
