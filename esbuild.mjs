// Bundles the entry points into dist/: the command line and the engine for node, the extension for VS Code. Native code stays outside.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import esbuild from 'esbuild';
import { filesOf, noticesText, packagesOf } from './notices.mjs';

/** xenova's runtime loader is cut off: only its tokenizers and hub access are used, on our own runtime. */
const noRuntimeInXenova = {
  name: 'no-runtime-in-xenova',
  setup(build) {
    build.onLoad({ filter: /@xenova[\\/]transformers[\\/]src[\\/]backends[\\/]onnx\.js$/ }, () => ({
      contents: 'export const ONNX = { env: {}, Tensor: class {} }; export const executionProviders = [];',
    }));
  },
};

/** vectra's text search is not used: its libraries would add megabytes. */
const noTextSearchInVectra = {
  name: 'no-text-search-in-vectra',
  setup(build) {
    build.onResolve(
      { filter: /^(wink-bm25-text-search|wink-nlp|wink-eng-lite-web-model|protobufjs)$/ },
      ({ path: name }) => ({
        path: name,
        namespace: 'unused',
      }),
    );
    build.onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {};' }));
  },
};

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  outdir: 'dist',
  logLevel: 'warning',
  minifySyntax: true,
};

/** The command line and the engine's process: everything heavy. */
const engine = {
  ...shared,
  entryPoints: ['src/cli.ts', 'src/engine.ts'],
  external: ['onnxruntime-node', 'sharp'],
  alias: { vectra: path.resolve('node_modules/vectra/lib/LocalIndex.js') },
  plugins: [noRuntimeInXenova, noTextSearchInVectra],
  define: { 'import.meta.url': 'importMetaUrl' },
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
};

/** The extension host's side: small, for it is read at every start. */
const extension = {
  ...shared,
  entryPoints: ['src/extension.ts'],
  external: ['vscode'],
  minify: true,
  keepNames: true,
  banner: { js: 'const bundleStarted = performance.now();' },
};

/** The panel's page: runs in the webview's browser; its style sheet comes out beside it. */
const panel = {
  bundle: true,
  platform: 'browser',
  target: 'chrome120',
  format: 'iife',
  entryPoints: { panel: 'webview/main.ts' },
  outdir: 'dist',
  logLevel: 'warning',
  minify: true,
};

const metafiles = [];
for (const options of [engine, extension, panel]) {
  if (process.argv.includes('--watch')) await (await esbuild.context(options)).watch();
  else metafiles.push((await esbuild.build({ ...options, metafile: true })).metafile);
}
if (metafiles.length > 0) writeFileSync('dist/THIRD-PARTY-NOTICES.txt', noticesText(packagesOf(filesOf(metafiles))));
