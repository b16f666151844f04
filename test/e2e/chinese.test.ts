// A window in Chinese: commands, messages and diagnostics are in Chinese.
import assert from 'node:assert/strict';
import { addExtension } from './support/extension.ts';
import { addLanguagePack } from './support/languagePack.ts';
import { scenarios } from './support/scenario.ts';

const scenario = scenarios({
  folders: ['test/fixtures/desk'],
  locale: 'zh-cn',
  install: async (extensions) => {
    await addExtension(extensions);
    await addLanguagePack('zh-cn', extensions);
  },
});

scenario('command, notification and diagnostic are in Chinese', async ({ editor, views }) => {
  await editor.run('KB Recall: 评测标准问题');
  const told = await views.notification(/^desk[:：].*12/, { within: 60_000 });
  assert.match(told, /\p{Script=Han}{4}/u);
  const [missed] = await views.problemsWhen(
    'the missed question',
    'closing-a-household-wallet',
    (rows) => rows.length > 0,
  );
  assert.match(missed!.message, /\p{Script=Han}{3}/u);
  assert.doesNotMatch(missed!.message, /Not in the first/);
});
