// The forms by which the extension translates what the engine says.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import ts from 'typescript';

const root = new URL('../../', import.meta.url);

/** The forms of what the engine says, from the source: the module itself needs VS Code. */
export function engineTexts(): string[] {
  const text = readFileSync(new URL('src/host/engineTexts.ts', root), 'utf8');
  const tree = ts.createSourceFile('x.ts', text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.name.getText(tree) === 'ENGINE_TEXTS' && node.initializer) {
      assert.ok(ts.isArrayLiteralExpression(node.initializer));
      for (const each of node.initializer.elements) if (ts.isStringLiteralLike(each)) found.push(each.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** True where one of the forms fits the sentence, so that it has a Chinese text. */
export function hasForm(sentence: string): boolean {
  const escaped = (part: string): string => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return engineTexts().some((text) =>
    new RegExp(
      `^${text
        .split(/\{\d+\}/)
        .map(escaped)
        .join('[\\s\\S]*?')}$`,
    ).test(sentence),
  );
}
