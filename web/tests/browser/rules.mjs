// Rules: duplicated, exported, imported from a file.
import { dialogOf, goTo, report, rowsOf, saved, signedIn } from './given.mjs';

await report(async (browser) => {
  const page = await signedIn(browser);
  const dialog = dialogOf(page);
  const steps = [];
  const press = (name) => page.getByRole('button', { name, exact: true }).click();

  await goTo(page, 'rules');
  await press('Duplicate: users');
  await page.getByRole('heading', { level: 1, name: 'Add a rule' }).waitFor();
  const name = page.getByLabel('Name', { exact: true });
  const offered = await name.inputValue();
  await name.fill('users again');
  await press('Save');
  await page.getByText('Rule users again is saved.').waitFor();
  await rowsOf(page, 2);
  steps.push('duplicated');

  const file = await saved(page, () => press('Export'));
  steps.push('exported');

  const choose = (text) => dialog.box.getByLabel('File').setInputFiles(
    { name: 'rules.json', mimeType: 'application/json', buffer: Buffer.from(text) });
  await press('Import rules');
  await choose('{"rules": 5}');
  await dialog.says('This is not a file of exported rules.');
  const nothing = await dialog.box.getByRole('button', { name: /^Import/ }).isDisabled();
  await choose(file);
  await dialog.says('2 rules of these names are there already.');
  const known = await dialog.box.getByRole('checkbox').evaluateAll((boxes) =>
    boxes.map((box) => box.checked));
  const { kind, rules } = JSON.parse(file);
  await choose(JSON.stringify({ kind, rules: [
    { ...rules[0], name: 'taken over' }, { ...rules[0], name: 'lost', service: 'elsewhere' },
    { ...rules[1], name: 'taken too' },
  ] }));
  await dialog.press('Import 3 rules');
  await dialog.says('Imported: taken too');
  const outcomes = await dialog.box.locator('li').allInnerTexts();
  await dialog.press('Close');
  await rowsOf(page, 4);
  await page.getByLabel('Search').fill('taken');
  await rowsOf(page, 2);
  steps.push('imported');
  return { steps, offered, file, nothing, known, outcomes };
});
