// The environment of computing processes.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withHugePages } from '../../../src/core/hugePages.ts';

describe('environment for huge pages', () => {
  it('adds the tunable on Linux and keeps everything else', () => {
    assert.deepEqual(withHugePages({ HOME: '/home/ada' }, 'linux'), {
      HOME: '/home/ada',
      GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
    });
    assert.equal(
      withHugePages({ GLIBC_TUNABLES: 'glibc.malloc.check=3' }, 'linux').GLIBC_TUNABLES,
      'glibc.malloc.check=3:glibc.malloc.hugetlb=1',
    );
  });

  it("leaves the user's own setting and other platforms alone", () => {
    const own = { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=0' };
    assert.deepEqual(withHugePages(own, 'linux'), own);
    assert.deepEqual(withHugePages({ HOME: '/Users/ada' }, 'darwin'), { HOME: '/Users/ada' });
  });
});
