// Words of questions and snippets, as word ranking and explanations take them.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { words } from '../../../src/core/lexical/words.ts';

it('cuts Chinese into words and English at its borders', () => {
  assert.deepEqual(words('出差住酒店怎么报销？'), ['出差', '住', '酒店', '怎么', '报销']);
  assert.deepEqual(words("The manager's approval"), ['the', "manager's", 'approval']);
});

it('keeps codes whole, and their parts beside them', () => {
  assert.deepEqual(words('Error E-4012'), ['error', 'e', '4012', 'e-4012']);
  assert.ok(words('用户 user_id 与 C++').includes('user_id'));
  assert.ok(words('用户 user_id 与 C++').includes('c++'));
});

it('reads full-width and upper-case text as its plain form', () => {
  assert.deepEqual(words('ＶＩＰ　会员'), words('vip 会员'));
});
