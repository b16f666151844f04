// What the extension is handed on with: every package of others in it is listed with its licence, and a licence not agreed to stops the build.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';

interface Package {
  name: string;
  version: string;
  licence: string;
  texts: string[];
}
const { ALLOWED, isAllowed, packagesOf, noticesText } = (await import(
  new URL('../../notices.mjs', import.meta.url).href
)) as {
  ALLOWED: Set<string>;
  isAllowed(expression: string): boolean;
  packagesOf(files: string[], root?: string): Package[];
  noticesText(packages: Package[]): string;
};
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

test('the notices in the bundle name every dependency with a licence that was agreed to', () => {
  const file = join(ROOT, 'dist/THIRD-PARTY-NOTICES.txt');
  if (!existsSync(file)) spawnSync(process.execPath, ['esbuild.mjs'], { cwd: ROOT, stdio: 'inherit' });
  const lines = readFileSync(file, 'utf8').split('\n');
  const listed = new Map(
    lines.slice(2, lines.indexOf('', 2)).map((line) => {
      const [, name, , licence] = /^(\S+) (\S+): (.+)$/.exec(line) ?? assert.fail(`not a package: ${line}`);
      return [name!, licence!];
    }),
  );
  for (const [name, licence] of listed) assert.ok(isAllowed(licence), `${name}: ${licence}`);
  const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  assert.deepEqual(
    Object.keys(dependencies).filter((name) => !listed.has(name)),
    [],
    'a dependency that is in no bundle should be none',
  );
  // Of packages that come with the text of their licence, the text is there.
  assert.ok(lines.filter((line) => /Permission is hereby granted|Apache License/.test(line)).length > 40);
});

function packed(t: TestContext, license: unknown): string {
  const root = mkdtempSync(join(tmpdir(), 'kb-licence-'));
  t.after(() => rmSync(root, { recursive: true }));
  for (const name of ['onnxruntime-node', 'onnxruntime-common', '@scope/part']) {
    mkdirSync(join(root, 'node_modules', name), { recursive: true });
    const manifest = { name, version: '1.0.0', license: name === '@scope/part' ? license : 'MIT' };
    writeFileSync(join(root, 'node_modules', name, 'package.json'), JSON.stringify(manifest));
  }
  writeFileSync(join(root, 'node_modules/@scope/part/LICENSE'), 'Do as you like.\r\n');
  return root;
}

test('a package under another licence, or under none, is refused by name', (t) => {
  for (const license of ['GPL-3.0-only', 'MIT AND GPL-2.0-only', 'SEE LICENSE IN EULA', undefined]) {
    assert.throws(() => packagesOf(['node_modules/@scope/part/index.js'], packed(t, license)), /@scope\/part 1\.0\.0/);
  }
});

test('one good alternative is enough; the licence text is in the notices', (t) => {
  const packages = packagesOf(['src/cli.ts', 'node_modules/@scope/part/lib/a.js'], packed(t, '(GPL-2.0 OR MIT)'));
  assert.deepEqual(
    packages.map(({ name }) => name),
    ['@scope/part', 'onnxruntime-common', 'onnxruntime-node'],
  );
  assert.match(noticesText(packages), /@scope\/part 1\.0\.0, \(GPL-2\.0 OR MIT\)\n\nDo as you like\.\n/);
  assert.ok(ALLOWED.has('MIT') && !isAllowed('GPL-3.0-only'));
});
