// Commands that the README writes for continuous integration are ones the command line understands.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseOptions } from '../../src/cli/options.ts';
import { ROOT } from './support.ts';

test('every kb-recall line in a fenced block of the README is parsed', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const blocks = readme.match(/^```(?:sh|yaml)\n[\s\S]*?^```/gm)!.join('\n');
  const lines = [...blocks.matchAll(/^[ \t]*(?:- )?(?:run: )?kb-recall (.+)$/gm)].map((match) => match[1]!);
  assert.ok(lines.length >= 5, lines.join('\n'));
  for (const line of lines) assert.doesNotThrow(() => parseOptions(line.split('#')[0]!.trim().split(/\s+/)), line);
});
