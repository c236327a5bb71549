// Users: added, changed, signed out, deleted; one's own password, and signing out everywhere.
import { openDashboard } from '../../scripts/browser.mjs';
import { given, goTo, report, signIn } from './given.mjs';

const { admin, helper } = given;

async function opened(browser) {
  const page = await openDashboard(browser, { url: given.url });
  page.setDefaultTimeout(30_000);
  return page;
}

const signedOut = (page) => page.getByText('Your session has ended').waitFor();

await report(async (browser) => {
  const steps = [];
  const page = await opened(browser);
  const dialog = page.locator('dialog[open]');
  const row = page.getByRole('row').filter({ hasText: helper.name });
  const press = (name) => dialog.getByRole('button', { name, exact: true }).click();
  const newPassword = async (password, again = password) => {
    await dialog.getByLabel('New password', { exact: true }).fill(password);
    await dialog.getByLabel('Repeat the new password').fill(again);
  };
  await signIn(page, admin.name, admin.password);

  await goTo(page, 'settings/users');
  await page.getByRole('button', { name: 'Add a user' }).click();
  await dialog.getByLabel('User name').fill(helper.name);
  await newPassword(helper.password, 'something else');
  await dialog.getByText('The two are not the same.').waitFor();
  await newPassword(helper.password);
  await press('Add a user');
  await row.getByText('May view').waitFor();
  steps.push('added');

  const theirs = await opened(browser);
  await signIn(theirs, helper.name, helper.password);
  await row.getByRole('button', { name: 'Sign out everywhere' }).click();
  await press('Sign out everywhere');
  await page.getByText(`${helper.name}: one session was ended.`).waitFor();
  await theirs.reload();
  await signedOut(theirs);
  steps.push('signed out');

  await row.getByRole('button', { name: 'Edit' }).click();
  await dialog.getByLabel('Role').selectOption('manage');
  await newPassword(helper.next);
  await press('Save');
  await row.getByText('May manage').waitFor();
  await signIn(theirs, helper.name, helper.next);
  await theirs.getByRole('link', { name: 'Services', exact: true }).click();
  await theirs.getByRole('link', { name: 'Add a service' }).first().waitFor();
  steps.push('changed');

  const mine = page.getByRole('row').filter({ hasText: '(you)' });
  await mine.getByRole('button', { name: 'Change password' }).click();
  await dialog.getByLabel('Present password').fill('not the present one');
  await newPassword(admin.next);
  await press('Save');
  await dialog.getByText('is not your password').waitFor();
  await dialog.getByLabel('Present password').fill(admin.password);
  await press('Save');
  await page.getByText('Your password is changed.').waitFor();
  steps.push('own password');

  // The session goes on with the new password: this is a change.
  await row.getByRole('button', { name: 'Delete' }).click();
  await press('Delete');
  await row.waitFor({ state: 'detached' });
  await theirs.reload();
  await signedOut(theirs);
  steps.push('deleted');

  const elsewhere = await opened(browser);
  await signIn(elsewhere, admin.name, admin.next);
  await page.locator('.menu > summary').click();
  await page.getByRole('button', { name: 'Sign out everywhere', exact: true }).click();
  await press('Sign out everywhere');
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  await elsewhere.reload();
  await signedOut(elsewhere);
  steps.push('left');
  return { steps };
});
