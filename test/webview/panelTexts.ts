// The panel's words as the host would send them, out of the sources that the host has them from: its module needs VS Code.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import ts from 'typescript';

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

/** By name; in English, or in the language of a bundle under l10n/. */
export function panelTexts(language?: string): Record<string, string> {
  const bundle: Record<string, string> = language ? JSON.parse(read(`l10n/bundle.l10n.${language}.json`)) : {};
  const tree = ts.createSourceFile('texts.ts', read('src/host/panel/texts.ts'), ts.ScriptTarget.Latest, true);
  const texts: Record<string, string> = {};
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && ts.isCallExpression(node.initializer)) {
      const [message] = node.initializer.arguments;
      assert.ok(message && ts.isStringLiteralLike(message) && !ts.isComputedPropertyName(node.name));
      const text = language ? bundle[message.text] : message.text;
      assert.ok(text, `${message.text} in ${language}`);
      texts[node.name.text] = text;
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  assert.ok(Object.keys(texts).length > 0);
  return texts;
}
