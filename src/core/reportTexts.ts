// The words of exported reports, in the languages that the extension speaks. Figures, ids and the author's own texts have none.
import type { Cause } from './causes/cause.ts';
import { mainCauseText } from './causes/text.ts';
import type { Severity } from './finding.ts';
import type { SliceReport } from './report.ts';

export const REPORT_LANGUAGES = ['en', 'zh-cn'] as const;
export type ReportLanguage = (typeof REPORT_LANGUAGES)[number];

export interface ReportTexts {
  /** BCP 47, for the page's `lang`. */
  tag: string;
  title(folder: string): string;
  /** Model and size of the index; `model` as it is to be written. */
  head(model: string, snippets: number): string;
  figure: string;
  /** Which questions a figure was taken of. */
  measuredOn(slice: SliceReport): string;
  missedHeldOut(k: number): string;
  missedTraining(k: number): string;
  /** An expected snippet and its rank; 0 where it is not ranked. */
  place(id: string, rank: number): string;
  expected(places: string): string;
  first(id: string): string;
  /** Main cause of a failure, one line; undefined where none is known. English in both languages, unless the shell puts it into its own. */
  why(causes: readonly Cause[] | undefined): string | undefined;
  /** Between the parts of one sentence. */
  semicolon: string;
  comma: string;
  findings: string;
  severity: Record<Severity, string>;
  rank(value: number): string;
  /** Of two models. */
  and(before: string, after: string): string;
  measured(questions: string): string;
  changes(k: number, points: string, low: string, high: string, pValue: string): string;
  fixed: string;
  broken: string;
  stillFailing: string;
}

const ENGLISH: ReportTexts = {
  tag: 'en',
  title: (folder) => `Recall of ${folder}`,
  head: (model, snippets) => `Model ${model}, ${snippets} snippets. Mean and 95 % interval.`,
  figure: 'Figure',
  measuredOn: ({ measuredOn }) => measuredOn,
  missedHeldOut: (k) => `Held-out questions that miss an answer in the first ${k}`,
  missedTraining: (k) => `Training questions that miss an answer in the first ${k}`,
  place: (id, rank) => `${id} ${rank === 0 ? 'not ranked' : `at ${rank}`}`,
  expected: (places) => `expected ${places}`,
  first: (id) => `first is ${id}`,
  why: mainCauseText,
  semicolon: '; ',
  comma: ', ',
  findings: 'Findings',
  severity: { error: 'error', warning: 'warning', information: 'information' },
  rank: (value) => (value === 0 ? 'not ranked' : String(value)),
  and: (before, after) => `${before} and ${after}`,
  measured: (questions) => `Measured on ${questions}. Mean and 95 % interval.`,
  changes: (k, points, low, high, pValue) =>
    `recall@${k} changes by ${points} points [${low}, ${high}], p = ${pValue}.`,
  fixed: 'Fixed',
  broken: 'Broken',
  stillFailing: 'Still failing',
};

const CHINESE: ReportTexts = {
  tag: 'zh-CN',
  title: (folder) => `${folder} 的召回情况`,
  head: (model, snippets) => `模型 ${model}，${snippets} 个片段。均值与 95 % 置信区间。`,
  figure: '指标',
  measuredOn: ({ slice, questions, heldOut }) =>
    `${questions} 个${{ test: '留出问题', train: '训练问题', all: '问题' }[slice]}${heldOut ? '（已训练答案的其他问法）' : ''}`,
  missedHeldOut: (k) => `前 ${k} 名内缺少答案的留出问题`,
  missedTraining: (k) => `前 ${k} 名内缺少答案的训练问题`,
  place: (id, rank) => `${id} ${rank === 0 ? '没有名次' : `第 ${rank} 名`}`,
  expected: (places) => `期望 ${places}`,
  first: (id) => `第一名是 ${id}`,
  why: mainCauseText,
  semicolon: '；',
  comma: '，',
  findings: '发现',
  severity: { error: '错误', warning: '警告', information: '提示' },
  rank: (value) => (value === 0 ? '没有名次' : String(value)),
  and: (before, after) => `${before} 与 ${after}`,
  measured: (questions) => `在 ${questions}上测得。均值与 95 % 置信区间。`,
  changes: (k, points, low, high, pValue) => `recall@${k} 变化 ${points} 个百分点 [${low}, ${high}]，p = ${pValue}。`,
  fixed: '已修复',
  broken: '已变差',
  stillFailing: '仍然失败',
};

/** For a language as VS Code or `--lang` names it; English where there are no words of it. */
export function reportTexts(language: string): ReportTexts {
  return /^zh\b/i.test(language) ? CHINESE : ENGLISH;
}
