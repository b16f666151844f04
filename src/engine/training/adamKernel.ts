// AdamW's update of one array in WebAssembly with four numbers at a time: plain JavaScript, which has 64-bit arithmetic only, took twice
// as long. The module is written out here, since a compiler for one loop would be the bigger dependency.

/** Constants of one update; `g` stands for the gradient as it comes, before clipping. */
export interface AdamConstants {
  /** first = keepFirst first + takeFirst g. */
  keepFirst: number;
  takeFirst: number;
  /** second = keepSecond second + takeSecond g g. */
  keepSecond: number;
  takeSecond: number;
  /** data = shrink data - step first / (sqrt(second) + epsilon). */
  step: number;
  shrink: number;
  epsilon: number;
}

/** Numbers that are copied in, updated and copied back at a time: four such pieces stay in a core's cache. */
const PIECE = 16384;
const BYTES = PIECE * 4;

/** Updates `data`, `first` and `second` in place, in 32-bit arithmetic; all four arrays are equally long. */
export function adamUpdate(
  data: Float32Array,
  first: Float32Array,
  second: Float32Array,
  gradient: Float32Array,
  c: AdamConstants,
): void {
  const [pieceOfData, pieceOfFirst, pieceOfSecond, pieceOfGradient] = pieces as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  for (let at = 0; at < data.length; at += PIECE) {
    const end = Math.min(at + PIECE, data.length);
    pieceOfData.set(data.subarray(at, end));
    pieceOfFirst.set(first.subarray(at, end));
    pieceOfSecond.set(second.subarray(at, end));
    pieceOfGradient.set(gradient.subarray(at, end));
    // Whole vectors of four; what lies behind a shorter end is computed and dropped.
    const bytes = Math.ceil((end - at) / 4) * 16;
    run(bytes, c.keepFirst, c.takeFirst, c.keepSecond, c.takeSecond, c.step, c.shrink, c.epsilon);
    data.set(pieceOfData.subarray(0, end - at), at);
    first.set(pieceOfFirst.subarray(0, end - at), at);
    second.set(pieceOfSecond.subarray(0, end - at), at);
  }
}

// Encodings: WebAssembly core specification 2.0, section 5.
const I32 = 0x7f;
const F32 = 0x7d;
const V128 = 0x7b;
const simd = (code: number): number[] => [0xfd, ...unsigned(code)];
const ADD = simd(228);
const SUBTRACT = simd(229);
const MULTIPLY = simd(230);
const DIVIDE = simd(231);
const ROOT = simd(227);
const SPLAT = simd(19);
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
/** Memory at the loop's offset within a piece: alignment 2^4, then the piece's own offset. */
const load = (piece: number): number[] => [...get(OFFSET), ...simd(0), 4, ...unsigned(piece * BYTES)];
const store = (piece: number, value: number[]): number[] => [
  ...get(OFFSET),
  ...value,
  ...simd(11),
  4,
  ...unsigned(piece * BYTES),
];

// Locals: the byte count, seven 32-bit constants, the offset, the constants spread over four lanes, gradient and moments.
const CONSTANTS = ['keepFirst', 'takeFirst', 'keepSecond', 'takeSecond', 'step', 'shrink', 'epsilon'] as const;
const OFFSET = 1 + CONSTANTS.length;
const lanes = (name: (typeof CONSTANTS)[number]): number[] => get(OFFSET + 1 + CONSTANTS.indexOf(name));
const GRADIENT = OFFSET + 1 + CONSTANTS.length;
const FIRST = GRADIENT + 1;
const SECOND = GRADIENT + 2;

const { run, pieces } = build();

function build(): { run: (bytes: number, ...constants: number[]) => void; pieces: Float32Array[] } {
  const body = [
    ...CONSTANTS.flatMap((_, i) => [...get(1 + i), ...SPLAT, ...set(OFFSET + 1 + i)]),
    ...[0x03, 0x40],
    ...load(3),
    ...set(GRADIENT),
    ...[...load(1), ...lanes('keepFirst'), ...MULTIPLY, ...get(GRADIENT), ...lanes('takeFirst'), ...MULTIPLY, ...ADD],
    ...set(FIRST),
    ...[...load(2), ...lanes('keepSecond'), ...MULTIPLY],
    ...[...get(GRADIENT), ...get(GRADIENT), ...MULTIPLY, ...lanes('takeSecond'), ...MULTIPLY, ...ADD],
    ...set(SECOND),
    ...store(1, get(FIRST)),
    ...store(2, get(SECOND)),
    ...store(0, [
      ...[...load(0), ...lanes('shrink'), ...MULTIPLY],
      ...[...get(FIRST), ...lanes('step'), ...MULTIPLY],
      ...[...get(SECOND), ...ROOT, ...lanes('epsilon'), ...ADD, ...DIVIDE, ...SUBTRACT],
    ]),
    // offset += 16; go on while it is below the byte count.
    ...[...get(OFFSET), 0x41, 16, 0x6a, 0x22, OFFSET, ...get(0), 0x49, 0x0d, 0, 0x0b],
    0x0b,
  ];
  const locals = [
    ...vector([
      [1, I32],
      [CONSTANTS.length + 3, V128],
    ]),
  ];
  const code = [...locals, ...body];
  const parameters = [I32, ...CONSTANTS.map(() => F32)];
  const module = new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([[0x60, ...vector(parameters.map((type) => [type])), 0]])),
    ...section(3, vector([[0]])),
    ...section(5, vector([[0, (4 * BYTES) / 65536]])),
    ...section(7, vector([name('run', 0), name('memory', 2)])),
    ...section(10, vector([[...unsigned(code.length), ...code]])),
  ]);
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;
  const { run, memory } = new Instance(new Module(module)).exports;
  return { run, pieces: [0, 1, 2, 3].map((piece) => new Float32Array(memory.buffer, piece * BYTES, PIECE)) };
}

/** What is used of the global WebAssembly, which Node's types leave out. */
interface WebAssemblyApi {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (
    module: object,
  ) => { exports: { run: (bytes: number, ...constants: number[]) => void; memory: { buffer: ArrayBuffer } } };
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

function vector(items: number[][]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

function section(id: number, content: number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

/** An export: its name, its kind (0 function, 2 memory), the first of that kind. */
function name(text: string, kind: number): number[] {
  return [...vector([...text].map((letter) => [letter.charCodeAt(0)])), kind, 0];
}
