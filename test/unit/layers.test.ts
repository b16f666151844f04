// The import rules of the design notes, checked on the real source tree.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import ts from 'typescript';

/** Packages that run anywhere: no files, no network, no process. */
const PURE = /^(mdast|micromark)(-|$)|^(github-slugger|yaml|picomatch|pbf)$|^@noble\/hashes(\/|$)/;

/** Libraries that one file (or a few) wraps, so that leaving one touches nothing else. */
const WRAPPED: [name: string, library: RegExp, files: number][] = [
  ['onnxruntime-node', /^onnxruntime-node(\/|$)/, 1],
  ['@xenova/transformers', /^@xenova\/transformers(\/|$)/, 1],
  ['vectra', /^vectra(\/|$)/, 1],
  ['@vscode/webview-ui-toolkit', /^@vscode\/webview-ui-toolkit(\/|$)/, 1],
  ['uplot', /^uplot(\/|$)/, 1],
  ['umap-js', /^umap-js(\/|$)/, 1],
  // One reads Markdown, one writes it.
  ['mdast and micromark', /^(mdast|micromark)(-|$)/, 2],
  ['yaml', /^yaml$/, 2],
  ['pbf', /^pbf$/, 1],
  ['pg', /^pg$/, 1],
  ['Excel files', /^(read|write)-excel-file(\/|$)/, 1],
  ['hyparquet', /^hyparquet(\/|$)/, 1],
];

/** What the extension host may load: it starts with every window, so everything heavy belongs to the engine's process. */
const HOST_PACKAGES = /^(vscode|picomatch|node:.+)$/;
const HEAVY = /^(mdast|micromark)(-|$)|^(yaml|pbf|vectra|onnxruntime-node|umap-js)$|^@xenova\//;

const PURE_LAYERS = ['src/core/', 'src/autodiff/'];

/** What breaks the rules, one line each; `files` maps paths (`src/core/x.ts`) to source text. */
function violations(files: ReadonlyMap<string, string>): string[] {
  const found: string[] = [];
  const importers = new Map<string, Set<string>>();
  for (const [file, source] of files) {
    for (const { fileName: name } of ts.preProcessFile(source, true, true).importedFiles) {
      const target = name.startsWith('.') ? resolve(file, name) : undefined;
      const layer = PURE_LAYERS.find((folder) => file.startsWith(folder));
      if (name === 'vscode' && !file.startsWith('src/host/') && file !== 'src/extension.ts') {
        found.push(`${file} imports vscode`);
      }
      if (layer && target && !target.startsWith(layer)) found.push(`${file} imports ${target}, outside ${layer}`);
      if (layer && !target && !PURE.test(name))
        found.push(`${file} imports ${name}, which is not on the list of pure packages`);
      if (file.startsWith('src/protocol/') && target && !/^src\/(protocol|core)\//.test(target)) {
        found.push(`${file} imports ${target}; protocol knows core types only`);
      }
      if (/^(src\/host|webview)\//.test(file) && target?.startsWith('src/engine/'))
        found.push(`${file} imports ${target}`);
      if (file.startsWith('webview/') && target && !/^(webview|src\/core)\/|^src\/protocol\/panel\.ts$/.test(target))
        found.push(`${file} imports ${target}; the page knows core, the panel's messages and itself`);
      if (file.startsWith('webview/') && valueImports(source).some((name) => /\/src\//.test(name)))
        found.push(`${file} imports values of src; the page needs types only`);
      if (isHost(file) && target && !/^src\/(host|protocol|core)\//.test(target))
        found.push(`${file} imports ${target}; the host knows core, protocol and itself`);
      if (isHost(file) && !target && !HOST_PACKAGES.test(name))
        found.push(`${file} imports ${name}, which the extension host has no use for`);
      if (/^src\/(engine|protocol|core|autodiff)\//.test(file) && target && /^src\/(host|cli)\//.test(target))
        found.push(`${file} imports ${target}, a shell above it`);
      for (const [library, pattern] of WRAPPED) {
        if (pattern.test(name)) importers.set(library, (importers.get(library) ?? new Set()).add(file));
      }
    }
    if (/^src\/protocol\/(?!rpc\.ts$)/.test(file)) {
      for (const line of logic(source)) found.push(`${file} has logic: ${line}`);
    }
  }
  for (const chain of heavyChains(files)) found.push(`the host loads ${chain}`);
  for (const [library, , most] of WRAPPED) {
    const by = [...(importers.get(library) ?? [])];
    if (by.length > most) found.push(`${library} is imported by ${by.length} files, ${most} at most: ${by.join(', ')}`);
  }
  return found;
}

function isHost(file: string): boolean {
  return file.startsWith('src/host/') || file === 'src/extension.ts';
}

/** Ways from the host, over imports of values, to a file that imports a library too big to be loaded at every start. */
function heavyChains(files: ReadonlyMap<string, string>): string[] {
  const chains: string[] = [];
  const seen = new Set<string>();
  const visit = (file: string, chain: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const name of valueImports(files.get(file) ?? '')) {
      if (HEAVY.test(name)) chains.push(`${name} by ${chain}`);
      else if (name.startsWith('.')) visit(resolve(file, name), `${chain} > ${resolve(file, name)}`);
    }
  };
  for (const file of files.keys()) if (isHost(file)) visit(file, file);
  return chains;
}

/** What a file imports or re-exports beyond types. */
function valueImports(source: string): string[] {
  const tree = ts.createSourceFile('x.ts', source, ts.ScriptTarget.Latest);
  return tree.statements.flatMap((statement) => {
    if (ts.isImportDeclaration(statement) && ts.isStringLiteral(statement.moduleSpecifier)) {
      const { importClause } = statement;
      const bindings = importClause?.namedBindings;
      const onlyTypes =
        importClause?.isTypeOnly ||
        (importClause?.name === undefined &&
          bindings !== undefined &&
          ts.isNamedImports(bindings) &&
          bindings.elements.every((element) => element.isTypeOnly));
      return onlyTypes ? [] : [statement.moduleSpecifier.text];
    }
    const from = ts.isExportDeclaration(statement) && !statement.isTypeOnly ? statement.moduleSpecifier : undefined;
    return from && ts.isStringLiteral(from) ? [from.text] : [];
  });
}

function resolve(file: string, name: string): string {
  return new URL(name, `file:///${file}`).pathname.slice(1);
}

/** The first lines of statements that are more than types and constants written out. */
function logic(source: string): string[] {
  const tree = ts.createSourceFile('x.ts', source, ts.ScriptTarget.Latest);
  const isType = (statement: ts.Statement) =>
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    (ts.isImportDeclaration(statement) && statement.importClause?.isTypeOnly === true) ||
    (ts.isExportDeclaration(statement) && statement.isTypeOnly) ||
    (ts.isVariableStatement(statement) &&
      statement.declarationList.declarations.every(
        ({ initializer }) => initializer && ts.isLiteralExpression(initializer),
      ));
  return tree.statements
    .filter((statement) => !isType(statement))
    .map((statement) => statement.getText(tree).split('\n')[0] ?? '');
}

function sourceFiles(): Map<string, string> {
  const root = new URL('../../', import.meta.url);
  const files = new Map<string, string>();
  for (const folder of ['src', 'webview']) {
    // A checkout has no empty folders, and webview/ is empty as yet.
    if (!existsSync(new URL(folder, root))) continue;
    for (const entry of readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })) {
      const file = `${folder}/${entry.replaceAll('\\', '/')}`;
      if (/\.tsx?$/.test(file)) files.set(file, readFileSync(new URL(encodeURI(file), root), 'utf8'));
    }
  }
  return files;
}

test('the source tree keeps the import rules', () => {
  const files = sourceFiles();
  assert.ok(files.has('src/core/corpus.ts') && files.size > 20, `only ${files.size} files were found`);
  assert.deepEqual(violations(files), []);
});

test('the check sees every kind of violation', () => {
  const cases: [Record<string, string>, RegExp][] = [
    [{ 'src/engine/a.ts': "import type { Uri } from 'vscode';" }, /engine\/a\.ts imports vscode/],
    [{ 'src/core/a.ts': "import * as vscode from 'vscode';" }, /core\/a\.ts imports vscode/],
    [{ 'src/core/a.ts': "import fs from 'node:fs';" }, /imports node:fs/],
    [{ 'src/core/a.ts': "import fs from 'fs';" }, /imports fs/],
    [{ 'src/core/a.ts': "export { glob } from 'tinyglobby';" }, /imports tinyglobby/],
    [{ 'src/core/a.ts': "import { parse } from 'csv-parse';" }, /imports csv-parse/],
    [{ 'src/core/a.ts': "const x = await import('node:os');" }, /imports node:os/],
    [{ 'src/core/a.ts': "const x = require('onnxruntime-node');" }, /imports onnxruntime-node/],
    [
      { 'src/core/markdown/a.ts': "import { x } from '../../engine/x.ts';" },
      /imports src\/engine\/x\.ts, outside src\/core\//,
    ],
    [{ 'src/autodiff/a.ts': "import { x } from '../core/random.ts';" }, /imports src\/core\/random\.ts, outside/],
    [{ 'src/autodiff/rules/a.ts': "import x from 'node:path';" }, /imports node:path/],
    [{ 'src/host/a.ts': "import type { X } from '../engine/x.ts';" }, /host\/a\.ts imports src\/engine/],
    [{ 'webview/a.ts': "import { x } from '../src/engine/x.ts';" }, /webview\/a\.ts imports src\/engine/],
    [{ 'webview/a.ts': "import type { X } from '../src/host/x.ts';" }, /the page knows core/],
    [{ 'webview/a.ts': "import { x } from '../src/core/x.ts';" }, /the page needs types only/],
    [{ 'src/host/a.ts': "import { x } from '../cli/x.ts';" }, /host knows core, protocol and itself/],
    [{ 'src/extension.ts': "import { x } from './engine/x.ts';" }, /host knows core, protocol and itself/],
    [{ 'src/host/a.ts': "import ort from 'onnxruntime-node';" }, /no use for/],
    [{ 'src/engine/a.ts': "import type { X } from '../host/x.ts';" }, /a shell above it/],
    [
      {
        'src/host/a.ts': "import { b } from '../core/b.ts';",
        'src/core/b.ts': "export { parse } from './yaml.ts';",
        'src/core/yaml.ts': "import { parse } from 'yaml';",
      },
      /the host loads yaml by src\/host\/a\.ts > src\/core\/b\.ts > src\/core\/yaml\.ts/,
    ],
    [
      { 'src/engine/a.ts': "import 'onnxruntime-node';", 'src/engine/b.ts': "import 'onnxruntime-node';" },
      /onnxruntime-node is imported by 2/,
    ],
    [
      {
        'src/core/a.ts': "import type { Root } from 'mdast';",
        'src/core/b.ts': "import { gfm } from 'micromark-extension-gfm';",
        'src/core/c.ts': "import { toMarkdown } from 'mdast-util-to-markdown';",
      },
      /mdast and micromark is imported by 3/,
    ],
    [{ 'src/protocol/a.ts': "import { x } from '../engine/x.ts';" }, /protocol knows core types only/],
    [{ 'src/protocol/a.ts': 'export function f() {}' }, /has logic: export function f/],
    [{ 'src/protocol/a.ts': 'export const f = () => 1;' }, /has logic/],
    [{ 'src/protocol/a.ts': 'export class A {}' }, /has logic/],
    [{ 'src/protocol/a.ts': "import { x } from './b.ts';" }, /has logic: import/],
  ];
  for (const [files, expected] of cases)
    assert.match(violations(new Map(Object.entries(files))).join('\n'), expected, JSON.stringify(files));
});

test('the check lets through what the rules allow', () => {
  const files = {
    'src/extension.ts': "import * as vscode from 'vscode';",
    'src/host/a.ts':
      "import { window } from 'vscode';\nimport type { X } from '../protocol/engine.ts';\nimport type { Y } from '../core/yaml.ts';",
    'src/core/a.ts':
      "import { sha256 } from '@noble/hashes/sha2';\nimport { x } from './b.ts';\n// import fs from 'node:fs'\nconst s = \"import x from 'node:fs'\";",
    'src/core/yaml.ts': "import { parse } from 'yaml';",
    'src/core/b.ts': "import { parse } from 'yaml';",
    'src/engine/a.ts': "import 'node:fs';\nimport '../core/a.ts';\nimport 'onnxruntime-node';",
    'src/protocol/a.ts':
      "import type { X } from '../core/x.ts';\nexport interface A { call(x: X): Promise<void>; }\nexport type B = () => void;\nexport const VERSION = 1;",
    'src/protocol/rpc.ts': 'export function call() {}',
  };
  assert.deepEqual(violations(new Map(Object.entries(files))), []);
});
