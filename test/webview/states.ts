// States of the panel as the host would send them: empty, running, evaluated with many rows, a run that has ended.
import { readFileSync } from 'node:fs';
import type { PanelCurve, PanelMap, PanelModels, PanelRow, PanelRun, PanelState } from '../../src/protocol/panel.ts';
import { panelTexts } from './panelTexts.ts';

export const EMPTY: PanelState = {
  language: 'en',
  texts: panelTexts(),
  folders: [{ key: 'k', name: 'desk' }],
  folderKey: 'k',
  isTrusted: true,
  stage: 'loaded',
  model: 'kb-recall-small',
  retrieval: 'vectors',
  heldOut: 'answers',
  epochs: 10,
  problem: null,
  job: null,
  snippets: 40,
  questions: 12,
  findings: 1,
  figures: null,
  rows: [],
  groups: [],
  coverage: null,
  map: { share: null, value: null, isOld: false },
  duplicates: { share: null, value: null, isOld: false },
  training: null,
  curve: null,
  runs: [],
  blends: [],
  estimate: null,
  models: ['kb-recall-small'],
  keptRuns: [],
  compared: null,
};
const row = (i: number): PanelRow => ({
  id: `q${i}`,
  text: i === 0 ? '<img src=x onerror=alert(1)> How do I close my wallet?' : `How do I change plan number ${i}?`,
  file: `plans-${i % 4}.questions.jsonl`,
  line: i + 1,
  split: i % 3 === 0 ? 'test' : 'train',
  rank: i + 6,
  failing: true,
  change: null,
  expectedId: 'money.md#close',
  winnerId: 'money.md#pay',
  causes: i % 5 === 0 ? ['near-duplicate', 'second-answer'] : ['far'],
});
const figure = { value: 0.8, low: 0.7, high: 0.9 };
export const slice = (name: 'test' | 'train' | 'all') => ({
  slice: name,
  questions: 12,
  measuredOn: '12 questions',
  metrics: {
    'recall@1': figure,
    'recall@3': figure,
    'recall@5': figure,
    'recall@10': figure,
    mrr: figure,
    'ndcg@10': figure,
  },
});
export const evaluated = (rows: number): PanelState => ({
  ...EMPTY,
  stage: 'measured',
  rows: Array.from({ length: rows }, (_, i) => row(i)),
  figures: {
    model: 'kb-recall-small',
    retrieval: 'vectors',
    primaryK: 5,
    snippets: 40,
    windows: 50,
    slices: { test: slice('test'), train: slice('train'), all: slice('all') },
    leftOut: { questions: 0, answers: 0 },
  },
});
export const running: PanelState = {
  ...evaluated(12),
  job: { kind: 'train', text: 'Training 30 / 100', share: 0.3, isPaused: false },
  training: {
    points: Array.from({ length: 30 }, (_, i) => ({
      step: i + 1,
      loss: 2 / (i + 1),
      learningRate: 1e-4,
      development: i % 10 === 9 ? 0.6 + i / 100 : null,
    })),
    step: 30,
    total: 100,
    epoch: 3,
    epochs: 10,
    bestStep: 30,
    failed: null,
    result: null,
    started: Date.UTC(2026, 2, 4, 9, 30),
    pairsPerSecond: 21.4,
    secondsLeft: 95,
    runId: null,
  },
};

export const run = (more: Partial<PanelRun>): PanelRun => ({
  id: '20260304T093000000Z-1a',
  started: Date.UTC(2026, 2, 4, 9, 30),
  model: 'kb-recall-small',
  epochs: 10,
  minutes: null,
  status: 'waiting',
  k: 5,
  before: 0.583,
  after: 0.575,
  ...more,
});
const moved = (id: string, question: string, before: number, after: number) => ({
  id,
  question,
  file: 'plans.questions.jsonl',
  line: 4,
  split: 'test' as const,
  before,
  after,
});
const compared = {
  questions: 120,
  k: 5,
  pValue: 0.62,
  difference: { value: -0.008, low: -0.042, high: 0.025 },
  fixed: [moved('q1', 'How do I change plan number 1?', 9, 2)],
  broken: [moved('q2', 'Can I keep my number when I leave?', 3, 11)],
  stillFailing: [moved('q3', 'Why was I charged twice in one month?', 0, 14)],
};
export const comparedModels: PanelModels = {
  kind: 'models',
  warnings: [],
  before: 'kb-recall-small',
  after: 'desk-tuned-2',
  comparison: { questions: 120, k: 5, pValue: 0.62, difference: compared.difference },
  slices: { before: slice('test'), after: slice('test') },
  rows: [
    ['q1', 'How do I change plan number 1?', 9, 2, 'fixed'] as const,
    ['q2', 'Can I keep my number when I leave?', 3, 11, 'broken'] as const,
    ['q3', 'Why was I charged twice in one month?', 0, 14, 'bothMiss'] as const,
    ['q4', '合约期内可以换套餐吗？', 1, 1, 'bothFind'] as const,
  ].map(([id, text, before, after, kind]) => ({
    id,
    text,
    file: 'plans.questions.jsonl',
    split: 'test',
    before,
    after,
    kind,
  })),
};
/** A run that was not promoted, opened; `zh` in Chinese words. */
export const ended: PanelState = {
  ...evaluated(12),
  models: ['kb-recall-small', 'desk-tuned-2'],
  compared: comparedModels,
  estimate: {
    pairs: 178,
    stepsPerEpoch: 10,
    secondsPerStep: 1.5,
    isMeasured: false,
    bytes: 1.1e9,
    freeBytes: 6e9,
  },
  training: {
    ...running.training!,
    secondsLeft: null,
    runId: run({}).id,
    result: {
      verdict: 'Not promoted: held-out recall@5 fell by 0.008, although the development score rose.',
      promoted: false,
      modelId: null,
      waits: true,
      minutes: 3,
      bestEpoch: 3,
      primaryK: 5,
      trainQuestions: 120,
      developmentQuestions: 30,
      before: slice('test'),
      after: slice('test'),
      comparison: compared,
      trainComparison: compared,
      forgetting: {
        questions: 200,
        before: 0.81,
        after: 0.74,
        difference: { value: -0.07, low: -0.12, high: -0.025 },
        pValue: 0.004,
        forgot: true,
      },
    },
  },
  runs: [
    run({}),
    run({ id: 'b', status: 'promoted', minutes: 5, after: 0.658 }),
    run({ id: 'c', status: 'stopped', before: null, after: null }),
  ],
  blends: [
    {
      share: 0.5,
      recall: 0.608,
      difference: { value: 0.025, low: -0.01, high: 0.06 },
      pValue: 0.21,
      fixed: 4,
      broken: 1,
    },
    {
      share: 1,
      recall: 0.575,
      difference: { value: -0.008, low: -0.042, high: 0.025 },
      pValue: 0.62,
      fixed: 3,
      broken: 4,
    },
  ],
  groups: [
    { kind: 'file', name: 'billing.questions.jsonl', questions: 40, recall: 0.55, heldOut: 16, heldOutRecall: 0.5 },
    { kind: 'file', name: 'delivery.questions.yaml', questions: 32, recall: 0.84, heldOut: 13, heldOutRecall: 0.77 },
    { kind: 'language', name: 'other', questions: 50, recall: 0.7, heldOut: 20, heldOutRecall: 0.65 },
    { kind: 'language', name: 'zh', questions: 22, recall: 0.68, heldOut: 9, heldOutRecall: 0.66 },
  ],
  coverage: {
    untestedCount: 230,
    untested: Array.from({ length: 20 }, (_, i) => ({
      id: `delivery.md#part-${i}`,
      title: i % 2 ? `Deliveries to islands, part ${i}` : `离岛配送说明 ${i}`,
      file: 'delivery.md',
    })),
    hubs: [{ id: 'money.md#pay', title: 'Paying by card', file: 'money.md', wins: 7 }],
  },
};

const point = (share: number, questions: number, value: number) => ({
  share,
  questions,
  recall: { value, low: value - 0.09, high: value + 0.08 },
});
/** A learning curve of a help desk that has ended. */
export const curve: PanelCurve = {
  started: Date.UTC(2026, 2, 4, 11, 5),
  model: 'kb-recall-small',
  k: 5,
  heldOut: 80,
  points: [
    point(0, 0, 0.688),
    point(0.25, 30, 0.725),
    point(0.5, 60, 0.763),
    point(0.75, 89, 0.8),
    point(1, 119, 0.825),
  ],
  verdict: { kind: 'more-helps', difference: { value: 0.062, low: 0.0125, high: 0.1125 } },
};

export const duplicates: PanelState['duplicates'] = {
  share: null,
  isOld: false,
  value: {
    total: 3,
    pairs: [
      {
        first: { id: 'refunds.md#fault', title: 'Refund after a fault', file: 'refunds.md' },
        second: { id: 'warranty.md#money-back', title: 'Money back under warranty', file: 'warranty.md' },
        cosine: 0.94,
        likeness: 0.82,
      },
      {
        first: { id: '换货.md#换货', title: '换货', file: '换货.md' },
        second: { id: '售后/换货流程.md#流程', title: '换货的申请流程与所需材料', file: '售后/换货流程.md' },
        cosine: 0.91,
        likeness: 0.64,
      },
    ],
  },
};
/** With a map of the example help desk as the engine drew it, in at most 160 points. */
export const mapped: PanelState = {
  ...ended,
  map: {
    share: null,
    value: JSON.parse(readFileSync(new URL('map.json', import.meta.url), 'utf8')) as PanelMap,
    isOld: false,
  },
  duplicates,
};

export const keptRuns: PanelState['keptRuns'] = [
  { id: '20260305T141000000Z-2b', name: '3/5/26, 2:10 PM · kb-recall-small-tuned-4f0c9a' },
  { id: '20260304T093000000Z-1a', name: '3/4/26, 9:30 AM · kb-recall-small' },
  { id: 'file:0', name: 'runs/before-the-rewrite.json' },
];
export const comparedRuns: PanelModels = {
  ...comparedModels,
  kind: 'runs',
  before: keptRuns[1]!.name,
  after: keptRuns[0]!.name,
  warnings: ['The models differ: kb-recall-small and kb-recall-small-tuned-4f0c9a.'],
};
