// Compresses what Vite has built and writes the C++ file that carries it:
//   node scripts/embed.mjs BUILT_FOLDER ASSETS_CPP
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { extname, join, relative, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

const [folder, target] = process.argv.slice(2).map((path) => resolve(path));
const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

function filesBelow(directory) {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}

const assets = filesBelow(folder)
  .filter((file) => !file.endsWith('.gz'))
  .sort()
  .map((file, index) => {
    const type = TYPES[extname(file)];
    if (!type) throw new Error(`${file}: no content type for this kind of file`);
    const packed = gzipSync(readFileSync(file), { level: 9 });
    writeFileSync(`${file}.gz`, packed);
    const tag = createHash('sha256').update(packed).digest('hex').slice(0, 16);
    return { label: `mih_dashboard_${index}`, name: relative(folder, file), type, tag, file };
  });

const declared = ({ label }) =>
  `extern const char ${label}_begin[];\nextern const char ${label}_end[];`;

const asm = assets.flatMap(({ label, file }) => [
  `.global ${label}_begin`,
  `.global ${label}_end`,
  `${label}_begin:`,
  `.incbin "${file}.gz"`,
  `${label}_end:`,
]);
writeFileSync(
  target,
  `// Made by web/scripts/embed.mjs.
#include "api/dashboard_assets.hpp"

asm(R"(.section .rodata
${asm.join('\n')}
.previous
)");

extern "C" {
${assets.map(declared).join('\n')}
}

namespace mih::api {

std::span<const Asset> dashboard_assets() {
  static const Asset kAssets[] = {
${assets
  .map(
    ({ label, name, type, tag }) =>
      `      {"${name}", "${type}", "\\"${tag}\\"",\n       {${label}_begin, ${label}_end}},`,
  )
  .join('\n')}
  };
  return kAssets;
}

}  // namespace mih::api
`,
);
