// Alternatives and grades over the embedded model: one alternative recalls a question, and grades move nDCG alone.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EngineService } from '../../src/engine/service.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'kb-answers-'));
after(() => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
const engine = new EngineService();

const KB = [
  {
    file: 'refunds.md',
    text: '# Card payments\n\nMoney paid by card is refunded to the same card within five days.\n\n# Gift cards\n\nA gift card is never paid out in cash.\n',
  },
  { file: '退款.md', text: '# 银行卡退款\n\n用银行卡支付的款项会在五天内原路退回。\n' },
  { file: 'garden.md', text: '# Watering\n\nTomatoes want water in the morning, never on their leaves.\n' },
  { file: 'bikes.md', text: '# Chain\n\nOil the chain of the bicycle every two hundred kilometres.\n' },
];

async function evaluate(answers: unknown[]) {
  const row = { question: 'When is money paid by card refunded?', answers, split: 'test' };
  const questions = { file: 'a.questions.jsonl', text: JSON.stringify(row) };
  const { report } = await engine.evaluate({
    base: { folder: 'kb', documents: [...KB, questions], unreadable: [], indexFolder: join(home, 'indexes', 'kb') },
    model: 'kb-recall-small',
    modelsFolder: join(home, 'models'),
    embeddedFolder: join(ROOT, 'models'),
    ks: [1, 5],
    seed: 0,
  });
  return { ranks: report.outcomes[0]!.answerRanks, failures: report.failures, figures: report.slices.test.metrics };
}

test('of alternatives the best placed one counts, of all wanted answers each', async () => {
  const all = await evaluate(['refunds.md#card-payments', 'garden.md#watering']);
  const any = await evaluate([{ any: ['refunds.md#card-payments', 'garden.md#watering'] }]);
  assert.equal(all.ranks[0], 1);
  assert.ok(all.ranks[1]! > 1, `${all.ranks}`);
  assert.deepEqual(any.ranks, [1]);
  assert.equal(all.figures['recall@1']!.value, 0.5);
  assert.equal(any.figures['recall@1']!.value, 1);
});

test('grades move nDCG and nothing else', async () => {
  const answers = ['refunds.md#card-payments', 'garden.md#watering'];
  const plain = await evaluate(answers);
  const graded = await evaluate([answers[0], { answer: answers[1], relevance: 3 }]);
  const { 'ndcg@10': before, ...others } = plain.figures;
  const { 'ndcg@10': after, ...same } = graded.figures;
  assert.deepEqual(same, others);
  assert.ok(after!.value < before!.value - 0.05, `${after!.value} after ${before!.value}`);
});
