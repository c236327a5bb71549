// The hub goes away and comes back.
import { report, signedIn } from './given.mjs';

await report(async (browser) => {
  const page = await signedIn(browser);
  const notice = page.getByText('The connection to the hub is lost');
  await page.context().setOffline(true);
  await notice.waitFor();
  await page.context().setOffline(false);
  await notice.waitFor({ state: 'detached' });
  return { lost: true, recovered: true };
});
