// Properties over generated cases: how many, with which seed, and texts that break readers of text.
import type { TestContext } from 'node:test';
import fc from 'fast-check';
import { LineIndex } from '../../src/core/lines.ts';
import type { Range } from '../../src/core/range.ts';

/** Cases of a property, or more through the environment. */
const CASES = Number(process.env.KB_RECALL_FUZZ_CASES ?? 10_000);

/**
 * Runs a property over {@link CASES} cases and prints the seed; KB_RECALL_FUZZ_SEED=N repeats a run, and a failure names the smallest case
 * that was found.
 */
export async function holds<T extends [unknown, ...unknown[]]>(
  t: TestContext,
  arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
  check: (...values: T) => void | Promise<void>,
): Promise<void> {
  const seed = Number(process.env.KB_RECALL_FUZZ_SEED ?? Date.now() % 2 ** 31);
  t.diagnostic(`${CASES} cases, seed ${seed}`);
  const property = fc.asyncProperty(...arbitraries, async (...values: T) => check(...values));
  // The reason belongs to the failure's message: runners print no causes.
  const asyncReporter = async (details: fc.RunDetails<T>): Promise<void> => {
    if (details.failed)
      throw new Error(`${await fc.asyncDefaultReportMessage(details)}\n${(details.errorInstance as Error)?.stack}`);
  };
  await fc.assert(property, { seed, numRuns: CASES, endOnFailure: false, asyncReporter });
}

/** Characters that readers of text stumble over: controls, lone surrogates, right-to-left marks, joined emoji, line breaks of all kinds. */
export const oddText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
      fc.constantFrom(
        '\0',
        '\ud800',
        '\udc00x',
        '\u202e',
        '\ufeff',
        '\u2028',
        '\r',
        '\r\n',
        '\n',
        '\t',
        '\v',
        '👩‍👩‍👧',
        '退款',
        'é',
      ),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));

/** Names that mean something to a JavaScript object, and others that authors do use. */
export const oddName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'prototype',
    'valueOf',
    '0',
    '🙂',
    'שלום',
    '退款-规则',
  ),
  fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/),
);

/** Whether a range lies in a text, its end not before its start. */
export function isInside(text: string, { start, end }: Range): boolean {
  const lines = new LineIndex(text);
  const known = (at: Range['start']): boolean => {
    const back = lines.position(lines.offset(at));
    return back.line === at.line && back.column === at.column;
  };
  return known(start) && known(end) && lines.offset(start) <= lines.offset(end);
}

/** Damage to a file: a byte changed, a part cut out, or bytes put in. */
export interface Damage {
  at: number;
  cut: number;
  put: Uint8Array;
}

export const damage: fc.Arbitrary<Damage> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.oneof(fc.constant(1), fc.nat(40)),
  put: fc.uint8Array({ maxLength: 4 }),
});

/** The bytes with the damage done; `at` is a share of their length. */
export function damaged(bytes: Uint8Array, { at, cut, put }: Damage): Buffer {
  const from = Math.floor(at * bytes.length);
  return Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + cut)]);
}
