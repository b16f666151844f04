// Embedding real passages: this engine and sentence-transformers on the same model folder and the same texts, by turns.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeModel } from '../../src/autodiff/proto.ts';
import { Embedder } from '../../src/engine/embedder.ts';
import { resolveModel } from '../../src/engine/hub.ts';
import { openModelFolder } from '../../src/engine/modelFolder.ts';
import { inferenceGraph } from '../../src/engine/modelStore.ts';
import { loadWeights } from '../../src/engine/modelWeights.ts';
import { type Clock, median, now, Peer, partSettings } from './process.ts';

/** Texts each second; tokenising is part of it. */
export interface EmbedFigures {
  model: string;
  texts: number;
  /** Tokens of the middle text. */
  tokens: number;
  ours: number;
  torch?: number;
  onnx?: number;
  /** Least and mean cosine of our vectors with those of the torch backend. */
  leastCosine?: number;
  meanCosine?: number;
  /** What the peers are. */
  versions?: string;
}

/** What it is started with. */
export interface EmbedSettings {
  /** Name of the embedded model, or a folder. */
  model: string;
  embeddedFolder: string;
  modelsFolder: string;
  /** JSON list of texts. */
  texts: string;
  rounds: number;
  threads: number;
  clock: Clock;
  python?: string;
}

const settings = partSettings<EmbedSettings>();
const { rounds, threads, clock, python } = settings;
const texts: string[] = JSON.parse(readFileSync(settings.texts, 'utf8'));
const path = await resolveModel(settings.model, settings);
const folder = await openModelFolder(path);
const embedder = await Embedder.open(folder, { threads });
const { dimension } = folder.profile;
const scratch = mkdtempSync(join(tmpdir(), 'kb-scale-embed-'));
const peers = new Map<'torch' | 'onnx', Peer>();
const versions: string[] = [];
try {
  if (python !== undefined)
    for (const backend of ['torch', 'onnx'] as const) {
      const onnx = backend === 'onnx' ? ['--onnx', await exported()] : [];
      const peer = new Peer(python, 'embed_peer.py', [path, ...onnx, '--threads', String(threads)]);
      const prefix = folder.profile.passagePrefix;
      const { version } = await peer.ask<{ version: string }>({ texts: texts.map((text) => prefix + text) });
      peers.set(backend, peer);
      versions.push(version);
    }
  const times = { ours: [] as number[], torch: [] as number[], onnx: [] as number[] };
  let own = new Float32Array(0);
  // The first round is for warming up.
  for (let round = 0; round <= rounds; round++) {
    const started = now(clock);
    own = (await embedder.embed(texts, 'passage')) as Float32Array<ArrayBuffer>;
    const seconds = now(clock) - started;
    if (round > 0) times.ours.push(seconds);
    for (const [backend, peer] of peers) {
      const answer = await peer.ask<Record<Clock, number>>({ embed: join(scratch, `${backend}.f32`) });
      if (round > 0) times[backend].push(answer[clock]);
    }
  }
  const speed = (seconds: number[]): number | undefined =>
    seconds.length > 0 ? texts.length / median(seconds) : undefined;
  const figures: EmbedFigures = {
    model: folder.id,
    texts: texts.length,
    tokens: median(texts.map((text) => embedder.tokens(text, 'passage').length)),
    ours: speed(times.ours)!,
    torch: speed(times.torch),
    onnx: speed(times.onnx),
    versions: versions.join(', '),
    ...(peers.has('torch') &&
      cosines(own, new Float32Array(new Uint8Array(readFileSync(join(scratch, 'torch.f32'))).buffer))),
  };
  console.log(JSON.stringify(figures));
} finally {
  for (const peer of peers.values()) peer.stop();
  rmSync(scratch, { recursive: true });
  await embedder.close();
}

/** The model's encoder as a file of standard operators. */
async function exported(): Promise<string> {
  const file = join(scratch, 'model.onnx');
  writeFileSync(file, encodeModel(inferenceGraph(await loadWeights(folder))));
  return file;
}

/** Of vectors of length 1, row by row. */
function cosines(a: Float32Array, b: Float32Array): { leastCosine: number; meanCosine: number } {
  let least = 1;
  let sum = 0;
  const rows = a.length / dimension;
  for (let row = 0; row < rows; row++) {
    let product = 0;
    for (let i = row * dimension; i < (row + 1) * dimension; i++) product += a[i]! * b[i]!;
    least = Math.min(least, product);
    sum += product;
  }
  return { leastCosine: least, meanCosine: sum / rows };
}
