// One model folder from elsewhere: seconds to open it, to embed a few texts, and of one training step, with its loss and gradients.
//   node --import tsx bench/foreign_model.ts FOLDER [--gradients FILE.safetensors] [--threads N]
// Prints JSON; with --gradients the token ids come with it, and test/reference/true_shapes.py compares both with PyTorch's.
import { parseArgs } from 'node:util';
import { Embedder } from '../src/engine/embedder.ts';
import { loadModelTokenizer, openModelFolder } from '../src/engine/modelFolder.ts';
import { loadWeights } from '../src/engine/modelWeights.ts';
import { writeSafetensors } from '../src/engine/safetensors.ts';
import { makeParameters } from '../src/engine/training/parameters.ts';
import { TrainingStep } from '../src/engine/training/step.ts';
import { requireTrainable } from '../src/engine/training/trainable.ts';

const PAIRS: [question: string, passage: string][] = [
  ['How do I reset my password?', 'Open Settings and choose Reset password. The link is valid for thirty minutes.'],
  ['When are refunds paid?', 'Refunds are paid within five working days to the card used for the order.'],
  ['如何重置我的密码？', '打开设置，选择“重置密码”。链接在三十分钟内有效。'],
  ['退款何时退回？', '退款将在五个工作日内退回原支付卡。'],
];
const TEMPERATURE = 0.05;

async function main(): Promise<void> {
  const options = { gradients: { type: 'string' }, threads: { type: 'string' } } as const;
  const { positionals, values } = parseArgs({ allowPositionals: true, options });
  const threads = values.threads === undefined ? undefined : Number(values.threads);
  let last = performance.now();
  const lap = (): number => {
    const seconds = (performance.now() - last) / 1000;
    last = performance.now();
    return Number(seconds.toFixed(2));
  };
  const folder = await openModelFolder(positionals[0]!);
  const model = await loadWeights(folder);
  const tokenizer = await loadModelTokenizer(folder);
  await requireTrainable(folder, model);
  const read = lap();
  const embedder = await Embedder.of(model, folder.profile, tokenizer, { threads });
  const session = lap();
  const queries = PAIRS.map(([question]) => embedder.tokens(question, 'query'));
  const passages = PAIRS.map(([, passage]) => embedder.tokens(passage, 'passage'));
  await embedder.embedTokens([...queries, ...passages]);
  const embed = lap();
  const { pooling, dimension } = folder.profile;
  await embedder.close();
  const parameters = makeParameters(model.weights);
  const names = new Set(parameters.keys());
  const step = new TrainingStep({ graph: model.graph, weights: names, trainable: names, dimension }, parameters, {
    pooling,
    padId: tokenizer.padId,
    temperature: TEMPERATURE,
    threads,
  });
  const size = PAIRS.length ** 2;
  const targets = Float32Array.from({ length: size }, (_, i) => (i % (PAIRS.length + 1) === 0 ? 1 : 0));
  const batch = { queries, passages, targets, bias: new Float32Array(size) };
  const loss = await step.run(batch);
  const first = lap();
  await step.run(batch);
  const second = lap();
  if (values.gradients !== undefined) {
    const tensors = [...step.gradients.dense].map(([name, data]) => ({
      name,
      dtype: 'F32' as const,
      dims: parameters.get(name)!.dims,
      data,
    }));
    await writeSafetensors(values.gradients, tensors);
  }
  await step.close();
  const numbers = [...model.weights.values()].reduce((sum, { data }) => sum + data.length, 0);
  const seconds = { read, session, embed, firstStep: first, step: second };
  const tokens = { queries: queries.map((ids) => [...ids]), passages: passages.map((ids) => [...ids]) };
  const memory = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(
    JSON.stringify({
      model: folder.id,
      numbers,
      pooling,
      padId: tokenizer.padId,
      loss,
      seconds,
      peakMB: memory,
      ...tokens,
    }),
  );
}

await main();
