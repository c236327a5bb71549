// Signs and verifies by the npm package `standardwebhooks`, which is not ours. Reads
// {"secret", "body" (base64), "headers"} or {"secret", "body", "id", "timestamp"} and writes
// {"valid", "error"} or {"signature"}.
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';

const { Webhook } = createRequire(new URL('../../web/package.json', import.meta.url))(
  'standardwebhooks');

const asked = JSON.parse(await text(process.stdin));
const body = Buffer.from(asked.body, 'base64').toString();
const webhook = new Webhook(asked.secret);
if (asked.headers) {
  const answer = { valid: true, error: '' };
  try {
    webhook.verify(body, asked.headers);
  } catch (error) {
    answer.valid = false;
    answer.error = error.message;
  }
  console.log(JSON.stringify(answer));
} else {
  const signature = webhook.sign(asked.id, new Date(asked.timestamp * 1000), body);
  console.log(JSON.stringify({ signature }));
}
