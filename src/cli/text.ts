// What the commands print for people.
import type { Cause } from '../core/causes/cause.ts';
import { causeCounts } from '../core/causes/count.ts';
import { causeTitle, mainCauseText } from '../core/causes/text.ts';
import type { Comparison, RankChange } from '../core/comparison.ts';
import { oneLine, points } from '../core/figureText.ts';
import type { Finding } from '../core/finding.ts';
import { type Forgetting, hasForgotten } from '../core/forgetting.ts';
import { powerOf, powerText } from '../core/power.ts';
import type { RecallFailure, RecallReport, SliceReport, UnmeasuredQuestion } from '../core/report.ts';
import type { Interval } from '../core/statistics.ts';
import type {
  CurveAnswer,
  EvaluateAnswer,
  ExportAnswer,
  IndexAnswer,
  ModelInfo,
  TrainAnswer,
} from '../protocol/engine.ts';

/** Lists longer than this are cut in text output; `--json` has everything. */
const LONGEST_LIST = 25;

/** The index in one or two sentences. */
export function indexText(answer: IndexAnswer): string {
  const { model, snippets, windows, embedded, removed, notice, warnings } = answer;
  const lines = warnings.map((warning) => `Note: ${warning}`);
  if (notice) lines.push(`Note: ${notice}`);
  lines.push(
    `${snippets} snippets in ${windows} windows, model ${model}: ${embedded} embedded, ${windows - embedded} unchanged, ${removed} removed.`,
  );
  return `${lines.join('\n')}\n`;
}

/** The findings, errors first. */
export function findingsText(findings: readonly Finding[]): string {
  if (findings.length === 0) return '';
  const order = { error: 0, warning: 1, information: 2 };
  const sorted = [...findings].sort((a, b) => order[a.severity] - order[b.severity]);
  const lines = sorted.map(
    ({ file, range, severity, message, suggestion }) =>
      `  ${file}:${range.start.line + 1}  ${severity}: ${message}${suggestion ? ` ${suggestion}` : ''}`,
  );
  return `\nFindings (${findings.length})\n${cut(lines).join('\n')}\n`;
}

function cut(lines: readonly string[]): string[] {
  if (lines.length <= LONGEST_LIST) return [...lines];
  return [...lines.slice(0, LONGEST_LIST), `  ... and ${lines.length - LONGEST_LIST} more (--json lists all)`];
}

const percent = (value: number): string => `${(value * 100).toFixed(1).padStart(5)} %`;
const interval = ({ value, low, high }: Interval): string =>
  `${percent(value)}  [${(low * 100).toFixed(1)}, ${(high * 100).toFixed(1)}]`;

function figuresText(slice: SliceReport): string[] {
  return Object.entries(slice.metrics).map(([name, figure]) => `  ${name.padEnd(11)} ${interval(figure)}`);
}

/** The evaluation: figures of the held-out questions, the rest in a line, the failures. */
export function evaluationText({ report, index, findings }: EvaluateAnswer): string {
  const { test, train } = report.slices;
  const lines = [indexText(index).trimEnd(), ''];
  lines.push(`Measured on ${test.measuredOn}${rankedBy(report)}; mean and 95 % interval`, ...figuresText(test));
  const k = `recall@${report.primaryK}`;
  if (train.metrics[k]) lines.push(`  (${train.measuredOn}: ${k} ${percent(train.metrics[k].value).trim()})`);
  if (test.questions > 0) lines.push(`  ${powerText(powerOf(test.questions), `hit@${report.primaryK}`)}`);
  lines.push(...leftOutText(report));
  const failures = report.failures.filter((failure) => failure.split === 'test');
  lines.push('', `Held-out questions that miss an answer in the first ${report.primaryK} (${failures.length})`);
  lines.push(...cut(failures.map(failureText)));
  const unmeasured = report.unmeasured ?? [];
  lines.push(...causesText([...failures, ...unmeasured]));
  if (unmeasured.length > 0)
    lines.push('', `Questions left out (${unmeasured.length})`, ...cut(unmeasured.map(unmeasuredText)));
  return `${lines.join('\n')}\n${findingsText(findings)}`;
}

/** How the snippets were ranked, where not by vectors alone. */
const rankedBy = ({ retrieval }: RecallReport): string =>
  retrieval === 'vectors' ? '' : `, ranked by ${retrieval === 'words' ? 'words (BM25)' : 'vectors and words'}`;

function leftOutText(report: RecallReport): string[] {
  const { questions } = report.leftOut;
  return questions > 0
    ? [`  ${questions} questions were left out: none of their answers exists (see the findings).`]
    : [];
}

function failureText({ file, line, question, expected, beatenBy, causes }: RecallFailure): string {
  const places = expected.map(({ id, rank }) => `${id} is ${rank === 0 ? 'not ranked' : `number ${rank}`}`).join(', ');
  const winner = beatenBy[0] ? `; first is ${beatenBy[0].id}` : '';
  return `  ${file}:${line}  ${oneLine(question)}\n      ${places}${winner}${causeLine(causes)}`;
}

const unmeasuredText = ({ file, line, question, causes }: UnmeasuredQuestion): string =>
  `  ${file}:${line}  ${oneLine(question)}${causeLine(causes)}`;

/** The main cause on a line of its own. */
function causeLine(causes: readonly Cause[] | undefined): string {
  const text = mainCauseText(causes);
  return text === undefined ? '' : `\n      ${oneLine(text)}`;
}

/** How many questions have which main cause. */
function causesText(questions: readonly { causes?: readonly Cause[] }[]): string[] {
  const counts = causeCounts(questions);
  if (counts.length === 0) return [];
  return [
    '',
    'Main causes',
    ...counts.map(({ name, questions: n }) => `  ${String(n).padStart(4)}  ${causeTitle(name)}`),
  ];
}

/** Before and after side by side, then the questions fixed, broken and still failing. */
export function trainingText(answer: TrainAnswer): string {
  const { before, after, comparison, verdict, modelPath } = answer;
  const lines = [indexText(answer.index).trimEnd(), ...answer.notices.map((notice) => `Note: ${notice}`), ''];
  lines.push(
    `Trained on ${answer.trainQuestions} questions, checkpoints chosen on ${answer.developmentQuestions} more: ` +
      `${answer.steps} steps, best epoch ${answer.bestEpoch || 'none'}, ${answer.seconds.toFixed(0)} s in all.`,
  );
  const test = before.slices.test;
  lines.push('', `Measured on ${test.measuredOn}, which training never saw; mean and 95 % interval`);
  lines.push(`  ${''.padEnd(11)} ${'before'.padEnd(24)}${after ? 'after' : ''}`);
  for (const [name, figure] of Object.entries(test.metrics)) {
    const now = after?.slices.test.metrics[name];
    lines.push(`  ${name.padEnd(11)} ${interval(figure).padEnd(24)}${now ? interval(now) : ''}`.trimEnd());
  }
  if (comparison) lines.push(...comparisonText(comparison));
  if (answer.forgetting) lines.push('', forgettingText(answer.forgetting));
  lines.push('', verdict);
  if (modelPath) lines.push(`The tuned model is in ${modelPath}`);
  return `${lines.join('\n')}\n${findingsText(answer.findings)}`;
}

/** What became of general questions, in one sentence. */
function forgettingText(forgetting: Forgetting): string {
  const { questions, before, after, difference } = forgetting;
  const figures = `recall@1 ${percent(before).trim()} -> ${percent(after).trim()}, ${points(difference.value)} points [${points(difference.low)}, ${points(difference.high)}]`;
  const meaning = hasForgotten(forgetting) ? ': the model forgot something it knew' : '';
  return `On ${questions} general questions, which have nothing to do with this knowledge base: ${figures}${meaning}.`;
}

function comparisonText(comparison: Comparison): string[] {
  const { difference, k, pValue, fixed, broken, stillFailing } = comparison;
  const lines: string[] = [];
  if (difference) {
    lines.push(
      `  recall@${k} changed by ${points(difference.value)} points [${points(difference.low)}, ${points(difference.high)}], p = ${pValue.toFixed(4)}`,
    );
  }
  const list = (title: string, changes: readonly RankChange[]): void => {
    lines.push('', `${title} (${changes.length})`);
    lines.push(...cut(changes.map(changeText)));
  };
  list('Fixed', fixed);
  list('Broken', broken);
  list('Still failing', stillFailing);
  return lines;
}

function changeText({ file, line, question, before, after }: RankChange): string {
  const place = (rank: number): string => (rank === 0 ? 'none' : String(rank));
  return `  ${place(before).padStart(5)} -> ${place(after).padEnd(5)} ${oneLine(question)}  (${file}:${line})`;
}

const CURVE_WORDS: Record<CurveAnswer['verdict']['kind'], string> = {
  'more-helps': 'More questions would help: twice as many raised recall, and the end of the curve still rises.',
  'no-more': 'More questions of this kind would hardly help: twice as many brought less than 2 points.',
  'cannot-tell': 'Whether more questions would help cannot be told from so few held-out questions.',
};

/** The learning curve, a line a point, and what it says. */
export function curveText({ model, k, heldOut, points: at, verdict }: CurveAnswer): string {
  const { value, low, high } = verdict.difference;
  return `${[
    `Held-out recall@${k} of ${model}, ${heldOut} questions, by the number of questions trained on`,
    ...at.map(({ share, questions, recall }) => {
      const name = share === 0 ? 'untrained' : `${Math.round(share * 100)} %`;
      return `  ${name.padEnd(10)} ${String(questions).padStart(5)}  ${interval(recall)}`;
    }),
    `From half to all of them: ${points(value)} points [${points(low)}, ${points(high)}].`,
    CURVE_WORDS[verdict.kind],
  ].join('\n')}\n`;
}

/** One line a model. */
export function modelsText(models: readonly ModelInfo[]): string {
  if (models.length === 0) return 'No models.\n';
  const line = ({ id, path, baseModel, isPinned }: ModelInfo): string =>
    `${id}${baseModel ? `  (from ${baseModel})` : ''}${isPinned ? '  pinned' : ''}\n  ${path}`;
  return `${models.map(line).join('\n')}\n`;
}

/** Where a model was written, and what its int8 form costs. */
export function exportText({ model, path, int8 }: ExportAnswer): string {
  const lines = [
    `${model} is in ${path}: onnx/model.onnx (fp32), tokenizer, and the files by which sentence-transformers loads it.`,
  ];
  if (int8) lines.push(`${int8.file} (int8) has ${(int8.bytes / 1e6).toFixed(1)} MB.`);
  if (int8?.cost) {
    const { k, questions, before, after, difference } = int8.cost;
    lines.push(
      `recall@${k} of ${questions} questions: fp32 ${percent(before).trim()}, int8 ${percent(after).trim()}, ` +
        `${points(difference.value)} points [${points(difference.low)}, ${points(difference.high)}]`,
    );
  } else if (int8) lines.push('What int8 costs in recall was not measured: give --kb FOLDER with questions.');
  return `${lines.join('\n')}\n`;
}

/** What was imported or exported, and what could not be. */
export function exchangeText({ files, warnings, findings, ...counts }: ExchangeSummary): string {
  const { questions, passages, matched, written } = counts;
  const lines = [
    `${questions} questions and ${passages} ${written === undefined ? 'snippets' : 'passages'}:`,
    ...files.map((file) => `  ${file}`),
  ];
  if (written !== undefined)
    lines.push(`${matched} passages are snippets of the knowledge base, ${written} were written as Markdown.`);
  lines.push(...warnings.map((warning) => `Note: ${warning}`));
  return `${lines.join('\n')}\n${findingsText(findings)}`;
}

interface ExchangeSummary {
  questions?: number;
  passages?: number;
  matched?: number;
  written?: number;
  files: readonly string[];
  warnings: readonly string[];
  findings: readonly Finding[];
}
