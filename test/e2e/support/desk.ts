// What scenarios look for in the knowledge base of test/fixtures/desk.

/** The questions of the support pages, in the folder. */
export const QUESTIONS = 'en/support/support.questions.jsonl';
/** The finding about an answer on its fifth line, which a quick fix mends. */
export const DANGLING = '"money.md#cards-we-takes" names no snippet';
