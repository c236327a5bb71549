// What somebody with a password of this hub sets up: a site, a secret, a token, a setting; and the
// audit that tells of it.
import { openDashboard } from '../../scripts/browser.mjs';
import { violations } from './axe.mjs';
import { dialogOf, given, goTo, report, rowsOf, signIn } from './given.mjs';

await report(async (browser) => {
  const page = await openDashboard(browser, { url: given.url });
  page.setDefaultTimeout(30_000);
  const dialog = dialogOf(page);
  const steps = [];
  const press = (name) => page.getByRole('button', { name, exact: true }).click();
  const row = (text) => page.getByRole('row').filter({ hasText: text });
  const onPage = async (text) => (await page.content()).includes(text);
  const statusWith = async (token) => (await fetch(`${given.url}/api/v1/services`,
    { headers: { Authorization: `Bearer ${token}` } })).status;
  await signIn(page, given.user, given.password);

  await goTo(page, 'settings/sites');
  await press('Add a site');
  await dialog.box.getByLabel('Name').fill('campus');
  await dialog.box.getByLabel('Address of Moodle').fill('https://campus.example');
  await dialog.press('Add a site');
  await dialog.says('Code for campus');
  const shownOnce = async (what) =>
    (await dialog.box.getByRole('region', { name: what }).innerText()).trim();
  const code = await shownOnce('One-time code');
  await dialog.press('Close');
  await dialog.gone();
  await row('campus').getByText('Waiting for its code').waitFor();
  const codeAgain = await onPage(code);
  steps.push('site');

  await goTo(page, 'settings/secrets');
  await press('Add a secret');
  await dialog.box.getByLabel('Name').fill('signing');
  await dialog.box.getByLabel('Value').fill(given.secret);
  await dialog.press('Save');
  await page.getByText('Secret signing is saved.').waitFor();
  await dialog.gone();
  await (await rowsOf(page, 1)).getByText('signing').waitFor();
  const secretShown = await onPage(given.secret);
  steps.push('secret');

  await goTo(page, 'settings/tokens');
  await page.getByRole('region', { name: 'Tokens' }).or(
    page.getByRole('heading', { name: 'No tokens' })).waitFor();
  await press('Make a token');
  await dialog.box.getByLabel('Name').fill('reports');
  await dialog.box.getByLabel('Role').selectOption('view');
  await dialog.press('Make a token');
  await dialog.says('Copy it now: it is shown this once.');
  const token = await shownOnce('Token');
  await dialog.press('Close');
  await dialog.gone();
  await row('reports').getByText('May view').waitFor();
  const tokenAgain = await onPage(token);
  const before = await statusWith(token);
  await press('Delete: reports');
  await dialog.says('What uses it is refused at once.');
  await dialog.press('Delete');
  await row('reports').waitFor({ state: 'detached' });
  const after = await statusWith(token);
  steps.push('token');

  await goTo(page, 'settings/secrets');
  await press('Delete: signing');
  await dialog.says('Rules that use it no longer render; their deliveries become dead letters.');
  await dialog.press('Cancel');
  await dialog.gone();
  await press('Delete: signing');
  await dialog.press('Delete');
  await page.getByRole('heading', { name: 'No secrets' }).waitFor();
  steps.push('secret deleted');

  const size = page.getByLabel('Rows of the request log');
  await goTo(page, 'settings');
  await size.fill('-1');
  await press('Save');
  await page.getByText('Please check what is marked above.').waitFor();
  await size.fill('12345');
  await press('Save');
  await page.getByText('Settings are saved.').waitFor();
  await page.reload();
  await goTo(page, 'settings');
  const kept = await size.inputValue();
  steps.push('setting');

  await goTo(page, 'settings/audit');
  const actions = await page.getByRole('row').filter({ hasText: given.user })
    .locator('td.wide .mono').allInnerTexts();
  await page.getByText('Secret signing deleted').waitFor();
  await page.getByRole('row').filter({ hasText: 'PATCH /settings' }).locator('summary').click();
  await page.locator('pre.data').getByText('12345').waitFor();
  await page.getByRole('row').filter({ hasText: 'POST /sites' }).locator('summary').click();
  const faults = await violations(page, 'audit');
  const secretsInAudit = (await Promise.all([given.secret, token, code].map(onPage)))
    .filter(Boolean).length;
  steps.push('audit');
  return {
    steps, code, codeAgain, secretShown, token: { again: tokenAgain, before, after }, kept,
    actions, secretsInAudit, faults,
  };
});
