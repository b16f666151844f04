// The object of `evaluate --json` as promised to its readers; checked field by field.
import assert from 'node:assert/strict';

interface Scored {
  id: string;
  score: number;
}

/** Figures and failures, the promised part of them; there are more fields. */
export interface ReportObject {
  model: string;
  snippets: number;
  questions: number;
  split: string;
  metrics: Record<string, { value: number; low: number; high: number }>;
  failures: {
    id: string;
    question: string;
    file: string;
    line: number;
    expected: { id: string; rank: number }[];
    top: Scored[];
  }[];
}

export interface EvaluationObject extends ReportObject {
  findings: {
    code: string;
    severity: string;
    message: string;
    file: string;
    range: { start: { line: number } };
  }[];
}

/** Fails unless `report` has all that every reader of `evaluate --json` may rely on. */
export function assertEvaluation(report: EvaluationObject, ks?: number[]): void {
  assertReport(report, ks);
  for (const { code, severity, message, file, range } of report.findings) {
    for (const text of [code, severity, message, file]) assert.ok(isText(text));
    assert.ok(Number.isInteger(range.start.line));
  }
}

/** The same without findings, which `before` and `after` of `train --json` leave to the whole. */
export function assertReport(report: ReportObject, ks = [1, 3, 5, 10]): void {
  assert.equal(typeof report.model, 'string');
  for (const count of [report.snippets, report.questions]) assert.ok(Number.isInteger(count));
  assert.equal(report.split, 'test');
  const names = [...ks.map((k) => `recall@${k}`), ...ks.map((k) => `hit@${k}`), 'mrr', 'ndcg@10'];
  assert.deepEqual(Object.keys(report.metrics), names);
  for (const [name, { value, low, high }] of Object.entries(report.metrics))
    assert.ok(0 <= low && low <= value && value <= high && high <= 1, `${name}: ${low} ${value} ${high}`);
  for (const { id, question, file, line, expected, top } of report.failures) {
    for (const text of [id, question, file]) assert.ok(isText(text));
    assert.ok(Number.isInteger(line) && line >= 1);
    assert.ok(expected.length > 0 && top.length > 0);
    for (const each of expected) assert.ok(isText(each.id) && Number.isInteger(each.rank) && each.rank >= 0);
    for (const each of top) assert.ok(isText(each.id) && Number.isFinite(each.score));
    const scores = top.map((each) => each.score);
    assert.deepEqual(
      scores,
      [...scores].sort((a, b) => b - a),
    );
  }
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
