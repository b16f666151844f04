// Runs the test files under test/ with node's own test runner, TypeScript through tsx. Arguments name folders (unit, e2e) or single files
// without their ending (e2e/problems); without any, all are run. For e2e the editor is installed and the VSIX is packed first.
import { spawnSync } from 'node:child_process';
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
const args = ['--import', 'tsx', '--test', '--test-concurrency=1', ...files];
process.exit(spawnSync(process.execPath, args, { stdio: 'inherit', env }).status ?? 1);

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
