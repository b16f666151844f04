// Finding and downloading models against a hub on this machine: nothing half there, nothing asked without permission.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../../../src/core/errors.ts';
import type { Progress } from '../../../src/core/progress.ts';
import { type ModelSource, resolveModel } from '../../../src/engine/hub.ts';
import { expandWeights, PACKED_FILE, packWeights } from '../../../src/engine/packedWeights.ts';
import { writeSafetensors } from '../../../src/engine/safetensors.ts';

type Answer = string | Buffer | ((response: ServerResponse) => void);

// Beyond one network read, so that a broken connection shows in the middle.
const WEIGHTS = Buffer.concat([Buffer.from('0200000000000000', 'hex'), Buffer.from('{}'), Buffer.alloc(600_000, 7)]);
const GOOD: Record<string, Answer> = {
  'config.json': '{"model_type":"bert"}',
  'tokenizer.json': '{}',
  'tokenizer_config.json': '{}',
  '1_Pooling/config.json': '{}',
  'model.safetensors': WEIGHTS,
};

interface Hub {
  endpoint: string;
  requests: string[];
  files: Record<string, Answer>;
}

async function withHub(work: (hub: Hub, models: string, source: ModelSource) => Promise<void>): Promise<void> {
  const hub: Hub = { endpoint: '', requests: [], files: { ...GOOD } };
  const server = createServer((request, response) => {
    hub.requests.push(request.url ?? '');
    const answer = hub.files[(request.url ?? '').replace('/moka/m3e/resolve/main/', '')];
    if (typeof answer === 'function') {
      answer(response);
    } else {
      response.writeHead(answer === undefined ? 404 : 200, { 'content-length': answer?.length ?? 0 }).end(answer);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  hub.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const root = await mkdtemp(join(tmpdir(), 'kb-hub-'));
  try {
    const models = join(root, 'models');
    await work(hub, models, { modelsFolder: models, allowDownload: true, endpoint: hub.endpoint });
  } finally {
    server.closeAllConnections();
    server.close();
    await rm(root, { recursive: true, force: true });
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const found: string[] = [];
  for (const name of names) {
    if ((await stat(join(folder, name))).isFile()) {
      found.push(name);
    }
  }
  return found.sort();
}

function failure(code: string, ...messages: RegExp[]) {
  return (error: unknown) => {
    assert.ok(error instanceof UserError, String(error));
    assert.equal(error.code, code);
    for (const message of messages) {
      assert.match(error.message, message);
    }
    return true;
  };
}

test('downloads a model whole, with progress, then finds it without the hub', () =>
  withHub(async (hub, models, source) => {
    const reports: Progress[] = [];
    const folder = await resolveModel('moka/m3e', { ...source, onProgress: (report) => reports.push(report) });
    assert.equal(folder, join(models, 'moka', 'm3e'));
    assert.deepEqual(
      await filesIn(models),
      Object.keys(GOOD)
        .map((file) => `moka/m3e/${file}`)
        .sort(),
    );
    assert.deepEqual(await readFile(join(folder, 'model.safetensors')), WEIGHTS);
    assert.ok(hub.requests.includes('/moka/m3e/resolve/main/modules.json'), 'optional files are asked for');
    assert.ok(!hub.requests.some((url) => url.endsWith('.onnx')), 'one kind of weights is enough');
    const last = reports.filter((report) => report.detail?.file === 'model.safetensors').at(-1);
    assert.deepEqual(last, {
      stage: 'download',
      done: WEIGHTS.length,
      total: WEIGHTS.length,
      detail: { file: 'model.safetensors' },
    });

    const asked = hub.requests.length;
    assert.equal(await resolveModel('moka/m3e', source), folder);
    assert.equal(hub.requests.length, asked);
  }));

test('takes ONNX where there is no safetensors file', () =>
  withHub(async (hub, _, source) => {
    delete hub.files['model.safetensors'];
    hub.files['onnx/model.onnx'] = 'onnx';
    const folder = await resolveModel('moka/m3e', source);
    assert.equal(await readFile(join(folder, 'onnx/model.onnx'), 'utf8'), 'onnx');
  }));

test('HF_ENDPOINT is used where no endpoint is given', () =>
  withHub(async (hub, models) => {
    const before = process.env.HF_ENDPOINT;
    process.env.HF_ENDPOINT = `${hub.endpoint}/`;
    try {
      await resolveModel('moka/m3e', { modelsFolder: models, allowDownload: true });
      assert.ok(hub.requests.includes('/moka/m3e/resolve/main/config.json'));
    } finally {
      if (before === undefined) {
        delete process.env.HF_ENDPOINT;
      } else {
        process.env.HF_ENDPOINT = before;
      }
    }
  }));

test('nothing is fetched but over https, wherever the hub sends on to', () =>
  withHub(async (hub, models, source) => {
    for (const endpoint of [
      'http://hub.example',
      'ftp://hub.example',
      'file:///etc',
      'hub.example',
      'http://127.0.0.1.hub.example',
    ])
      await assert.rejects(
        resolveModel('moka/m3e', { ...source, endpoint }),
        failure('hub-insecure', /https only/),
        endpoint,
      );
    assert.deepEqual(hub.requests, []);
    hub.files['model.safetensors'] = (response) =>
      response.writeHead(302, { location: 'http://hub.example/model.safetensors' }).end();
    await assert.rejects(resolveModel('moka/m3e', source), failure('hub-insecure', /hub\.example/));
    hub.files['model.safetensors'] = (response) =>
      response.writeHead(302, { location: '/moka/m3e/resolve/main/model.safetensors' }).end();
    await assert.rejects(resolveModel('moka/m3e', source), failure('model-download-failed', /more than 5 times/));
    assert.ok((await filesIn(models)).every((file) => file.startsWith('.partial/')));
    // Where it stays on this machine it is followed.
    hub.files['store/weights'] = WEIGHTS;
    hub.files['model.safetensors'] = (response) =>
      response.writeHead(307, { location: '/moka/m3e/resolve/main/store/weights' }).end();
    assert.deepEqual(await readFile(join(await resolveModel('moka/m3e', source), 'model.safetensors')), WEIGHTS);
  }));

const broken: [what: string, file: string, answer: Answer | undefined, message: RegExp][] = [
  [
    'the connection breaks in the middle',
    'model.safetensors',
    (response) => {
      response.writeHead(200, { 'content-length': WEIGHTS.length });
      response.write(WEIGHTS.subarray(0, 300_000), () => response.destroy());
    },
    /model\.safetensors of moka\/m3e from http:\/\/127.*terminated/,
  ],
  ['a needed file is absent', 'tokenizer.json', undefined, /tokenizer\.json .*no such file/],
  ['there are no weights', 'model.safetensors', undefined, /model\.safetensors or onnx\/model\.onnx .*neither/],
  [
    'an optional file fails for another reason than absence',
    '1_Pooling/config.json',
    (response) => response.writeHead(500).end(),
    /1_Pooling\/config\.json .*500 Internal Server Error/,
  ],
  ['access is refused', 'config.json', (response) => response.writeHead(401).end(), /config\.json .*Unauthorized/],
  ['a login page answers', 'config.json', '<html>Welcome', /config\.json .*not JSON/],
  ['a login page answers for the weights', 'model.safetensors', '<html>Welcome</html>', /no safetensors file/],
];
for (const [what, file, answer, message] of broken) {
  test(`when ${what}, no model appears, and a second attempt goes on`, () =>
    withHub(async (hub, models, source) => {
      if (answer === undefined) {
        delete hub.files[file];
      } else {
        hub.files[file] = answer;
      }
      await assert.rejects(resolveModel('moka/m3e', source), failure('model-download-failed', message));
      for (const left of await filesIn(models)) {
        assert.ok(left.startsWith('.partial/'), left);
        assert.ok(!left.endsWith(file), left);
      }
      await assert.rejects(resolveModel('moka/m3e', { ...source, allowDownload: false }), failure('model-not-found'));

      hub.files[file] = GOOD[file]!;
      hub.requests.length = 0;
      const folder = await resolveModel('moka/m3e', source);
      assert.deepEqual(
        await filesIn(models),
        Object.keys(GOOD)
          .map((name) => `moka/m3e/${name}`)
          .sort(),
      );
      assert.deepEqual(await readFile(join(folder, 'model.safetensors')), WEIGHTS);
      const again = hub.requests.filter((url) => url.endsWith('/main/config.json')).length;
      assert.equal(again, file === 'config.json' ? 1 : 0, 'whole files are kept');
    }));
}

test('files of an attempt long ago are not mixed with new ones', () =>
  withHub(async (hub, models, source) => {
    const partial = join(models, '.partial/moka/m3e');
    await mkdir(partial, { recursive: true });
    await writeFile(join(partial, 'config.json'), '{"old":true}');
    await utimes(partial, 1000, 1000);
    const folder = await resolveModel('moka/m3e', source);
    assert.equal(await readFile(join(folder, 'config.json'), 'utf8'), GOOD['config.json']);
    assert.ok(hub.requests.includes('/moka/m3e/resolve/main/config.json'));
  }));

test('can be cancelled while the hub keeps silent, and while it sends', () =>
  withHub(async (hub, models, source) => {
    for (const send of [0, 300_000]) {
      hub.files['model.safetensors'] = (response) => {
        response.writeHead(200, { 'content-length': WEIGHTS.length });
        response.write(WEIGHTS.subarray(0, send || 1));
      };
      const controller = new AbortController();
      const started = Date.now();
      const work = resolveModel('moka/m3e', { ...source, signal: controller.signal });
      setTimeout(() => controller.abort(), 150);
      await assert.rejects(work, { name: 'AbortError' });
      assert.ok(Date.now() - started < 1500);
      assert.ok((await filesIn(models)).every((file) => file.startsWith('.partial/')));
    }
  }));

test('asks nobody without permission, and says what to put where', () =>
  withHub(async (hub, models) => {
    const closed = { modelsFolder: models, embeddedFolder: '/embedded', endpoint: hub.endpoint };
    await assert.rejects(
      resolveModel('moka/m3e', closed),
      failure('model-not-found', /moka\/m3e/, /models\/moka\/m3e, \/embedded\/moka\/m3e/),
    );
    await resolveModel('moka/m3e', closed).catch(({ action }: UserError) => {
      assert.ok(action.includes(join(models, 'moka/m3e')), action);
      assert.match(action, /config\.json, tokenizer\.json, model\.safetensors or onnx\/model\.onnx/);
    });
    assert.deepEqual(hub.requests, []);
    const off = { ...closed, endpoint: 'http://127.0.0.1:9', allowDownload: true };
    await assert.rejects(resolveModel('moka/m3e', off), failure('model-download-failed', /127\.0\.0\.1:9/));
  }));

test('a folder wins over a name; paths and bad names are told apart', () =>
  withHub(async (hub, models, source) => {
    const folder = join(models, 'own');
    await mkdir(folder, { recursive: true });
    await assert.rejects(resolveModel(folder, source), failure('model-file-missing', /lacks config\.json/));
    await writeFile(join(folder, 'config.json'), '{}');
    assert.equal(await resolveModel(folder, source), folder);
    assert.equal(await resolveModel('own', source), folder);
    assert.equal(await resolveModel('own', { modelsFolder: '/nowhere', embeddedFolder: models }), folder);
    await assert.rejects(resolveModel('./none', source), failure('model-file-missing', /none lacks/));
    for (const name of ['a/b/c', '../x', 'a/../b', 'a b', '', '?', 'a//b', '.hidden/x']) {
      await assert.rejects(resolveModel(name, source), UserError, name);
    }
    assert.deepEqual(hub.requests, []);
  }));

test('a compact embedded model is expanded into the models folder', () =>
  withHub(async (_, models, source) => {
    const embeddedFolder = join(models, '../embedded');
    const folder = join(embeddedFolder, 'small');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'config.json'), '{}');
    const word = { name: 'w', dims: [1, 2], data: Float32Array.of(1, 2) };
    await writeSafetensors(
      join(folder, PACKED_FILE),
      packWeights([word], () => [{ kind: 'int8', columns: 2 }]),
    );
    const expandedSha256 = await expandWeights(join(folder, PACKED_FILE), join(models, '../once'));
    await writeFile(join(folder, 'kb_recall.json'), JSON.stringify({ expandedSha256 }));
    const ready = await resolveModel('small', { ...source, embeddedFolder });
    assert.equal(ready, join(models, '.expanded/small'));
    assert.deepEqual(await filesIn(ready), ['.expanded.json', 'config.json', 'kb_recall.json', 'model.safetensors']);
    assert.deepEqual(await filesIn(folder), ['config.json', 'kb_recall.json', PACKED_FILE]);
  }));
