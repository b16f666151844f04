// The ready workflow files of examples/ci: their run lines, as they stand there, on the example knowledge base with the built command line.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse } from 'yaml';
import { bundle, ROOT, temporaryFolder } from './support.ts';

const project = temporaryFolder({ after });
const docs = join(project, 'docs');
const summary = join(project, 'summary.md');

interface Step {
  run?: string;
  uses?: string;
  if?: string;
  'working-directory'?: string;
}

const yaml = (name: string) => parse(readFileSync(join(ROOT, 'examples/ci', name), 'utf8'));
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** A line as the runner's shell takes it, in a project of its own. */
function shell(line: string): { status: number | null; output: string } {
  const env = {
    ...process.env,
    PATH: `${join(project, 'bin')}:${process.env.PATH}`,
    KB_RECALL_HOME: join(project, '.kb-recall'),
    GITHUB_STEP_SUMMARY: summary,
  };
  const { status, stdout, stderr } = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', line], {
    cwd: project,
    env,
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

function passes(line: string): void {
  const { status, output } = shell(line);
  assert.equal(status, 0, `${line}\n${output}`);
}

before(async () => {
  const command = join(project, 'bin', 'kb-recall');
  mkdirSync(join(project, 'bin'));
  // What npm link does.
  writeFileSync(command, `#!/bin/sh\nexec '${process.execPath}' '${await bundle()}' "$@"\n`);
  chmodSync(command, 0o755);
  cpSync(join(ROOT, 'examples/helpdesk'), docs, { recursive: true });
  // The comment at the head of both files.
  for (const name of ['github.yml', 'gitlab.yml']) {
    const [, line] = /^# {3}(kb-recall .+)$/m.exec(readFileSync(join(ROOT, 'examples/ci', name), 'utf8'))!;
    passes(line!);
  }
  assert.ok(existsSync(join(project, 'baseline.json')));
});

/** The lines of a step that gets KB Recall, which cannot be fetched here: they must be scripts that there are. */
function assertInstalls(line: string): void {
  for (const [, script] of line.matchAll(/npm run (\w+)/g)) assert.ok(scripts[script!], script);
  assert.match(line, /npm ci && npm run build && npm link/);
}

test('GitHub: every run line passes, and leaves the files that later steps upload', () => {
  const steps: Step[] = yaml('github.yml').jobs.recall.steps;
  const runs = steps.filter(({ run }) => run !== undefined);
  assert.equal(runs.length, 4);
  for (const step of runs) {
    if (step['working-directory'] === 'kb-recall') assertInstalls(step.run!);
    else passes(step.run!);
  }
  assert.match(readFileSync(summary, 'utf8'), /^# Recall held/);
  const sarif = JSON.parse(readFileSync(join(project, 'recall.sarif'), 'utf8'));
  const [result] = sarif.runs[0].results;
  assert.match(
    result.locations[0].physicalLocation.artifactLocation.uri,
    /^docs\/(en|zh)\//,
    'from the root of the repository',
  );
  for (const { uses } of steps) if (uses) assert.match(uses, /^[\w-]+\/[\w-]+(\/[\w-]+)?@v\d+$/);
});

test('GitLab: every script line passes, and a question that vanished fails the job but leaves its report', () => {
  const { before_script: first, script, artifacts } = yaml('gitlab.yml').recall;
  assertInstalls(first.join(' && '));
  for (const line of script) passes(line);
  assert.ok(existsSync(join(project, artifacts.reports.junit)));

  // The page is renamed, and the answers that named its sections lead nowhere.
  const page = join(docs, 'en/support/orders-and-refunds.md');
  writeFileSync(page, readFileSync(page, 'utf8').replaceAll(/^## /gm, '## About '));
  const [lint, check] = script;
  assert.equal(shell(lint).status, 2, 'answers that lead nowhere are errors');
  const { status, output } = shell(check);
  assert.equal(status, 2, output);
  assert.match(output, /^Vanished: \d+ held-out questions/m);
  assert.match(readFileSync(join(project, artifacts.paths[0]), 'utf8'), /^## Vanished \(\d+\)$/m);
});
