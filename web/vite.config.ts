import { readFileSync } from 'node:fs';
import { defineConfig } from 'vite';

const version = readFileSync(new URL('../VERSION', import.meta.url), 'utf8').trim();

/** Every address is relative to the document: the page also lives behind Moodle's relay. */
export default defineConfig({
  base: './',
  define: { __MIH_VERSION__: JSON.stringify(version) },
  esbuild: { jsx: 'automatic' },
  build: {
    outDir: process.env.MIH_WEB_OUT ?? '../build/web',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      // "use client" of libraries means nothing here.
      onwarn: (warning, warn) => {
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning);
      },
    },
  },
  server: { proxy: { '/api': process.env.MIH_HUB ?? 'http://127.0.0.1:8085' } },
});
