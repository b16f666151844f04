// What publish and evaluate --store say.
import type { RecallReport } from '../core/report.ts';
import type { PublishAnswer, ServedAnswer } from '../protocol/engine.ts';
import { ROUNDING } from './runs.ts';
import { indexText } from './text.ts';

export function publishText({ index, place, name, version }: PublishAnswer): string {
  const { snippets, windows, model } = index;
  return (
    `${indexText(index)}Published as ${name}, version ${version}, in ${place}: ${snippets} snippets, ${windows} vectors of ${model}.\n` +
    `A bot reads kb_recall.${name}_snippets and kb_recall.${name}_windows; kb_recall.bases says how to embed its questions.\n`
  );
}

/** What the store served beside what was measured here. */
export function servedText(measured: RecallReport, served: ServedAnswer): string {
  const { place, name, version, publishedAt, isCurrent, report, differing } = served;
  const k = `recall@${report.primaryK}`;
  const percent = (of: RecallReport): string => `${((of.slices.test.metrics[k]?.value ?? 0) * 100).toFixed(1)} %`;
  const stale = isCurrent ? '' : '  The snippets have changed since: publish again.\n';
  return (
    `\nServed as ${name}, version ${version} of ${publishedAt.slice(0, 16).replace('T', ' ')}, by ${place}\n` +
    `  held-out ${k} ${percent(report)}, measured here ${percent(measured)}; ` +
    `${differing} of ${report.outcomes.length} questions rank otherwise\n${stale}`
  );
}

/** Why served recall counts as other than measured; empty where it is equal at every k. */
export function servedOtherwise(measured: RecallReport, { place, report }: ServedAnswer): string[] {
  return Object.entries(measured.slices.test.metrics).flatMap(([name, { value }]) => {
    const served = report.slices.test.metrics[name]?.value ?? 0;
    if (!name.startsWith('recall@') || Math.abs(served - value) <= ROUNDING) return [];
    return [`${name} served by ${place} is ${served.toFixed(3)}, measured here ${value.toFixed(3)}.`];
  });
}
