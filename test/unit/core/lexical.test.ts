// Word ranking and its fusion with vectors, on the questions that vectors alone get wrong.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { termCounts, WordIndex } from '../../../src/core/lexical/bm25.ts';
import { fuseRanks } from '../../../src/core/lexical/fusion.ts';
import { terms } from '../../../src/core/lexical/terms.ts';
import { topSnippets } from '../../../src/core/ranking.ts';

const first = (texts: Record<string, string>, query: string): string | undefined => {
  const ids = Object.keys(texts);
  const index = new WordIndex(Object.values(texts).map(termCounts));
  return topSnippets(index.scores(query), ids, 1)[0]?.id;
};

describe('terms', () => {
  it('keeps codes whole and in their parts, and meets plurals', () => {
    assert.deepEqual(terms('Errors E-4012'), ['error', 'e-4012', 'e', '4012']);
    assert.deepEqual(terms('policies, boxes and C++'), ['policy', 'boxe', 'and', 'c++', 'c']);
  });

  it('reads Chinese by pairs, over a line break too', () => {
    assert.deepEqual(terms('思故\n乡'), ['思故', '故乡']);
    assert.deepEqual(terms('退 VIP 费'), ['退', 'vip', '费']);
  });
});

describe('word ranking', () => {
  it('ranks after texts were replaced as if made of the new ones', () => {
    const before = ['退款会在五天内到账', 'Error E-4011: no gas', 'Error E-4012: no water', 'Leave is thirty days'].map(
      termCounts,
    );
    const edits: [number, string[]][] = [
      [1, ['Error E-4019: no gas, no gas at all, call service']],
      [2, ['发票抬头写公司全称', '退款要十天']],
      [0, ['', 'E-4012', 'E-4012 twice: E-4012', 'thirty']],
    ];
    const queries = ['E-4012', 'no gas', '退款几天', 'thirty days of leave'];
    for (const vocabulary of [undefined, new Set(queries.flatMap(terms))]) {
      const texts = [...before];
      const index = new WordIndex(texts, vocabulary);
      for (const [at, replaced] of edits) {
        const now = replaced.map(termCounts);
        index.replace(at, texts.slice(at, at + now.length), now);
        texts.splice(at, now.length, ...now);
        const anew = new WordIndex(texts, vocabulary);
        for (const query of queries) assert.deepEqual(index.scores(query), anew.scores(query), query);
      }
    }
    assert.throws(() => new WordIndex(before).replace(0, before.slice(0, 1), []), /0 texts for 1 places/);
  });

  it('finds an error code among messages that read alike', () => {
    const texts = {
      'a#e-4011': 'Error E-4011. The boiler does not light. Check the gas valve and call service.',
      'a#e-4012': 'Error E-4012. The boiler does not light. Check the ignition and call service.',
      'a#general': 'If the boiler does not light, an error code is shown. Check the list and call service.',
    };
    assert.equal(first(texts, 'what does e-4012 mean'), 'a#e-4012');
  });

  it('finds a quoted phrase', () => {
    const texts = {
      'p#consent': 'Staff must tick “I have read and agree” before the form is sent.',
      'p#form': 'The form is sent after reading. Staff agree on its wording once a year and have it read again.',
    };
    assert.equal(first(texts, 'where does it say "I have read and agree"'), 'p#consent');
  });

  it('finds 故乡 that is broken over two lines of a poem', () => {
    const texts = {
      '诗#静夜': '举头望山月，低头思故\n乡。',
      '诗#乡村': '乡村的故事很多，故人来访，乡音未改。',
      '诗#月亮': '床前的月光像霜一样，诗人抬头望着月亮。',
    };
    assert.equal(first(texts, '哪首诗写到了故乡'), '诗#静夜');
  });

  it('gives nothing to texts without a word of the question', () => {
    const index = new WordIndex(['refund policy', 'opening hours'].map(termCounts));
    assert.deepEqual([...index.scores('parking')], [0, 0]);
    assert.deepEqual([...new WordIndex([]).scores('parking')], []);
  });

  it('scores as the formula says', () => {
    const index = new WordIndex(['refund refund policy', 'opening hours'].map(termCounts));
    const idf = Math.log(1 + (2 - 1 + 0.5) / 1.5);
    const norm = 1.5 * (0.25 + (0.75 * 3) / 2.5);
    assert.ok(Math.abs(index.scores('refund')[0]! - (idf * 2 * 2.5) / (2 + norm)) < 1e-6);
  });
});

describe('fusion of ranks', () => {
  const ids = ['a', 'b', 'c', 'd'];

  it('adds up reciprocal ranks; without a word in common there is no place in the word ranking', () => {
    const fused = fuseRanks(Float32Array.of(0.9, 0.8, 0.1, -0.5), Float32Array.of(0, 7, 0, 0), ids);
    const expected = [1 / 61, 1 / 62 + 1 / 61, 1 / 63, 1 / 64];
    for (const [i, score] of fused.entries()) assert.ok(Math.abs(score - expected[i]!) < 1e-6);
    assert.deepEqual(
      topSnippets(fused, ids, 4).map(({ id }) => id),
      ['b', 'a', 'c', 'd'],
    );
  });

  it('places what has words only before what has neither', () => {
    const none = Number.NEGATIVE_INFINITY;
    const fused = fuseRanks(Float32Array.of(none, none, 0.3, none), Float32Array.of(2, 0, 0, 0), ids);
    assert.ok(fused[0]! > 0);
    assert.equal(fused[1], none);
  });
});
