// Wordings made of questions by rules, in both languages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { paraphrases } from '../../../src/core/paraphrases.ts';

const cases: Record<string, string[]> = {
  'How do I reset my password?': ['how to reset my password', 'reset password'],
  'How to export invoices': ['how do I export invoices', 'export invoices'],
  'What is the return window?': ['return window'],
  'What does E-4012 mean?': ['meaning of E-4012', 'E-4012 mean'],
  'Can I return a tent that I have pitched?': ['return a tent that I have pitched', 'return tent pitched'],
  'What is the best way to clean a lens?': ['how to clean a lens', 'best way clean lens'],
  '如何重置密码？': ['怎么重置密码', '重置密码'],
  '什么是延保服务？': ['延保服务是什么', '延保服务'],
  '可用的支付方式有哪些？': ['哪些可用的支付方式', '可用 支付方式'],
  '我的发票在哪里下载？': ['发票在哪里下载'],
};

for (const [question, wordings] of Object.entries(cases))
  test(`${question} is also asked as ${wordings.join(', ')}`, () => assert.deepEqual(paraphrases(question), wordings));

test('nothing is made where too little would be left, or the question itself', () => {
  for (const question of ['Why?', 'Pricing', '退款', '怎么办？', 'reset password', '', '???'])
    assert.deepEqual(paraphrases(question), [], question);
});

test('codes, names and negations stay as they were written', () => {
  const all = ['Can I not pay with PayPal in the EU?', 'How do I fix ERR-203 on iOS?'].flatMap(paraphrases).join(' | ');
  for (const word of ['not', 'PayPal', 'EU', 'ERR-203', 'iOS']) assert.ok(all.includes(word), `${word} in ${all}`);
});
