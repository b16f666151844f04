// Content hashes against node:crypto.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { contentHash } from '../../../src/core/hash.ts';

test('the content hash is the first half of SHA-256 over UTF-8', () => {
  for (const text of ['', 'Refunds take five days.', '退款需要五天。', '😀']) {
    assert.equal(contentHash(text), createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 32));
  }
});
