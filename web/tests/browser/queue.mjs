// The queue: tried again at once, cancelled; dead letters replayed and deleted, by selection and by
// filter.
import { dialogOf, given, goTo, order, report, rowsOf, signedIn } from './given.mjs';

await report(async (browser) => {
  const page = await signedIn(browser);
  const dialog = dialogOf(page);
  const steps = [];
  const row = (text) => page.getByRole('row').filter({ hasText: text });
  const bar = page.getByRole('group', { name: 'Bulk actions' });

  await goTo(page, 'queue');
  await rowsOf(page, 2);
  await row('user_created').getByText('Retrying').waitFor();
  await order('answer/200');
  await page.getByRole('button', { name: 'Retry now: user_created' }).click();
  await page.getByText('The delivery is due now.').waitFor();
  await row('user_created').waitFor({ state: 'detached' });
  steps.push('tried again');

  const cancel = page.getByRole('button', { name: 'Cancel delivery: user_updated' });
  await cancel.click();
  await dialog.says(`user_updated is not sent to ${given.service}.`);
  await dialog.press('Cancel');
  await dialog.gone();
  await cancel.click();
  await dialog.press('Cancel delivery');
  await page.getByRole('heading', { name: 'Nothing waits' }).waitFor();
  steps.push('cancelled');

  await goTo(page, 'queue/dead-letters');
  const letters = await rowsOf(page, 8);
  await row('user_updated').getByText('Cancelled', { exact: true }).waitFor();
  const every = page.getByRole('checkbox', { name: 'Select this page' });
  await every.check();
  await bar.getByText('8 selected').waitFor();
  await every.uncheck();
  await bar.getByText('All dead letters').waitFor();
  const deleted = letters.filter({ hasText: 'user_deleted' });
  await deleted.nth(0).getByRole('checkbox').check();
  await deleted.nth(1).getByRole('checkbox').check();
  await bar.getByText('2 selected').waitFor();
  await bar.getByRole('button', { name: 'Replay' }).click();
  await dialog.says('2 dead letters are delivered again.');
  await dialog.press('Replay 2');
  await dialog.says('2 are queued again.');
  await dialog.press('Close');
  await rowsOf(page, 6);
  await bar.getByText('All dead letters').waitFor();
  steps.push('replayed');

  await deleted.first().getByRole('checkbox').check();
  await bar.getByText('One selected').waitFor();
  await bar.getByRole('button', { name: 'Delete' }).click();
  await dialog.says('One dead letter is deleted with its payload and its event.');
  await dialog.press('Delete one');
  await dialog.says('One is deleted.');
  await dialog.press('Close');
  await rowsOf(page, 5);
  steps.push('deleted');

  // What was selected before does not count any more: it may be out of sight.
  await letters.filter({ hasText: 'user_updated' }).getByRole('checkbox').check();
  await page.getByLabel('Reason').selectOption('Rejected');
  await rowsOf(page, 4);
  await page.getByLabel('Event').fill('\\core\\event\\course_created');
  await rowsOf(page, 3);
  await bar.getByText('All that fit the filter').waitFor();
  await bar.getByRole('button', { name: 'Delete' }).click();
  await dialog.says('3 dead letters are deleted with their payloads and events.');
  await dialog.press('Delete 3');
  await dialog.says('3 of 3');
  await dialog.says('3 are deleted.');
  const progress = await dialog.box.getByRole('progressbar', { name: 'Progress' })
    .evaluate((bar) => bar.value / bar.max);
  await dialog.press('Close');
  await page.getByRole('heading', { name: 'Nothing fits the filters' }).waitFor();
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await rowsOf(page, 2);
  steps.push('deleted by filter');

  await page.getByRole('link', { name: 'user_deleted' }).click();
  await page.getByText('The service answered that it does not want this.').waitFor();
  await page.getByText(/Attempt 1 .* HTTP 422/).waitFor();
  const payload = await page.getByRole('region', { name: 'Payload' }).innerText();
  const response = await page.getByRole('region', { name: 'Response' }).innerText();
  await page.getByRole('button', { name: 'Replay' }).click();
  await dialog.press('Replay one');
  await dialog.says('One is queued again.');
  await dialog.press('Close');
  await (await rowsOf(page, 1)).getByText('user_updated').waitFor();
  steps.push('one replayed');
  return { steps, progress, payload, response };
});
