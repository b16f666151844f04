// Packs the extension for one platform: node package.mjs [TARGET], for example linux-x64; without one, for this machine.
// Only that platform's native files go in, and only the languages of the allow list in .vscodeignore.
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createVSIX } from '@vscode/vsce';

const BINARIES = 'node_modules/onnxruntime-node/bin/napi-v6';
/** Where VS Code's names of targets and the runtime's folders differ in nothing but the separator. */
const TARGETS = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64', 'win32-arm64'];

/** Budget of a package in megabytes (10^6 bytes): the native runtime is some 20, the model some 20; a tenth is left for growth. */
const MOST_MB = 45;

const target = process.argv[2] ?? `${process.platform}-${process.arch}`;
const native = `${BINARIES}/${target.replace('-', '/')}`;
if (!TARGETS.includes(target) || !existsSync(native)) {
  console.error(`There is no native runtime for "${target}"; there is one for ${TARGETS.join(', ')}.`);
  process.exit(1);
}
for (const file of ['dist/extension.cjs', 'dist/engine.cjs', 'dist/THIRD-PARTY-NOTICES.txt']) {
  if (existsSync(file)) continue;
  console.error(`${file} is missing: run npm run build first.`);
  process.exit(1);
}
const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));
const packagePath = `${name}-${target}-${version}.vsix`;
const folder = mkdtempSync(join(tmpdir(), 'kb-package-'));
try {
  const ignoreFile = join(folder, 'ignore');
  // What the list allows wins over what it forbids, so that the other platforms must not be allowed in the first place.
  const list = readFileSync('.vscodeignore', 'utf8').replace(`!${BINARIES}/**`, `!${native}/**`);
  if (!list.includes(`!${native}/**`)) throw new Error(`.vscodeignore is expected to allow ${BINARIES}/**.`);
  writeFileSync(ignoreFile, list);
  await createVSIX({
    cwd: process.cwd(),
    target,
    packagePath,
    ignoreFile,
    // No repository is named in the manifest, so that links of the README stay as they are.
    rewriteRelativeLinks: false,
    allowMissingRepository: true,
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const megabytes = statSync(packagePath).size / 1e6;
console.log(`${packagePath}: ${megabytes.toFixed(1)} MB`);
if (megabytes > MOST_MB) {
  console.error(
    `At most ${MOST_MB} MB may be packed. Find what has grown (unzip -lv), or raise the budget in package.mjs with a reason.`,
  );
  process.exit(1);
}
