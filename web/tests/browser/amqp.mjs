// The address of a broker, made of its parts and taken apart again.
import { dialogOf, goTo, report, signedIn } from './given.mjs';

const PARTS = {
  Host: 'broker.example', Port: '5673', Password: 'p@ss/w:rd?', User: 'moodle@school',
  'Virtual host': 'my/host', Exchange: 'moodle & more', 'Routing key': 'events.#',
  'Queue to declare': 'inbox', 'Dead letter queue': 'refused',
};

await report(async (browser) => {
  const page = await signedIn(browser);
  const builder = page.getByRole('group', { name: 'Connection to the broker' });
  const part = (name) => builder.getByLabel(name, { exact: true });
  const address = page.getByLabel('Connection address');
  const parts = async () => Object.fromEntries(await Promise.all(
    Object.keys(PARTS).map(async (name) => [name, await part(name).inputValue()])));
  const shown = page.getByRole('heading', { level: 1, name: 'broker', exact: true });
  const save = () => page.getByRole('button', { name: 'Save', exact: true }).click();

  await goTo(page, 'services?add=rest');
  await goTo(page, 'services?add=amqp');
  await page.getByLabel('Name', { exact: true }).fill('broker');
  // As people do: key by key, in any order.
  for (const [name, value] of Object.entries(PARTS)) {
    await part(name).pressSequentially(value);
  }
  const typed = await parts();
  await part('Encrypted connection (TLS)').check();
  const veiled = await address.inputValue();
  await address.focus();
  const made = await address.inputValue();
  await save();
  await shown.waitFor();
  await dialogOf(page).press('Close');

  await goTo(page, 'services/broker/edit');
  const read = await parts();
  const tls = await part('Encrypted connection (TLS)').isChecked();
  await part('Exchange').fill('other');
  await save();
  await shown.waitFor();

  await goTo(page, 'services?add=amqp');
  await address.fill('amqp://guest:secret@[::1]/%2Fv?exchange=e&dlq=d');
  const pasted = await parts();
  await part('Host').fill('');
  await part('Host').pressSequentially('[::2]');
  await address.focus();
  const ipv6 = await address.inputValue();
  return { wanted: PARTS, typed, veiled, made, read, tls, pasted, ipv6 };
});
