// What the causes say to people, in English; the extension translates the sentences by their forms.
import type { Cause, CauseName } from './cause.ts';

interface Wording {
  title: string;
  /** The places are filled by the evidence in its order; where there are several, its first entry chooses. */
  evidence: string | Record<string, string>;
  mend: string;
}

const WORDINGS: Record<CauseName, Wording> = {
  'not-indexed': {
    title: 'Not in the index',
    evidence: {
      excluded: 'The file of "{0}" exists, but the settings exclude it from the knowledge base.',
      empty: '"{0}" has no text of its own, so there is nothing to find.',
      unknown: '"{0}" leads to no section, so the question cannot be measured.',
      unranked: '"{0}" has no place in the ranking.',
    },
    mend: 'Correct the answer, write the text that is missing, or take the file in (include, exclude).',
  },
  'model-use': {
    title: 'Model used wrongly',
    evidence: 'The {0} is {1}; models of this family use {2}. This makes every question worse.',
    mend: 'Correct the profile in the kb_recall.json of the model, or choose another model, and index anew.',
  },
  'wrong-language': {
    title: 'Another language',
    evidence: {
      both: 'The question is written in {0} script, the section in {1}. The model reads both, but tells them apart better than it joins them.',
      unread: 'The question is written in {0} script, the section in {1}. The model does not read {2}.',
    },
    mend: 'Add the section in the language of the question, or choose a model that was trained on both languages.',
  },
  'opposite-condition': {
    title: 'Opposite condition wins',
    evidence: 'Question and section stand on one side of {0}, the winner "{1}" on the other.',
    mend: 'Say the condition in the heading and in the first sentence of both sections, and give the training a variant for each.',
  },
  'near-duplicate': {
    title: 'Look-alike wins',
    evidence:
      'Section and winner have {0} % of their words in common. Only in the section: {1}. Only in the winner: {2}.',
    mend: 'Link the winner as a further right answer, merge the two, or say in both headings what sets them apart.',
  },
  'exact-term': {
    title: 'Exact term only',
    evidence: {
      question: 'The winner lacks {0}, which the section has. By words (BM25) the section is number {1}.',
      term: 'The winner lacks {0}, which the section has. By this term alone (BM25) the section is number {1}.',
    },
    mend: 'Rank by vectors and words (retrieval: hybrid), or say in the section in words what the term stands for.',
  },
  'past-window': {
    title: 'In a later part',
    evidence: 'The section is longer than the model reads at once: {0} stands only in part {1} of {2}.',
    mend: 'Divide the section by headings, so that what is asked stands under a heading of its own.',
  },
  hub: {
    title: 'Hub wins',
    evidence:
      '"{0}" stands before the answers of {1} questions about different things, where chance gives {2} (skewness {3}).',
    mend: 'Divide the section that wins, or shorten it to what it alone says.',
  },
  'heading-only': {
    title: 'Match in the heading only',
    evidence: {
      answer: '{0}: in the heading of the section, but not in its text.',
      winner: '{0}: in the heading of the winner, whose text is about something else.',
    },
    mend: 'Use the words of the heading in the first sentence below it, or give the heading that misleads another one.',
  },
  'vocabulary-gap': {
    title: 'Other words',
    evidence: {
      winner: 'The section lacks the words {0}. The winner has of them: {1}.',
      none: 'The section lacks the words {0}; the winner has none of them either.',
    },
    mend: 'Use the words of your users in the heading or the first sentence, or add variants of the question for the training.',
  },
  'second-answer': {
    title: 'Winner answers too',
    evidence: '"{0}" has what the question asks about as well: {1}.',
    mend: 'Read both; where the winner answers too, link it as a further right answer.',
  },
  'near-miss': {
    title: 'Near miss',
    evidence: 'Nothing stands out; the answer is number {0}, which is near.',
    mend: 'Fine-tuning often lifts such questions; a variant of the question helps it.',
  },
  far: {
    title: 'Little in common',
    evidence: 'Nothing stands out; the answer is number {0}.',
    mend: 'Add a sentence to the section that says what it answers, or variants for the training.',
  },
};

/** A cause in one or two words, for tables and filters. */
export const causeTitle = (name: CauseName): string => WORDINGS[name].title;

/** What to do about a cause, one sentence. */
export const mendText = (name: CauseName): string => WORDINGS[name].mend;

/** What shows a cause, one sentence or two. */
export function evidenceText({ name, evidence }: Cause): string {
  const wording = WORDINGS[name].evidence;
  if (typeof wording === 'string') return filled(wording, evidence);
  const [kind = '', ...values] = evidence;
  return filled(wording[kind] ?? '', values);
}

/** A cause with all that people are told about it. */
export interface ToldCause {
  name: CauseName;
  title: string;
  evidence: string;
  mend: string;
}

/** The cause in English. */
export function tell(cause: Cause): ToldCause {
  const { name } = cause;
  return { name, title: causeTitle(name), evidence: evidenceText(cause), mend: mendText(name) };
}

/** The main cause as one line: title, evidence, mend; undefined where there is none. */
export function mainCauseText(causes: readonly Cause[] | undefined): string | undefined {
  const [main] = causes ?? [];
  if (!main) return undefined;
  const { title, evidence, mend } = tell(main);
  return `${title}. ${evidence} ${mend}`;
}

const filled = (text: string, values: readonly string[]): string =>
  text.replace(/\{(\d+)\}/g, (_, at: string) => values[Number(at)] ?? '–');
