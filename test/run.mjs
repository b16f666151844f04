// Runs the test files under test/ (or the named sub-folders) with node's own test runner, TypeScript through tsx.
import { spawnSync } from 'node:child_process';
import { globSync } from 'tinyglobby';

const folders = process.argv.slice(2);
const patterns = (folders.length > 0 ? folders : ['unit', 'gradients', 'engine', 'cli']).map(
  (name) => `test/${name}/**/*.test.ts`,
);
const files = globSync(patterns).sort();
if (files.length === 0) {
  console.error(`No test files match ${patterns.join(', ')}.`);
  process.exit(1);
}
const args = ['--import', 'tsx', '--test', '--test-concurrency=1', ...files];
process.exit(spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1);
