// Ways in: what the page asks for before, what it says of a wrong token, and other tabs.
import { openDashboard } from '../../scripts/browser.mjs';
import { given, goTo, report, settled, signIn } from './given.mjs';

async function opened(browser, token) {
  const calls = [];
  const page = await openDashboard(browser, { url: 'about:blank', token });
  page.setDefaultTimeout(30_000);
  page.on('request', (request) => {
    if (request.url().includes('/api/')) {
      calls.push(`${request.method()} ${new URL(request.url()).pathname}`);
    }
  });
  return { page, calls };
}

await report(async (browser) => {
  const steps = [];
  const { page, calls } = await opened(browser);
  await page.goto(`${given.url}/#/services`);
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  const before = [...calls];

  await page.getByLabel('User name').fill(given.user);
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('User name or password is wrong.').waitFor();
  await page.getByRole('button', { name: 'Use a token instead' }).click();
  const withToken = async (token) => {
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  await withToken('mih_nonsense');
  await page.getByText('This hub does not know this token.').waitFor();
  await withToken(given.tokens.ingest);
  await page.getByText('This token may deliver events, and nothing else.').waitFor();
  await withToken(given.tokens.view);
  await page.getByText('Read only').waitFor();
  await page.getByRole('heading', { level: 1, name: 'Services' }).waitFor();
  steps.push('told why not');
  await page.locator('.menu > summary').click();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();

  await page.goto(given.url);
  await signIn(page, given.user, given.password);
  const other = await page.context().newPage();
  other.setDefaultTimeout(30_000);
  await other.goto(`${given.url}/#/services`);
  await other.getByRole('button', { name: 'Disable: crm' }).click();
  await other.getByRole('button', { name: 'Enable: crm' }).waitFor();
  steps.push('another tab');
  await page.locator('.menu > summary').click();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await other.getByRole('button', { name: 'Sign in' }).waitFor();
  await other.reload();
  await other.getByRole('button', { name: 'Sign in' }).waitFor();
  const kept = await other.evaluate(() => localStorage.getItem('mih.account'));
  steps.push('left in both');

  // A hub in trouble is no reason to ask who is there.
  const troubled = await opened(browser, given.tokens.manage);
  const list = '**/api/v1/secrets?limit=1';
  await troubled.page.route(list, (route) => route.fulfill({ status: 500 }));
  await troubled.page.goto(given.url);
  await troubled.page.getByText('The hub answered with an error (500).').waitFor();
  const asked = await troubled.page.getByRole('button', { name: 'Sign in' }).count();
  await troubled.page.unroute(list);
  await troubled.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  steps.push('in spite of an error');

  await goTo(troubled.page, 'services');
  await troubled.page.reload();
  await settled(troubled.page);
  await troubled.page.locator('.menu > summary').click();
  await troubled.page.getByLabel('Language').selectOption('es');
  await troubled.page.getByRole('heading', { level: 1, name: 'Servicios' }).waitFor();
  await troubled.page.waitForFunction(() => document.title.startsWith('Servicios'));
  await troubled.page.goto(`${given.url}/#/nonsense`);
  await troubled.page.getByRole('heading', { level: 1, name: 'Esta página no existe' }).waitFor();
  steps.push('nowhere');
  return { steps, before, kept, asked, calls: [...calls, ...troubled.calls] };
});
