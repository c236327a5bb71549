// Services: paused and resumed, circuits reset, deleted after being told what that affects.
import { dialogOf, given, goTo, order, report, rowsOf, signedIn } from './given.mjs';

await report(async (browser) => {
  const page = await signedIn(browser);
  const dialog = dialogOf(page);
  const steps = [];
  const facts = page.locator('dl.facts').first();
  const press = (name) => page.getByRole('button', { name, exact: true }).click();
  const open = page.getByRole('row').filter({ hasText: 'Open · retry in' });

  await goTo(page, 'services/crm');
  await press('Pause: crm');
  await page.getByText('crm is paused; its deliveries wait.').waitFor();
  await facts.getByText('Paused').waitFor();
  await order('event');
  await goTo(page, 'queue?service=crm');
  await (await rowsOf(page, 1)).getByText('Parked · service paused').waitFor();
  await goTo(page, 'services/crm');
  await press('Resume: crm');
  await facts.getByText('Enabled').waitFor();
  await goTo(page, 'queue?service=crm&state=delivered');
  await rowsOf(page, 1);
  steps.push('paused and resumed');

  await goTo(page, 'services');
  await open.nth(2).waitFor();
  await order('answer/200');
  await press('Reset circuit: away-1');
  await page.getByText('The circuit of away-1 is closed.').waitFor();
  await page.getByRole('row').filter({ hasText: 'away-1' }).getByText('Closed').waitFor();
  const left = await open.count();
  steps.push('one reset');

  await press('Reset all circuits');
  await dialog.says('away-2');
  const named = await dialog.box.locator('li').allInnerTexts();
  await dialog.press('Reset all circuits');
  await page.getByText('2 circuits were reset.').waitFor();
  await open.first().waitFor({ state: 'detached' });
  steps.push('all reset');

  await goTo(page, 'services/doomed');
  await press('Delete: doomed');
  await dialog.says('This cannot be undone. It affects:');
  const lost = await dialog.box.locator('li').allInnerTexts();
  await dialog.press('Cancel');
  await dialog.gone();
  // What was counted the time before is never shown: it is counted anew.
  let counted;
  const counting = new Promise((resolve) => { counted = resolve; });
  await page.route('**/services/doomed?dry_run=true', (route) => counting.then(() =>
    route.continue()));
  await press('Delete: doomed');
  await dialog.box.locator('.loading').waitFor();
  const early = await dialog.box.getByRole('button', { name: 'Delete', exact: true }).isEnabled();
  counted();
  await dialog.press('Delete');
  await page.getByText('Service doomed is deleted.').waitFor();
  await page.getByRole('heading', { level: 1, name: 'Services' }).waitFor();
  await rowsOf(page, given.services - 1);
  steps.push('deleted');
  return { steps, left, named, lost, early };
});
