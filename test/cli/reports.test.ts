// Reports of an evaluation as files, in both languages; options that would do nothing are refused.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseOptions } from '../../src/cli/options.ts';
import { run, SMALL, temporaryFolder } from './support.ts';

test('evaluate writes one page and Markdown in the language asked for', async (t) => {
  const home = temporaryFolder(t);
  const [html, markdown] = [join(home, 'report.html'), join(home, 'report.md')];
  const common = ['evaluate', SMALL, '--home', home, '--html', html];
  const chinese = await run([...common, '--markdown', markdown, '--lang', 'zh-CN']);
  assert.equal(chinese.code, 0, chinese.err);
  assert.match(readFileSync(html, 'utf8'), /^<!DOCTYPE html>\n<html lang="zh-CN">[\s\S]*<h1>small 的召回情况<\/h1>/);
  assert.match(readFileSync(markdown, 'utf8'), /^# small 的召回情况\n\n模型 `kb-recall-small`/);
  const english = await run(common);
  assert.equal(english.code, 0, english.err);
  assert.match(readFileSync(html, 'utf8'), /<html lang="en">[\s\S]*<h1>Recall of small<\/h1>/);
});

test('a language without a report, an unknown one, and reports of other commands are refused', () => {
  const cases: [string[], RegExp][] = [
    [['evaluate', 'kb', '--lang', 'zh-cn'], /--lang needs --html FILE or --markdown FILE/],
    [['evaluate', 'kb', '--html', 'r.html', '--lang', 'fr'], /--lang is "fr"; expected en, zh-cn/],
    [['index', 'kb', '--html', 'r.html'], /--html belongs to evaluate, not index/],
    [['check', 'kb', '--baseline', 'b.json', '--lang', 'zh-cn'], /--lang belongs to evaluate, not check/],
    [['train', 'kb', '--markdown', 'r.md'], /--markdown belongs to evaluate and check, not train/],
  ];
  for (const [argv, expected] of cases) assert.throws(() => parseOptions(argv), { message: expected });
});
