// What the original plugin left, in a real Moodle: its report, and its tables emptied, but only by
// who confirms it.
import { given, report } from './given.mjs';
import { logIn } from './moodle-login.mjs';

const PAGE = '/local/integrationhub/predecessor.php';
const EMPTY = "Empty the original's tables";

await report(async (browser) => {
  const page = await logIn(browser, given.manager);
  const main = page.locator('#region-main');
  const press = (name) => main.getByRole('button', { name, exact: true }).click();
  const rows = async () => (await fetch(given.rows)).text();
  await page.goto(given.moodle + PAGE);
  await main.getByText('The hub has taken over what the original plugin had').waitFor();
  const shown = await main.innerText();

  await press(EMPTY);
  await main.getByText('This cannot be undone').waitFor();
  await press('Cancel');
  await main.getByRole('button', { name: EMPTY }).waitFor();
  const cancelled = await rows();

  await press(EMPTY);
  await press('Continue');
  await page.getByText('The tables are empty.').waitFor();
  const left = await main.getByRole('button', { name: EMPTY }).count();
  return { shown, cancelled, left };
});
