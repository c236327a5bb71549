// The dashboard inside of a real Moodle: a manager walks the whole way, somebody who may look reads
// without payloads, a student is refused.
import { given, report } from './given.mjs';
import { logIn } from './moodle-login.mjs';
import { walk } from './way.mjs';

const HUB = '/local/integrationhub/hub.php/';

/** Opens Site administration > Server > Integration Hub; the frame with the dashboard. */
async function openHub(page) {
  await page.goto(`${given.moodle}/admin/category.php?category=server`);
  await page.locator('#region-main').getByRole('link', { name: 'Integration Hub' }).first().click();
  const frame = await (await page.waitForSelector(`iframe[src*="${HUB}"]`)).contentFrame();
  await frame.getByRole('heading', { level: 1 }).waitFor();
  return frame;
}

await report(async (browser) => {
  const manager = await logIn(browser, given.manager);
  const hub = await openHub(manager);
  await hub.goto(`${given.moodle}${HUB}#/services?add=rest`);
  const steps = await walk(manager, hub, given.moodle + HUB);
  await manager.context().close(); // what is open goes on asking

  const viewer = await logIn(browser, given.viewer);
  const frame = await openHub(viewer);
  await frame.goto(`${given.moodle}${HUB}#/services`);
  await frame.getByRole('link', { name: 'crm' }).first().waitFor();
  const adding = await frame.getByRole('link', { name: 'Add a service' }).count();
  await frame.goto(`${given.moodle}${HUB}#/events`);
  await frame.getByRole('link', { name: 'user_created' }).first().click();
  await frame.getByText('Contents are hidden').waitFor();
  const payloads = await frame.locator('pre.data').count();
  await viewer.context().close();

  const student = await logIn(browser, given.student);
  await student.goto(`${given.moodle}/local/integrationhub/dashboard.php`);
  const frames = await student.locator(`iframe[src*="${HUB}"]`).count();
  const relayed = await student.goto(`${given.moodle}${HUB}api/v1/services`);
  return {
    steps, adding, payloads,
    student: { frames, relayed: relayed.status() },
  };
});
