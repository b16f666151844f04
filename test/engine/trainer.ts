// Trains the embedded model on the desk of the fixtures in a process of its own, to be killed: node --import tsx trainer.ts HOME EPOCHS.
// Prints a line for each step, and in the end one with what the run came to.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readWorkspace } from '../../src/cli/files.ts';
import { EngineService } from '../../src/engine/service.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const [home, epochs] = process.argv.slice(2) as [string, string];
const { documents, findings } = await readWorkspace(join(ROOT, 'test/fixtures/desk'), {});
const answer = await new EngineService().train(
  {
    base: { folder: 'desk', documents, unreadable: findings, indexFolder: join(home, 'indexes', 'desk') },
    model: 'kb-recall-small',
    modelsFolder: join(home, 'models'),
    embeddedFolder: join(ROOT, 'models'),
    epochs: Number(epochs),
    seed: 3,
    keepsCandidate: true,
    checkpointSeconds: 0,
  },
  {
    onProgress: ({ stage, done, detail }) => {
      if (stage === 'train' && detail?.epochEnd === undefined) process.stdout.write(`step ${done}\n`);
    },
  },
);
const { history, steps, modelId, candidateId, notices, bestEpoch } = answer;
const curve = history.map(({ epoch, loss, development }) => ({ epoch, loss, development }));
process.stdout.write(
  `${JSON.stringify({ steps, bestEpoch, curve, model: modelId ?? candidateId ?? null, notices })}\n`,
);
