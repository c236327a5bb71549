// Makes from docs/api/openapi.json what the page takes from it: types, and the bounds of forms.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const here = new URL('.', import.meta.url);
const document = new URL('../../docs/api/openapi.json', here).pathname;
const target = (name) => new URL(`../src/api/generated/${name}`, here).pathname;
mkdirSync(target(''), { recursive: true });
const tool = new URL('../node_modules/openapi-typescript/bin/cli.js', here).pathname;

const options = ['--default-non-nullable=false', '-o', target('schema.ts')];
execFileSync(process.execPath, [tool, document, ...options], { stdio: 'inherit' });

const { schemas } = JSON.parse(readFileSync(document, 'utf8')).components;
const kept = ['type', 'minimum', 'maximum', 'maxLength', 'default', 'enum'];
const boundsOf = (schema) =>
  Object.fromEntries(
    Object.entries(schema.properties).map(([name, field]) => [
      name,
      {
        ...Object.fromEntries(kept.filter((key) => key in field).map((key) => [key, field[key]])),
        secret: /Reads as \*{8}/.test(field.description ?? ''),
      },
    ]),
  );
const fields = {
  service: boundsOf(schemas.ServiceFields),
  rule: boundsOf(schemas.RuleFields),
  settings: boundsOf(schemas.Settings),
};
writeFileSync(target('fields.json'), JSON.stringify(fields));
