// The comparison of two runs as SARIF 2.1.0 (OASIS): results on the lines of the questions that miss an answer or vanished.
import { worstRank } from '../metrics.ts';
import type { QuestionChange, RunDiff } from './diff.ts';
import { rankText } from './text.ts';
import { type VanishedQuestion, vanishedPlace, vanishedReason } from './vanished.ts';

/** A line of a file of the knowledge base, from 1. */
export interface LinePlace {
  file: string;
  line: number;
}

export interface SarifOptions {
  /** Turns a file of the knowledge base into a path from the repository's root. */
  uri: (file: string) => string;
  /** Where a snippet's heading stands; undefined for one that is no longer there. */
  placeOf: (snippetId: string) => LinePlace | undefined;
  /** Vanished questions are warnings rather than errors. */
  allowsVanished?: boolean;
}

/** A log of one run; each result lies on its question, related to the headings of the snippets expected and of the one that wins. */
export function sarifLog(diff: RunDiff, { uri, placeOf, allowsVanished = false }: SarifOptions) {
  const location = ({ file, line }: LinePlace) => ({
    physicalLocation: {
      artifactLocation: { uri: encodeURI(uri(file)).replaceAll('#', '%23').replaceAll('?', '%3F') },
      region: { startLine: line },
    },
  });
  const related = (snippetIds: readonly string[], what: string) =>
    snippetIds.flatMap((id) => {
      const place = placeOf(id);
      return place ? [{ ...location(place), message: { text: `${what}: ${id}` } }] : [];
    });
  const missed = diff.changes
    .filter(({ kind }) => kind === 'broken' || kind === 'still failing')
    .map((change) => {
      const { kind, after } = change;
      const expected = after.expected.map(({ id }) => id);
      const winner = after.top.filter(({ id }) => !expected.includes(id)).slice(0, 1);
      return {
        ruleId: kind === 'broken' ? 'recall-lost' : 'recall-missing',
        level: kind === 'broken' ? 'error' : 'note',
        baselineState: kind === 'broken' ? 'new' : 'unchanged',
        message: { text: missedText(change, diff.k) },
        locations: [location(after)],
        relatedLocations: [
          ...related(expected, 'Expected'),
          ...related(
            winner.map(({ id }) => id),
            'Wins instead',
          ),
        ],
        partialFingerprints: { 'question/v1': after.hash },
      };
    });
  const vanished = diff.vanished.map((each) => ({
    ruleId: 'question-vanished',
    level: allowsVanished ? 'warning' : 'error',
    baselineState: 'new',
    message: { text: vanishedText(each) },
    locations: [location(vanishedPlace(each))],
    relatedLocations: related(
      each.before.expected.map(({ id }) => id),
      'Expected in the baseline',
    ),
    partialFingerprints: { 'question/v1': each.before.hash },
  }));
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver: { name: 'kb-recall', rules: RULES } }, results: [...missed, ...vanished] }],
  };
}

const RULES = [
  rule('recall-lost', 'A question is no longer recalled that the baseline recalls.'),
  rule('recall-missing', 'A question misses an answer, as in the baseline.'),
  rule(
    'question-vanished',
    'A held-out question of the baseline is no longer asked, or no longer answered by the same snippets.',
  ),
];

function rule(id: string, text: string) {
  return { id, shortDescription: { text } };
}

function missedText({ before, after }: QuestionChange, k: number): string {
  const places = `rank ${rankText(worstRank(after.answerRanks))}, ${rankText(worstRank(before.answerRanks))} in the baseline`;
  const winner = after.top[0] ? ` First is ${after.top[0].id}.` : '';
  return `“${after.question.trim()}” misses an answer in the first ${k} (${places}).${winner}`;
}

function vanishedText(each: VanishedQuestion): string {
  return `“${each.before.question.trim()}” ${vanishedReason(each)}.`;
}
