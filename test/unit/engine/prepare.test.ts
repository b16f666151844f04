// Which snippets may be mined negatives of which questions.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Example, Passage } from '../../../src/engine/training/examples.ts';
import { sparingUnanswered, wordingsOf } from '../../../src/engine/training/prepare.ts';

const passages: Passage[] = Array.from({ length: 6 }, (_, snippet) => ({ snippet, tokens: new Int32Array([snippet]) }));
const example = (positive: number, hardNegatives: number[]): Example => ({
  query: new Int32Array([7]),
  accepted: new Set([positive]),
  positives: [positive],
  hardNegatives,
  weight: 1,
});

describe('sparingUnanswered', () => {
  it('lets a snippet that answers no training question be pushed away twice, whichever its rank', () => {
    const examples = [example(0, [5, 1, 2]), example(1, [0, 5, 2]), example(2, [5, 4, 0, 1]), example(0, [1, 2, 5])];
    assert.deepEqual(
      sparingUnanswered(examples, passages).map(({ hardNegatives }) => hardNegatives),
      [
        [5, 1, 2],
        [0, 5, 2],
        [4, 0, 1],
        [1, 2],
      ],
    );
  });

  it('leaves the examples as they were given', () => {
    const examples = [example(0, [5]), example(1, [5]), example(2, [5])];
    sparingUnanswered(examples, passages);
    assert.ok(examples.every(({ hardNegatives }) => hardNegatives.length === 1));
  });
});

describe('wordingsOf', () => {
  const question = { text: 'How do I reset my password?', variants: ['reset password', 'password lost'] };

  it('has every wording once, those of the author first', () => {
    assert.deepEqual(wordingsOf(question, true), [
      'How do I reset my password?',
      'reset password',
      'password lost',
      'how to reset my password',
    ]);
  });

  it('has those of the author alone where no others are wanted', () => {
    assert.deepEqual(wordingsOf(question, false), [question.text, ...question.variants]);
  });
});
