// The comparison of two runs as SARIF 2.1.0 (OASIS): results on the lines of the questions that miss an answer.
import { worstRank } from '../metrics.ts';
import type { QuestionChange, RunDiff } from './diff.ts';
import { rankText } from './text.ts';

/** A log of one run. `uri` turns a file of the knowledge base into a path from the repository's root. */
export function sarifLog(diff: RunDiff, uri: (file: string) => string) {
  const location = (file: string, line?: number) => ({
    physicalLocation: {
      artifactLocation: { uri: encodeURI(uri(file)).replaceAll('#', '%23').replaceAll('?', '%3F') },
      ...(line !== undefined && { region: { startLine: line } }),
    },
  });
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'kb-recall',
            rules: [
              rule('recall-lost', 'A question is no longer recalled that the baseline recalls.'),
              rule('recall-missing', 'A question misses an answer, as in the baseline.'),
            ],
          },
        },
        results: diff.changes
          .filter(({ kind }) => kind === 'broken' || kind === 'still failing')
          .map((change) => {
            const { kind, after } = change;
            const pages = new Set(
              after.expected.map(({ id }) => id.split('#')[0]!).filter((file) => file.endsWith('.md')),
            );
            return {
              ruleId: kind === 'broken' ? 'recall-lost' : 'recall-missing',
              level: kind === 'broken' ? 'error' : 'note',
              baselineState: kind === 'broken' ? 'new' : 'unchanged',
              message: { text: sentence(change, diff.k) },
              locations: [location(after.file, after.line)],
              relatedLocations: [...pages].map((file) => location(file)),
              partialFingerprints: { 'question/v1': after.hash },
            };
          }),
      },
    ],
  };
}

function rule(id: string, text: string) {
  return { id, shortDescription: { text } };
}

function sentence({ before, after }: QuestionChange, k: number): string {
  const places = `rank ${rankText(worstRank(after.answerRanks))}, ${rankText(worstRank(before.answerRanks))} in the baseline`;
  const winner = after.top[0] ? ` First is ${after.top[0].id}.` : '';
  return `“${after.question.trim()}” misses an answer in the first ${k} (${places}).${winner}`;
}
