// Activation time, the longest block of the extension host while a large knowledge base is indexed, and the time from a save to right
// diagnostics, in a real VS Code: npx tsx bench/host_block.ts --kb FOLDER [--runs 5] [--profile FILE.cpuprofile]. The folder is copied, so
// it stays as it is; the profile is one of the extension host over the whole run, and its longest stretches of work are printed.
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { addExtension } from '../test/e2e/support/extension.ts';
import { Studio } from '../test/e2e/support/scenario.ts';
import { until } from '../test/e2e/support/waiting.ts';

/** A pause above this is one of the machine's. */
const SUSPENDED_MS = 10_000;

const { values } = parseArgs({
  options: { kb: { type: 'string' }, runs: { type: 'string', default: '5' }, profile: { type: 'string' } },
});
if (!values.kb) throw new Error('Name the knowledge base: --kb FOLDER');

/**
 * A second extension in the same host: it writes the longest delay of the event loop of each half second, which says how long anything
 * in that process blocked it, and the time at which diagnostics of a file last changed. Nothing of this is in the product.
 */
const METER = `
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { appendFileSync, existsSync, writeFileSync } = require('node:fs');
const vscode = require('vscode');
const { Session } = require('node:inspector/promises');
exports.activate = (context) => {
  const profiled = process.env.HOST_PROFILE;
  if (profiled) {
    const session = new Session();
    session.connect();
    const asked = async (method, params) => session.post('Profiler.' + method, params);
    asked('enable').then(() => asked('setSamplingInterval', { interval: 2000 })).then(() => asked('start'));
    const looked = setInterval(async () => {
      if (!existsSync(profiled + '.stop')) return;
      clearInterval(looked);
      writeFileSync(profiled, JSON.stringify((await asked('stop')).profile));
    }, 500);
  }
  const file = process.env.HOST_METER;
  const write = (record) => appendFileSync(file, JSON.stringify({ at: Date.now(), ...record }) + '\\n');
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const timer = setInterval(() => {
    write({ longest: delay.max / 1e6 });
    delay.reset();
  }, 500);
  context.subscriptions.push(
    { dispose: () => clearInterval(timer) },
    vscode.workspace.onDidSaveTextDocument((document) => write({ saved: document.uri.path })),
    vscode.languages.onDidChangeDiagnostics(({ uris }) => {
      for (const uri of uris) {
        const count = vscode.languages.getDiagnostics(uri).filter(({ source }) => source === 'KB Recall').length;
        write({ diagnostics: uri.path, count });
      }
    }),
  );
};
`;

interface MeterRecord {
  at: number;
  /** Milliseconds. */
  longest?: number;
  saved?: string;
  diagnostics?: string;
  count?: number;
}

const meterFolder = await mkdtemp(join(tmpdir(), 'kb-meter-'));
const meterFile = join(meterFolder, 'meter.jsonl');
await writeFile(meterFile, '');
const studio = await Studio.start({
  folders: [relative(new URL('..', import.meta.url).pathname, values.kb)],
  env: { HOST_METER: meterFile, ...(values.profile && { HOST_PROFILE: resolve(values.profile) }) },
  install: async (extensions) => {
    await addExtension(extensions);
    const folder = join(extensions, 'kb-recall.meter-0.0.1');
    await mkdir(folder);
    const manifest = {
      name: 'meter',
      publisher: 'kb-recall',
      version: '0.0.1',
      engines: { vscode: '^1.100.0' },
      main: 'meter.js',
      activationEvents: ['*'],
    };
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    await writeFile(join(folder, 'meter.js'), METER);
  },
});
try {
  await studio.evidence('host_block', measure);
} finally {
  await studio.stop();
  await rm(meterFolder, { recursive: true });
}

async function measure(): Promise<void> {
  const { editor, views } = studio;
  const activated = await until('the activation', () => /Activated in ([\d.]+) ms/.exec(studio.logs()), {
    within: 60_000,
  });
  console.log(`activate(): ${activated[1]} ms`);
  const indexing = Date.now();
  await editor.run('KB Recall: Index Workspace');
  await views.notification(/snippets in .* windows/, { within: 570_000 });
  const indexed = Date.now();
  console.log(
    `Index Workspace: ${((indexed - indexing) / 1000).toFixed(1)} s, ${(await views.notifications()).join(' ')}`,
  );
  await report('host blocked at start, by all extensions', 0, indexing);
  await report('host blocked while indexing', indexing, indexed);

  const evaluating = Date.now();
  await editor.run('KB Recall: Evaluate Questions');
  await views.notification(/questions miss an answer/, { within: 300_000 });
  console.log(`Evaluate Questions: ${((Date.now() - evaluating) / 1000).toFixed(1)} s`);
  await report('host blocked while evaluating', evaluating, Date.now());

  await saves();
  if (values.profile) await longestStretches(resolve(values.profile));
}

interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number }; children?: number[] }[];
  samples: number[];
  timeDeltas: number[];
}

/** Has the meter write its profile, and prints the longest stretches without an idle sample, with the functions that most of each passed in. */
async function longestStretches(file: string): Promise<void> {
  await writeFile(`${file}.stop`, '');
  const profile = await until('the profile', async () => {
    try {
      return JSON.parse(await readFile(file, 'utf8')) as CpuProfile;
    } catch {
      return undefined;
    }
  });
  await rm(`${file}.stop`);
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map(profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const names = new Map<number, string[]>();
  const stackOf = (id: number): string[] => {
    const known = names.get(id);
    if (known) return known;
    const { functionName, url, lineNumber } = nodes.get(id)!.callFrame;
    const parent = parents.get(id);
    const stack = [
      ...(parent === undefined ? [] : stackOf(parent)),
      `${functionName || '(anonymous)'} ${url.split('/').at(-1)}:${lineNumber + 1}`,
    ];
    names.set(id, stack);
    return stack;
  };
  const stretches: { ms: number; at: number; inside: Map<string, number> }[] = [];
  let current: (typeof stretches)[number] | undefined;
  let at = 0;
  profile.samples.forEach((id, i) => {
    const ms = profile.timeDeltas[i]! / 1000;
    at += ms;
    if (/^\((idle|program|root)\)/.test(nodes.get(id)!.callFrame.functionName)) {
      current = undefined;
      return;
    }
    if (!current) {
      current = { ms: 0, at, inside: new Map() };
      stretches.push(current);
    }
    current.ms += ms;
    for (const name of new Set(stackOf(id))) current.inside.set(name, (current.inside.get(name) ?? 0) + ms);
  });
  stretches.sort((a, b) => b.ms - a.ms);
  for (const { ms, at: when, inside } of stretches.slice(0, 12)) {
    console.log(`${ms.toFixed(0)} ms of work at ${(when / 1000).toFixed(1)} s`);
    const top = [...inside].filter(([, part]) => part > ms / 4).sort((a, b) => b[1] - a[1]);
    for (const [name, part] of top.slice(0, 14)) console.log(`  ${part.toFixed(0).padStart(5)}  ${name}`);
  }
}

/** Changes an answered page so that its diagnostics must change, and times from the save event to the last change they make. */
async function saves(): Promise<void> {
  const { editor, folder } = studio;
  const questionFile = (await readdir(folder, { recursive: true })).find((file) => /\.questions\.jsonl$/.test(file));
  if (!questionFile) throw new Error('the knowledge base has no *.questions.jsonl');
  const times: number[] = [];
  const started = Date.now();
  for (let run = 0; run < Number(values.runs); run++) {
    // A dangling answer on, then off: each save adds or removes one finding of this file.
    const path = join(folder, questionFile);
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n').length;
    await editor.openFile(questionFile, { line: run % 2 === 0 ? lines + 1 : lines });
    const marker = JSON.stringify({
      question: `A question that nobody asks, number ${run}?`,
      answers: ['nowhere.md#at-all'],
    });
    const from = Date.now();
    if (run % 2 === 0) await editor.type(`${marker}\n`);
    else await editor.replaceLine('');
    await editor.press('Control+S');
    const time = await until('diagnostics after the save', async () => {
      const records = (await meter()).filter(({ at }) => at >= from);
      const saved = records.find((record) => record.saved?.endsWith('.questions.jsonl'));
      const shown = records.findLast((record) => record.diagnostics?.endsWith('.questions.jsonl'));
      // Two still intervals of the meter after the last change: it was the last.
      const still =
        shown && records.filter((record) => record.longest !== undefined && record.at > shown.at).length >= 2;
      return saved && still && { ms: shown.at - saved.at };
    });
    times.push(time.ms);
  }
  times.sort((a, b) => a - b);
  console.log(
    `save to last change of diagnostics: ${times.join(', ')} ms (negative: right before the save, from the unsaved text)`,
  );
  await report('host blocked while saving', started, Date.now());
}

async function report(what: string, from: number, to: number): Promise<void> {
  const longest = (await meter())
    .filter(({ at, longest }) => longest !== undefined && at >= from && at <= to + 500)
    .map((record) => record.longest!)
    // Virtual machines are suspended now and then; the whole machine stood still, not this process.
    .filter((ms) => ms < SUSPENDED_MS);
  longest.sort((a, b) => b - a);
  const over = longest.filter((ms) => ms > 50).length;
  console.log(
    `${what}: longest ${longest[0]?.toFixed(1) ?? '–'} ms, then ${longest
      .slice(1, 4)
      .map((ms) => ms.toFixed(1))
      .join(', ')}; ${over} of ${longest.length} half seconds above 50 ms`,
  );
}

async function meter(): Promise<MeterRecord[]> {
  const text = await readFile(meterFile, 'utf8');
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as MeterRecord];
    } catch {
      // The last line may be half written.
      return [];
    }
  });
}
