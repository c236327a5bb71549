// What a SOAP service can do, as its WSDL says: read, called, made a rule of.
import { violations } from './axe.mjs';
import { dialogOf, goTo, report, signedIn } from './given.mjs';

await report(async (browser) => {
  const page = await signedIn(browser);
  const dialog = dialogOf(page);
  await goTo(page, 'services/registry');
  await page.getByRole('link', { name: 'Operations' }).click();
  const operations = page.locator('main details');
  await operations.nth(2).waitFor();
  const names = await operations.locator('summary h2').allInnerTexts();
  const pay = operations.filter({ hasText: 'Pay' });
  await pay.locator('summary').click();
  const faults = await violations(page, 'operations');
  const takes = await pay.locator('.tree').first().innerText();
  const example = await pay.locator('pre.data').innerText();

  await page.getByRole('button', { name: /^Test call.*Check$/ }).click();
  await dialog.box.getByLabel('Payload').fill('{"VatNumber": "ES-B12345678"}');
  await dialog.box.getByRole('button', { name: 'Make the call' }).click();
  await dialog.says('Success · 200');
  const answer = await dialog.box.getByRole('region', { name: 'Response' }).innerText();
  await dialog.press('Close');
  await dialog.gone();

  await pay.getByRole('link', { name: /^Make a rule.*Pay$/ }).click();
  await page.getByRole('heading', { level: 1, name: 'Add a rule' }).waitFor();
  const operation = page.getByLabel('Operation');
  await page.getByRole('button', { name: 'Use the example as payload' }).waitFor();
  const offered = await operation.evaluate((input) =>
    [...input.list.options].map(({ value }) => value));
  const rule = {
    service: await page.getByLabel('Service', { exact: true }).inputValue(),
    operation: await operation.inputValue(),
    payload: await page.getByRole('textbox', { name: 'Payload' }).innerText(),
  };
  return { names, faults, takes, example, answer, offered, rule };
});
