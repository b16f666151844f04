// Which packages of others are in the bundles, under which licences: makes dist/THIRD-PARTY-NOTICES.txt and refuses a licence that we have not
// agreed to. Called by esbuild.mjs with what the bundler says it has read.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Licences that let the extension be handed on under MIT; anything else is a decision for people, not for a build. */
export const ALLOWED = new Set([
  'MIT',
  'MIT-0',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  '0BSD',
  'Zlib',
  'Unlicense',
  'BlueOak-1.0.0',
  'CC0-1.0',
]);

/** Not in the bundles but packed beside them, see .vscodeignore. */
const BESIDE = ['onnxruntime-node', 'onnxruntime-common'];

/**
 * The packages that files belong to, sorted by name: name, version, licence (an SPDX expression) and the texts of its licence files.
 * Throws where a package has no name, or a licence that is not in {@link ALLOWED}.
 */
export function packagesOf(files, root = process.cwd()) {
  const folders = new Set(BESIDE.map((name) => `node_modules/${name}`));
  for (const file of files) {
    const at = file.lastIndexOf('node_modules/');
    if (at < 0) continue;
    const [scope, name] = file.slice(at + 'node_modules/'.length).split('/');
    folders.add(`${file.slice(0, at)}node_modules/${scope.startsWith('@') ? `${scope}/${name}` : scope}`);
  }
  const packages = [...folders].map((folder) => readPackage(path.join(root, folder)));
  return packages.sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1));
}

function readPackage(folder) {
  const { name, version, license, licenses, author } = JSON.parse(
    readFileSync(path.join(folder, 'package.json'), 'utf8'),
  );
  // Old manifests have an object, or a list of them.
  const licence = String(license?.type ?? license ?? licenses?.map(({ type }) => type).join(' OR ') ?? 'none');
  if (!isAllowed(licence)) {
    throw new Error(
      `${name} ${version} is under "${licence}"; licences that may be bundled are ${[...ALLOWED].join(', ')}. Use another package, or agree to it in notices.mjs.`,
    );
  }
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|copying|notice|third.?party.?notices)/i.test(file))
    .sort()
    .map((file) => readFileSync(path.join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim());
  return { name, version, licence, author: String(author?.name ?? author ?? ''), texts };
}

/** One of the alternatives of an OR is enough; of an AND every part is needed. */
export function isAllowed(expression) {
  const parts = expression.replace(/[()]/g, '').split(/\s+OR\s+/i);
  return parts.some((part) => part.split(/\s+AND\s+/i).every((each) => ALLOWED.has(each.trim())));
}

/** The text of the notices file. */
export function noticesText(packages) {
  const line = '-'.repeat(80);
  const parts = packages.map(({ name, version, licence, author, texts }) =>
    [
      line,
      `${name} ${version}, ${licence}`,
      '',
      ...(texts.length > 0 ? texts : [`Its package has no licence file.${author && ` Author: ${author}`}`]),
      '',
    ].join('\n'),
  );
  return [
    'KB Recall contains these packages, under the licences that follow. It is itself under the MIT licence, see LICENSE.',
    '',
    ...packages.map(({ name, version, licence }) => `${name} ${version}: ${licence}`),
    '',
    ...parts,
  ].join('\n');
}

/** The files that a bundler's metafiles say were read. */
export function filesOf(metafiles, cwd = process.cwd()) {
  const files = metafiles.flatMap(({ inputs }) => Object.keys(inputs));
  return files.filter((file) => existsSync(path.join(cwd, file)));
}
