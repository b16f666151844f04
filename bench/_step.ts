import { buildBert, bertWeightShapes, type BertConfig } from '/work/main/src/engine/graphs/bert.ts';
import { makeParameters } from '/work/main/src/engine/training/parameters.ts';
import { TrainingStep } from '/work/main/src/engine/training/step.ts';
import { seededRandom } from '/work/main/src/core/random.ts';
import { AdamW } from '/work/main/src/engine/training/adamw.ts';
const [L, D, H, F, V, B, SQ, SP] = process.argv.slice(2).map(Number);
const config: BertConfig = { hidden: D, layers: L, heads: H, feedForward: F, vocabulary: V, positions: 512, tokenTypes: 2, layerNormEpsilon: 1e-12, activation: 'gelu', positionsFromMask: false, padId: 0 };
const r = seededRandom(1);
const w = new Map([...bertWeightShapes(config)].map(([n, dims]) => { const d = new Float32Array(dims.reduce((a, b) => a * b, 1)); if (n.includes('LayerNorm.weight')) d.fill(1); else if (!n.includes('bias')) for (let i = 0; i < d.length; i++) d[i] = (r.next() - .5) * .07; return [n, { dims, data: d }] as [string, {dims: number[], data: Float32Array}]; }));
const parameters = makeParameters(w);
const graph = buildBert(config);
const names = new Set(w.keys());
const seq = (n: number) => Int32Array.from({ length: n }, () => 5 + r.below(V - 5));
const batch = () => { const targets = new Float32Array(B * B); for (let i = 0; i < B; i++) targets[i * B + i] = 1; return { queries: Array.from({ length: B }, () => seq(SQ)), passages: Array.from({ length: B }, () => seq(SP)), targets, bias: new Float32Array(B * B) }; };
for (const mode of ['direct', 'cached'] as const) {
  const step = new TrainingStep({ graph, weights: names, trainable: names, dimension: D }, parameters, { pooling: 'mean', padId: 0, temperature: .05, mode, tokenBudget: Number(process.env.BUDGET ?? 16384) });
  const opt = new AdamW(parameters);
  const b0 = batch();
  for (let i = 0; i < 5; i++) { const t = performance.now(); const c = process.cpuUsage(); const loss = await step.run(b0); const t2 = performance.now(); const u = process.cpuUsage(c); const norm = opt.step(step.gradients, () => 1e-9); console.log(mode, loss.toFixed(5), norm.toFixed(5), (t2 - t).toFixed(0), 'ms cpu', ((u.user)/1e3).toFixed(0), ((u.system)/1e3).toFixed(0), 'opt', (performance.now() - t2).toFixed(0)); }
}
