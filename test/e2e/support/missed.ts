// A question that the embedded model does not find, for the fixture `desk`, whose other questions it nearly all finds.
import { appendFile } from 'node:fs/promises';

/** Its answer as it is written in the file. */
export const MISSED_ANSWER = '../en/support/money.md#cards-we-take';

/** Prepares a scenario: appends the question, which is answered in the other language only, as line 6 of the Chinese questions. */
export const missedOnSide =
  (side: 'train' | 'test') =>
  ([desk]: string[]): Promise<void> =>
    appendFile(`${desk}/zh/客服.questions.csv`, `订单可以用哪些银行卡付款?,${MISSED_ANSWER},,${side}\n`);
