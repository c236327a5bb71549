// The editor of a rule offers names, fields and placeholders, and tries the rule on past events.
import { goTo, report, signedIn } from './given.mjs';

const USER_CREATED = '\\core\\event\\user_created';

await report(async (browser) => {
  const page = await signedIn(browser);
  const steps = [];
  const press = (name) => page.getByRole('button', { name, exact: true }).click();
  /** The browser draws the list of an input itself, outside of the page. */
  const offers = async (input, value) => page.waitForFunction(
    ([field, wanted]) => [...field.list.options].some((option) => option.value === wanted),
    [await input.elementHandle(), value]);

  await goTo(page, 'rules/new');
  const event = page.getByRole('combobox', { name: 'Event', exact: true }).first();
  await offers(event, USER_CREATED);
  await offers(event, '\\mod_quiz\\event\\attempt_submitted');
  await offers(event, '\\local_shop\\event\\order_paid'); // of a plugin, and only seen
  await event.fill(USER_CREATED);
  await page.getByText('seen 3 times').waitFor();
  steps.push('names');

  await press('Add a condition');
  const field = page.getByLabel('Field', { exact: true });
  for (const path of ['userid', 'objectid', 'other.shop']) await offers(field, path);
  await field.fill('objectid');
  await page.getByLabel('Comparison').selectOption('is at least');
  await page.getByLabel('Value').fill('2');
  steps.push('fields');

  const editor = page.getByRole('textbox', { name: 'Payload' });
  await editor.click();
  await page.keyboard.type('{"shop": {{other.sh');
  await page.getByRole('option', { name: 'other.shop' }).click();
  const completed = await editor.innerText();
  steps.push('placeholders');

  const preview = page.locator('section').filter({ hasText: 'Preview' });
  await preview.getByText('Matches').waitFor();
  await preview.getByLabel('Event').selectOption({ index: 2 });
  await preview.getByText('Does not match').waitFor();
  const whyNot = await preview.locator('.notice p').innerText();
  steps.push('preview');

  await press('Try it');
  await page.getByText('2 deliveries would have been made').waitFor();
  const run = page.locator('section').filter({ hasText: 'Dry run' });
  const looked = await run.locator('p.muted').first().innerText();
  const samples = run.locator('.list-plain > li');
  const count = await samples.count();
  await samples.first().locator('summary').click();
  const payload = await samples.first().locator('pre.data').innerText();
  steps.push('dry run');

  const check = page.getByText('Please check what is marked above.');
  const type = async (text) => {
    await editor.click();
    await page.keyboard.press('Control+a');
    await page.keyboard.insertText(text);
  };
  await type('{"id": {{usrid}}}');
  await page.getByText("unknown name 'usrid', did you mean 'userid'?").waitFor();
  await press('Save');
  await check.waitFor();
  steps.push('refused');
  await type('{"id": {{userid}}}');
  await check.waitFor({ state: 'detached' });
  await page.getByText("unknown name 'usrid'").waitFor({ state: 'detached' });
  steps.push('mended');

  const asked = page.getByRole('dialog', { name: 'Leave without saving?' });
  await page.getByRole('link', { name: 'Queue', exact: true }).click();
  await asked.getByRole('button', { name: 'Cancel' }).click();
  await asked.waitFor({ state: 'detached' });
  await page.getByRole('heading', { level: 1, name: 'Add a rule' }).waitFor();
  await page.goBack();
  await asked.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('heading', { level: 1, name: 'Add a rule' }).waitFor();
  steps.push('asked');
  await page.getByRole('link', { name: 'Queue', exact: true }).click();
  await asked.getByRole('button', { name: 'Leave' }).click();
  await page.getByRole('heading', { level: 1, name: 'Queue' }).waitFor();
  steps.push('left');
  return { steps, completed, whyNot, looked, count, payload };
});
