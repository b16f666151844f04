// Trainings with nothing, too little or odd things to learn from: refused by name before anything is computed, or carried out whole.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../src/core/errors.ts';
import { EngineService } from '../../src/engine/service.ts';
import type { TrainParams } from '../../src/protocol/engine.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'kb-bad-'));
const modelsFolder = join(home, 'models');
const indexFolder = join(home, 'index');
after(() => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));

const engine = new EngineService();

/** Sections of a care page, by heading. */
const SECTIONS: Record<string, string> = {
  'Returning a tent':
    'A tent can be returned within thirty days, dry and in its bag. Pitched tents are taken back as used goods.',
  'Repairing a zip': 'Worn zips are replaced in the workshop for a fixed price. Send the whole jacket, washed.',
  'Stove fuel': 'The stove burns petrol and gas. Clean the nozzle before you change from one to the other.',
  Invoices: 'Invoices are kept for ten years and can be downloaded as a PDF from your account.',
  'Opening hours': 'The shop is open from nine to six on weekdays and until four on Saturdays.',
  退款: '退款将在五个工作日内退回原支付卡。礼品卡只能换货，不能退款。',
};
const slug = (heading: string): string => heading.toLowerCase().replaceAll(' ', '-');

function params(questions: [question: string, heading: string][], sections = SECTIONS): TrainParams {
  const page = Object.entries(sections).map(([heading, text]) => `## ${heading}\n\n${text}\n`);
  const rows = questions.map(([question, heading]) =>
    JSON.stringify({ question, answers: [`care.md#${slug(heading)}`], split: 'train' }),
  );
  const documents = [
    { file: 'care.md', text: page.join('\n') },
    { file: 'care.questions.jsonl', text: rows.join('\n') },
  ];
  return {
    base: { folder: 'care', documents, unreadable: [], indexFolder },
    model: 'kb-recall-small',
    modelsFolder,
    embeddedFolder: join(ROOT, 'models'),
    epochs: 1,
    threads: 1,
  };
}

/** The error of a training, which must be one for the author, and must come before the model is read. */
async function refusal(given: TrainParams): Promise<UserError> {
  const error: unknown = await engine.train(given).catch((reason: unknown) => reason);
  assert.ok(error instanceof UserError, `${error}`);
  // Pages are kept as they were taken apart, whatever comes of it.
  const kept = existsSync(indexFolder) ? readdirSync(indexFolder).filter((name) => name !== 'pages') : [];
  assert.deepEqual(kept, [], 'no index');
  assert.deepEqual(
    existsSync(modelsFolder) ? readdirSync(modelsFolder).filter((name) => !name.startsWith('.')) : [],
    [],
  );
  return error;
}

test('no question at all', async () => {
  assert.equal((await refusal(params([]))).code, 'no-questions');
});

test('a single question', async () => {
  const error = await refusal(params([['May I bring a tent back?', 'Returning a tent']]));
  assert.equal(error.code, 'too-few-questions');
  assert.match(error.message, /training questions: 1, snippets they are about: 1\.$/);
});

test('many questions about a single snippet', async () => {
  const wordings = [
    'May I bring a tent back?',
    'How long can I keep a tent?',
    'Tent is wet, what now?',
    'Money for my tent?',
  ];
  const error = await refusal(params(wordings.map((wording) => [wording, 'Returning a tent'])));
  assert.equal(error.code, 'too-few-questions');
  assert.match(error.message, /training questions: 4, snippets they are about: 1\.$/);
});

test('questions that are their snippets word for word, and a snippet of 10,000 tokens, are trained on', async () => {
  const long = Array.from({ length: 850 }, (_, i) => `Rule ${i} of the fair allows stand ${i * 7}.`).join(' ');
  const copies = Object.entries(SECTIONS).map(([heading, text]): [string, string] => [text, heading]);
  const given = params([...copies, ['Which stand does rule 849 allow?', 'Fair']], { ...SECTIONS, Fair: long });
  const losses: number[] = [];
  const answer = await engine.train(given, {
    onProgress: ({ stage, detail }) => {
      if (stage === 'train' && typeof detail?.loss === 'number') losses.push(detail.loss);
    },
  });
  assert.ok(answer.index.windows > 20, `${answer.index.windows} windows`);
  assert.ok(answer.steps > 0 && losses.length > 0);
  assert.ok(losses.every(Number.isFinite), losses.join());
  assert.equal(answer.trainQuestions + answer.developmentQuestions, copies.length + 1);
});
