// The user interface in English and Chinese: nothing untranslated, nothing left over, every placeholder in both.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import ts from 'typescript';
import { engineTexts } from './engineForms.ts';

const root = new URL('../../', import.meta.url);
const json = (file: string): Record<string, string> => JSON.parse(readFileSync(new URL(file, root), 'utf8'));

/** The first arguments of `vscode.l10n.t` in the host's sources. */
function messages(): Set<string> {
  const found = new Set<string>();
  for (const name of readdirSync(new URL('src/host', root), { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    const text = readFileSync(new URL(`src/host/${name.replaceAll('\\', '/')}`, root), 'utf8');
    const tree = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && node.expression.getText(tree) === 'vscode.l10n.t') {
        const [message] = node.arguments;
        // The one place where the text is looked up in a list, which is read below.
        if (name === 'engineTexts.ts') return;
        assert.ok(message && ts.isStringLiteralLike(message), `${name}: l10n.t needs its text written out`);
        found.add(message.text);
      }
      ts.forEachChild(node, visit);
    };
    visit(tree);
  }
  for (const text of engineTexts()) found.add(text);
  return found;
}

const placeholders = (text: string): string[] => [...new Set(text.match(/\{\d+\}/g))].sort();

test('every message of the host has a Chinese text with the same placeholders', () => {
  const bundle = json('l10n/bundle.l10n.zh-cn.json');
  const used = messages();
  assert.deepEqual(
    [...used].filter((message) => bundle[message] === undefined),
    [],
  );
  assert.deepEqual(
    Object.keys(bundle).filter((message) => !used.has(message)),
    [],
  );
  for (const [message, text] of Object.entries(bundle))
    assert.deepEqual(placeholders(text), placeholders(message), message);
});

test('every text of the manifest is there in both languages', () => {
  const manifest = readFileSync(new URL('package.json', root), 'utf8');
  const keys = new Set([...manifest.matchAll(/"%([\w.]+)%"/g)].map((match) => match[1]!));
  assert.ok(keys.size > 40);
  for (const file of ['package.nls.json', 'package.nls.zh-cn.json']) {
    assert.deepEqual(Object.keys(json(file)).sort(), [...keys].sort(), file);
  }
});

test('every command of the manifest is registered, and the other way round', () => {
  const manifest = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
    contributes: { commands: { command: string }[] };
  };
  const registered = new Set<string>();
  for (const name of readdirSync(new URL('src/host', root), { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    const text = readFileSync(new URL(`src/host/${name.replaceAll('\\', '/')}`, root), 'utf8');
    for (const match of text.matchAll(/register(?:Folder)?Command\(services, '(\w+)'/g))
      registered.add(`kbRecall.${match[1]}`);
  }
  assert.deepEqual([...registered].sort(), manifest.contributes.commands.map(({ command }) => command).sort());
});

test('the forms of what the engine says are still in its sources', () => {
  let sources = '';
  for (const folder of ['src/core', 'src/engine']) {
    for (const name of readdirSync(new URL(folder, root), { recursive: true, encoding: 'utf8' })) {
      if (name.endsWith('.ts'))
        sources += readFileSync(new URL(`${folder}/${name.replaceAll('\\', '/')}`, root), 'utf8');
    }
  }
  const texts = engineTexts();
  assert.ok(texts.length > 40);
  for (const text of texts) {
    const longest = text.split(/\{\d+\}/).sort((a, b) => b.length - a.length)[0]!;
    // A sentence may be made of parts, so that only its longest run of words must stand somewhere.
    const words = longest
      .trim()
      .split(/(?<=,) |(?<=") |(?= but )/)
      .sort((a, b) => b.length - a.length)[0]!;
    assert.ok(sources.includes(words.trim()), `"${words}" of "${text}"`);
  }
});
