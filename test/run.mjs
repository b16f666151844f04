// Runs the test files under test/ with node's own test runner, TypeScript through tsx. Arguments name folders (unit, e2e) or single files
// without their ending (e2e/problems); without any, all are run. For e2e the editor is installed and the VSIX is packed first.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { globSync } from 'tinyglobby';

const FOLDERS = ['unit', 'fuzz', 'gradients', 'engine', 'faults', 'cli', 'webview', 'e2e'];

const names = process.argv.slice(2);
const patterns = (names.length > 0 ? names : FOLDERS).flatMap((name) => [
  `test/${name}/**/*.test.ts`,
  `test/${name}.test.ts`,
]);
const files = globSync(patterns).sort();
if (files.length === 0) {
  console.error(`No test files match ${patterns.join(', ')}.`);
  process.exit(1);
}
const env = { ...process.env };
if (files.some((file) => file.startsWith('test/e2e/'))) prepareEditor();
/** Files of these folders use one core and no editor, so that two of them run beside each other. */
const isSmall = (file) => /^test\/(unit|fuzz|gradients)\//.test(file);
const groups = [
  { files: files.filter(isSmall), concurrency: 2 },
  { files: files.filter((file) => !isSmall(file)), concurrency: 1 },
].filter((group) => group.files.length > 0);
let status = 0;
/** The closing figures of all groups together. */
const summary = new Map();
for (const group of groups) status = (await runGroup(group)) || status;
if (groups.length > 1) for (const [name, value] of summary) console.log(`# ${name} ${value}`);
process.exit(status);

/** Runs the files of a group, passing on what is printed, and adds its closing figures to the summary. */
async function runGroup(group) {
  const reporter = process.stdout.isTTY ? ['--test-reporter=spec'] : [];
  const args = ['--import', 'tsx', '--test', `--test-concurrency=${group.concurrency}`, ...reporter, ...group.files];
  const child = spawn(process.execPath, args, { stdio: ['inherit', 'pipe', 'inherit'], env });
  let end = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    process.stdout.write(text);
    end = (end + text).slice(-20_000);
  });
  const code = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  const figures = /^(?:#|ℹ) (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$/gm;
  const own = new Map([...end.matchAll(figures)].map(([, name, value]) => [name, Number(value)]));
  for (const [name, value] of own) summary.set(name, (summary.get(name) ?? 0) + value);
  // Killed by a signal there is no code.
  return code ?? 1;
}

/** Never skips: tests that cannot run are a failure, and the script says what to install. */
function prepareEditor() {
  must('.ci/install-vscode', []);
  const { scripts, name } = JSON.parse(readFileSync('package.json', 'utf8'));
  // Given from outside while one file is tried again and again.
  if (env.KB_RECALL_VSIX || !scripts.package) return;
  must('npm', ['run', '--silent', 'package']);
  const [vsix] = globSync(`${name}-*.vsix`, { absolute: true });
  if (!vsix) {
    console.error(`npm run package left no ${name}-*.vsix.`);
    process.exit(1);
  }
  env.KB_RECALL_VSIX = vsix;
}

function must(command, commandArgs) {
  const { status, error } = spawnSync(command, commandArgs, { stdio: 'inherit', env });
  if (error) console.error(`${command}: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}
