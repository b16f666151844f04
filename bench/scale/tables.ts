// The results as Markdown tables.
import type { Results, SizeFigures } from './index.ts';
import { extrapolate, secondsText } from './plot.ts';

const MILLION = 1_000_000;

/** Tables for bench/README.md. */
export function tables(results: Results): string {
  const { date, machine, threads, clock } = results;
  const times = clock === 'wall' ? 'times by the clock' : 'processor time';
  const out = [`Measured ${date} UTC on ${machine}; ${threads} threads, ${times}.`, ''];
  for (const base of new Set(results.sizes.map((each) => each.base))) {
    const own = results.sizes.filter((each) => each.base === base);
    out.push(...costTable(base, own), '');
  }
  if (results.embed.length > 0) out.push(...embedTable(results), '');
  return out.join('\n');
}

function costTable(base: string, sizes: SizeFigures[]): string[] {
  const row = (
    name: string,
    value: (each: SizeFigures) => number | undefined,
    text: (value: number) => string,
  ): string => {
    const values = sizes.map(value);
    if (values.every((each) => each === undefined)) return '';
    const points = sizes.flatMap(({ snippets }, i) =>
      values[i] === undefined ? [] : { size: snippets, cost: values[i]! },
    );
    const million = points.length > 1 ? text(extrapolate({ name, points }, MILLION)) : '';
    return `| ${name} | ${values.map((each) => (each === undefined ? '' : text(each))).join(' | ')} | ${million} |`;
  };
  const seconds = (name: string, value: (each: SizeFigures) => number | undefined): string =>
    row(name, value, secondsText);
  const milliseconds = (name: string, value: (each: SizeFigures) => number | undefined): string =>
    row(
      name,
      (each) => {
        const v = value(each);
        return v === undefined ? undefined : v / 1000;
      },
      secondsText,
    );
  const megabytes = (name: string, value: (each: SizeFigures) => number | undefined): string =>
    row(name, value, (bytes) => `${(bytes / 1e6).toFixed(0)} MB`);
  const count = (name: string, value: (each: SizeFigures) => number | undefined): string =>
    row(name, value, (number) => Math.round(number).toLocaleString('en'));
  const ratio = (name: string, value: (each: SizeFigures) => number | undefined): string =>
    row(name, value, (number) => `${number.toFixed(2)}x`).replace(/\| [^|]* \|$/, '| |');
  return [
    `| ${base} | ${sizes.map(({ snippets }) => snippets.toLocaleString('en')).join(' | ')} | 1,000,000 (extrapolated) |`,
    `| --- |${' --- |'.repeat(sizes.length + 1)}`,
    count('windows', ({ commands }) => commands?.windows),
    seconds('`index`, first time', ({ commands }) => commands?.firstIndex),
    seconds('`index`, nothing changed', ({ commands }) => commands?.unchanged),
    seconds('`index`, one page edited', ({ commands }) => commands?.onePage),
    seconds('`index`, 1,000 pages edited (or all)', ({ commands }) => commands?.manyPages),
    seconds('`evaluate`', ({ commands }) => commands?.evaluate),
    megabytes('peak memory, first index', ({ commands }) => commands?.peakFirstIndex),
    megabytes('peak memory, evaluate', ({ commands }) => commands?.peakEvaluate),
    megabytes('index on disk', ({ commands }) => commands?.indexBytes),
    milliseconds('reading the index', ({ commands }) => commands?.load),
    milliseconds('editor: open, index known', ({ edit }) => edit?.open),
    milliseconds('editor: edit until ranking', ({ edit }) => edit?.toRanking),
    milliseconds('editor: edit until outcomes', ({ edit }) => edit?.toOutcomes),
    milliseconds('editor: edit until figures', ({ edit }) => edit?.toFigures),
    megabytes('editor: peak memory of the engine', ({ edit }) => edit?.peakBytes),
    seconds('rank 600 questions, ours', ({ rank }) => rank?.ours),
    seconds('rank 600 questions, FAISS flat', ({ rank }) => rank?.faiss),
    ratio('ours / FAISS', ({ rank }) => rank?.faiss && rank.ours / rank.faiss),
    seconds('rank 600 questions, vectra one by one', ({ rank }) => rank?.vectra),
    ratio('vectra / ours', ({ rank }) => rank && rank.vectra / rank.ours),
  ].filter(Boolean);
}

function embedTable({ embed }: Results): string[] {
  const number = (value: number | undefined, digits: number): string => value?.toFixed(digits) ?? '';
  return [
    '| passages a second | tokens, median | ours | torch | onnx | ours / torch | ours / onnx | least cosine with torch |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...embed.map(({ base, model, tokens, ours, torch, onnx, leastCosine }) =>
      [
        '',
        ` ${model}, ${base} `,
        ` ${tokens} `,
        ...[ours, torch, onnx].map((value) => ` ${number(value, 1)} `),
        ...[torch, onnx].map((peer) => (peer ? ` ${(ours / peer).toFixed(2)}x ` : ' ')),
        ` ${number(leastCosine, 6)} `,
        '',
      ].join('|'),
    ),
    '',
    [...new Set(embed.flatMap(({ versions }) => versions || []))].map((each) => `Peers: ${each}.`).join('\n'),
  ];
}
