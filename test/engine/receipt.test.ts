// Indexing again with nothing changed takes the short way and answers as the long way does; whatever changed takes the long way.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { SourceDocument } from '../../src/core/document.ts';
import { unreadable } from '../../src/core/files.ts';
import type { Finding } from '../../src/core/finding.ts';
import { EngineService } from '../../src/engine/service.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'kb-receipt-'));
after(() => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
const engine = new EngineService();

const KB: SourceDocument[] = [
  { file: 'leave.md', text: '# Annual leave\n\nThirty days a year.\n\n# Part time\n\nLeave is counted in hours.\n' },
  { file: '报销.md', text: '# 差旅报销\n\n出差结束后十天内提交发票。\n' },
  { file: 'q.questions.jsonl', text: '{"question": "How much leave is there?", "answers": ["leave.md#gone"]}\n' },
];

/** The answer, and whether anything was taken apart or embedded for it. */
async function index(folder: string, documents: SourceDocument[], findings: Finding[] = []) {
  const stages = new Set<string>();
  const answer = await engine.index(
    {
      base: { folder: 'kb', documents, unreadable: findings, indexFolder: join(home, folder) },
      model: 'kb-recall-small',
      modelsFolder: join(home, 'models'),
      embeddedFolder: join(ROOT, 'models'),
    },
    { onProgress: ({ stage }) => stages.add(stage) },
  );
  return { answer, short: !stages.has('split') };
}

/** Path of the first file of that ending in the only index of the folder. */
function fileOf(folder: string, ending: string): string {
  const [name] = readdirSync(join(home, folder), { recursive: true, encoding: 'utf8' }).filter((each) =>
    each.endsWith(ending),
  );
  return join(home, folder, name!);
}

test('nothing changed: the short way, with the answer of the long one', async () => {
  const first = await index('same', KB);
  assert.deepEqual([first.short, first.answer.embedded, first.answer.windows], [false, 3, 3]);
  const short = await index('same', KB);
  assert.equal(short.short, true);
  rmSync(fileOf('same', 'receipt.json'));
  const long = await index('same', KB);
  assert.equal(long.short, false);
  assert.deepEqual(short.answer, long.answer);
  assert.ok(short.answer.findings.length > 0, 'an answer leads nowhere');
});

test('a letter, a name, a page more or a finding takes the long way', async () => {
  await index('changed', KB);
  const [leave, ...others] = KB as [SourceDocument, ...SourceDocument[]];
  const edits: [string, SourceDocument[], Finding[], number][] = [
    ['letter', [{ ...leave, text: leave.text.replace('Thirty', 'Twenty') }, ...others], [], 1],
    ['name', [{ ...leave, file: 'holiday.md' }, ...others], [], 1],
    ['page', [...KB, { file: 'pets.md', text: '# Dogs\n\nDogs are welcome on Fridays.\n' }], [], 1],
    ['finding', KB, [unreadable('locked.md', 'permission denied')], 0],
  ];
  for (const [what, documents, findings, most] of edits) {
    const { short, answer } = await index('changed', documents, findings);
    assert.equal(short, false, what);
    assert.ok(answer.embedded <= most, `${what}: ${answer.embedded} embedded`);
    const again = await index('changed', documents, findings);
    assert.equal(again.short, true, what);
    assert.deepEqual([again.answer.indexHash, again.answer.findings], [answer.indexHash, answer.findings], what);
  }
});

test('a damaged segment is not taken for whole', async () => {
  await index('damaged', KB);
  const segment = fileOf('damaged', '.bin');
  const bytes = readFileSync(segment);
  bytes[bytes.length - 2]! ^= 0xff;
  writeFileSync(segment, bytes);
  const { short, answer } = await index('damaged', KB);
  assert.deepEqual([short, answer.embedded], [false, 3]);
  assert.match(answer.notice ?? '', /damaged/);
});

test('a damaged receipt is left aside', async () => {
  await index('receipt', KB);
  const receipt = fileOf('receipt', 'receipt.json');
  writeFileSync(receipt, readFileSync(receipt, 'utf8').slice(0, 100));
  const { short, answer } = await index('receipt', KB);
  assert.deepEqual([short, answer.embedded], [false, 0]);
});
