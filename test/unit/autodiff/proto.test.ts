// ONNX bytes to Graph and back, against our own writer and a model written by Python's onnx (test/reference/onnx_golden.py).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { GraphBuilder } from '../../../src/autodiff/builder.ts';
import { type Attribute, type Graph, int, integersOf, type Tensor } from '../../../src/autodiff/graph.ts';
import { allocate, decodeModel, encodeModel, ProtoError } from '../../../src/autodiff/proto.ts';
import { Session } from '../../../src/engine/runtime.ts';

const TENSORS: Record<string, Tensor> = {
  float32: { type: 'float32', dims: [2, 2], data: Float32Array.of(1.5, -0, Infinity, NaN) },
  float64: { type: 'float64', dims: [2], data: Float64Array.of(1e-300, -2) },
  float16: { type: 'float16', dims: [2], data: Uint16Array.of(0x3e00, 0xc000) },
  int64: { type: 'int64', dims: [3], data: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n, 0n) },
  int32: { type: 'int32', dims: [2], data: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) },
  int8: { type: 'int8', dims: [2], data: Int8Array.of(-128, 127) },
  uint8: { type: 'uint8', dims: [2], data: Uint8Array.of(0, 255) },
  bool: { type: 'bool', dims: [2], data: Uint8Array.of(1, 0) },
  scalar: { type: 'float32', dims: [], data: Float32Array.of(2.5) },
  empty: { type: 'float32', dims: [0, 3], data: new Float32Array(0) },
};
const ATTRIBUTES: Record<string, Attribute> = {
  int: { kind: 'int', value: -3 },
  largest: { kind: 'int', value: Number.MAX_SAFE_INTEGER },
  zero: { kind: 'int', value: 0 },
  float: { kind: 'float', value: 0.5 },
  string: { kind: 'string', value: 'zwölf 二 \u0000' },
  blank: { kind: 'string', value: '' },
  ints: { kind: 'ints', value: [-1, 0, 300, 2 ** 40, -(2 ** 40)] },
  floats: { kind: 'floats', value: [0.25, -2] },
  strings: { kind: 'strings', value: ['a', '', '二'] },
  noInts: { kind: 'ints', value: [] },
  tensor: { kind: 'tensor', value: TENSORS.int64! },
  scalarTensor: { kind: 'tensor', value: TENSORS.scalar! },
};

function sample(): Graph {
  return {
    name: 'sample',
    nodes: [
      {
        op: 'Kinds',
        domain: 'test.domain',
        name: 'kinds',
        inputs: ['x', '', 'int64'],
        outputs: ['y', ''],
        attributes: new Map(Object.entries(ATTRIBUTES)),
      },
      { op: 'Add', domain: '', name: 'sum', inputs: ['y', 'scalar'], outputs: ['z'], attributes: new Map() },
    ],
    inputs: [
      { name: 'x', type: 'float32', dims: ['batch', 3, null] },
      { name: 'flag', type: 'bool', dims: [] },
    ],
    outputs: [{ name: 'z', type: 'float16', dims: [0, 'sequence'] }],
    initializers: new Map(Object.entries(TENSORS)),
    opsets: new Map([
      ['test.domain', 2],
      ['', 17],
    ]),
  };
}

describe('our own writer', () => {
  test('a graph comes back as it was', () => {
    assert.deepEqual(decodeModel(encodeModel(sample())), sample());
  });

  test('tensors that are views of a larger buffer are written as the view', () => {
    const graph = sample();
    graph.initializers = new Map([
      ['view', { type: 'float32', dims: [2], data: Float32Array.of(1, 2, 3, 4).subarray(1, 3) }],
    ]);
    assert.deepEqual([...decodeModel(encodeModel(graph)).initializers.get('view')!.data], [2, 3]);
  });

  test('tensors are copies, aligned wherever the model lies in its buffer', () => {
    const bytes = encodeModel(sample());
    for (const shift of [1, 3]) {
      const moved = new Uint8Array(bytes.length + shift);
      moved.set(bytes, shift);
      const graph = decodeModel(moved.subarray(shift));
      moved.fill(0);
      assert.deepEqual(graph, sample());
    }
  });

  test('an output without a type is left to the runtime, which loads and runs the model', async () => {
    const b = GraphBuilder.empty('run');
    b.input('x', 'float32', ['n']);
    const sum = b.op('ReduceSum', [b.mul('x', b.scalar(3))], { keepdims: int(0) });
    b.output(sum);
    const session = await Session.open(encodeModel(b.graph), { threads: 1 });
    const results = await session.run({ x: { type: 'float32', dims: [3], data: Float32Array.of(1, 2, 3) } });
    await session.close();
    assert.deepEqual([results[sum]!.dims, results[sum]!.data], [[], Float32Array.of(18)]);
  });
});

describe("a model written by Python's onnx", () => {
  const graph = decodeModel(readFileSync(new URL('../../golden/gradients/python.onnx', import.meta.url)));

  test('nodes with every kind of attribute', () => {
    const [kinds, plain] = graph.nodes;
    assert.deepEqual(
      { ...kinds, attributes: undefined },
      {
        op: 'Kinds',
        domain: 'test.domain',
        name: 'kinds',
        inputs: ['x', '', 'float32_raw'],
        outputs: ['y'],
        attributes: undefined,
      },
    );
    assert.deepEqual(
      kinds!.attributes,
      new Map<string, Attribute>([
        ['int', { kind: 'int', value: -3 }],
        ['largest', { kind: 'int', value: Number.MAX_SAFE_INTEGER }],
        ['float', { kind: 'float', value: 0.5 }],
        ['text', { kind: 'string', value: 'zwölf' }],
        ['ints', { kind: 'ints', value: [-1, 0, 300] }],
        ['floats', { kind: 'floats', value: [0.25, -2] }],
        ['strings', { kind: 'strings', value: ['a', '二'] }],
        ['tensor', { kind: 'tensor', value: { type: 'int64', dims: [2], data: BigInt64Array.of(-7n, 9n) } }],
      ]),
    );
    assert.deepEqual(plain, {
      op: 'Add',
      domain: '',
      name: '',
      inputs: ['y', 'x'],
      outputs: ['z'],
      attributes: new Map(),
    });
  });

  test('tensors of every type, as raw bytes and as typed fields', () => {
    const wanted: Record<string, Tensor['data']> = {
      float32: Float32Array.of(1.5, -2),
      float64: Float64Array.of(1e-3, -2),
      float16: Uint16Array.of(0x3e00, 0xc000),
      int64: BigInt64Array.of(-(2n ** 40n), 5n),
      int32: Int32Array.of(-70000, 5),
      int8: Int8Array.of(-128, 5),
      uint8: Uint8Array.of(255, 5),
      bool: Uint8Array.of(1, 0),
    };
    for (const [type, data] of Object.entries(wanted))
      for (const form of ['raw', 'typed'])
        assert.deepEqual(graph.initializers.get(`${type}_${form}`), { type, dims: [2, 1], data }, `${type} ${form}`);
    assert.deepEqual(graph.initializers.get('scalar'), { type: 'float32', dims: [], data: Float32Array.of(2.5) });
    assert.deepEqual(graph.initializers.get('empty'), { type: 'float32', dims: [0, 3], data: new Float32Array(0) });
    assert.equal(graph.initializers.size, 18);
  });

  test('inputs without those that are initializers, outputs and operator sets', () => {
    assert.deepEqual(graph.inputs, [{ name: 'x', type: 'float32', dims: ['batch', 3, null] }]);
    assert.deepEqual(graph.outputs, [{ name: 'z', type: 'float32', dims: ['batch', 3, null] }]);
    assert.deepEqual(
      [...graph.opsets],
      [
        ['', 17],
        ['test.domain', 2],
      ],
    );
  });

  test('it survives our own writer', () => {
    assert.deepEqual(decodeModel(encodeModel(graph)), graph);
  });
});

describe('bytes that are not a model', () => {
  const refuses = (bytes: Uint8Array, detail: RegExp, what?: string): void =>
    assert.throws(
      () => decodeModel(bytes),
      (error) => error instanceof ProtoError && detail.test(error.message),
      what,
    );

  test('nothing, text, zeros and noise', () => {
    refuses(new Uint8Array(0), /not an ONNX model/);
    refuses(
      new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 90405214\n'),
      /./,
    );
    refuses(new TextEncoder().encode('<!doctype html><title>Not found</title>'), /./);
    refuses(new Uint8Array(1000), /not an ONNX model/);
    let state = 1;
    for (let n = 0; n < 200; n++) {
      const noise = Uint8Array.from({ length: 1 + (n % 97) }, () => {
        state = (Math.imul(state, 1103515245) + 12345) >>> 0;
        return state >>> 16;
      });
      refuses(noise, /./, `noise ${n}`);
    }
  });

  test('a file that was cut off anywhere before its operator sets', () => {
    const bytes = encodeModel(sample());
    // The last entry (tag, length, tag, version) is a second operator set: without it the model still looks whole.
    const whole = bytes.length - 4;
    for (let length = 0; length < whole; length++)
      refuses(bytes.subarray(0, length), /./, `cut at ${length} of ${bytes.length}`);
  });

  test('a tensor whose bytes do not fit its shape', () => {
    const graph = sample();
    graph.initializers = new Map([['short', { type: 'float32', dims: [3], data: new Float32Array(2) }]]);
    refuses(encodeModel(graph), /tensor short has 8 bytes where its shape asks for 12/);
  });

  test('weights outside the file, strings as tensors and control flow', () => {
    // Fields of TensorProto: name, dims, data_type, data_location.
    const model = (tensor: number[]): Uint8Array =>
      Uint8Array.from([...field(8, [0x10, 17]), ...field(7, [...field(1, field(4, [65])), ...field(5, tensor)])]);
    refuses(model([...field(8, [119]), 0x08, 1, 0x10, 1, 0x70, 1]), /tensor w is stored outside the model file/);
    refuses(model([...field(8, [119]), 0x08, 1, 0x10, 8]), /type 8 is not supported/);
    const branch = field(5, [...field(1, [98]), ...field(6, []), 0xa0, 0x01, 5]);
    refuses(
      Uint8Array.from([...field(8, [0x10, 17]), ...field(7, field(1, [...field(4, [73, 102]), ...branch]))]),
      /attribute b is of kind 5/,
    );
  });

  /** A length-delimited protobuf field. */
  function field(tag: number, content: number[]): number[] {
    return [(tag << 3) | 2, content.length, ...content];
  }
});

test('allocate gives the array of each type', () => {
  for (const [name, { type, data }] of Object.entries(TENSORS))
    assert.equal(allocate(type, 2).constructor, data.constructor, name);
});

test('integersOf reads 64-bit and 32-bit integers', () => {
  assert.deepEqual(integersOf({ type: 'int64', dims: [2], data: BigInt64Array.of(-1n, 7n) }), [-1, 7]);
  assert.deepEqual(integersOf({ type: 'int32', dims: [2], data: Int32Array.of(-1, 7) }), [-1, 7]);
});
