// The first sign-in: with the one-time password, which must be exchanged at once.
import { given, report } from './given.mjs';
import { openDashboard } from '../../scripts/browser.mjs';

await report(async (browser) => {
  const page = await openDashboard(browser, { url: given.url });
  page.setDefaultTimeout(30_000);
  const signIn = async (password) => {
    await page.getByLabel('User name').fill('admin');
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  await signIn(given.password);
  await page.getByRole('heading', { name: 'Choose a password' }).waitFor();
  // Whoever closes the tab now finds the way on in the next.
  const next = await page.context().newPage();
  await next.goto(given.url);
  await next.getByRole('heading', { name: 'Choose a password' }).waitFor();
  await next.close();
  await page.getByLabel('New password', { exact: true }).fill(given.next);
  await page.getByLabel('Repeat the new password').fill(given.next);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Five steps to the first delivery' }).waitFor();

  // An empty hub shows what to do, and no chart of nothing.
  const charts = await page.locator('.chart').count();
  await page.locator('.menu > summary').click();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await signIn(given.password);
  await page.getByRole('alert').waitFor();
  await signIn(given.next);
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  return { charts, signed_in: true };
});
