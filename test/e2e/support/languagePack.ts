// A language pack of our own, without texts for the workbench: the window then runs in that language, and whatever is translated in it
// comes from the extension under test. The public packs are on a marketplace, which tests do not reach.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Adds the pack for a language, such as zh-cn, to the extensions folder, and to the list of packs in the user data beside it. */
export async function addLanguagePack(language: string, extensions: string): Promise<void> {
  const id = { publisher: 'kb-recall', name: `language-pack-${language}`, version: '0.0.1' };
  const folder = join(extensions, `${id.publisher}.${id.name}-${id.version}`);
  const translations = join(folder, 'main.i18n.json');
  await mkdir(folder, { recursive: true });
  const localizations = [
    { languageId: language, languageName: language, translations: [{ id: 'vscode', path: './main.i18n.json' }] },
  ];
  const manifest = { ...id, engines: { vscode: '*' }, categories: ['Language Packs'], contributes: { localizations } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(translations, JSON.stringify({ version: '1.0.0', contents: {} }));
  const pack = {
    hash: '0123456789abcdef',
    extensions: [{ extensionIdentifier: { id: `${id.publisher}.${id.name}` }, version: id.version }],
    translations: { vscode: translations },
    label: language,
  };
  await writeFile(join(extensions, '../user/languagepacks.json'), JSON.stringify({ [language]: pack }));
}
