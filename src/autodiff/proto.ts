// ONNX bytes to Graph and back: the only place that knows protobuf. Field numbers are those of onnx.proto (ONNX, Apache-2.0).
import Pbf from 'pbf';
import type { Attribute, DataType, Graph, Node, Tensor, TensorArray, ValueInfo } from './graph.ts';

/** ONNX's numbers of element types, as Cast takes them. */
export const TYPE_CODES: Record<DataType, number> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
};
const TYPES = new Map(Object.entries(TYPE_CODES).map(([type, code]) => [code, type as DataType]));
const ATTRIBUTE_KINDS = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7, strings: 8 } as const;

/** Thrown when bytes are not an ONNX model that this engine can read; the message says what came. */
export class ProtoError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ProtoError';
  }
}

/** An empty array for `length` elements of a type, aligned. */
export function allocate(type: DataType, length: number): TensorArray {
  switch (type) {
    case 'float32':
      return new Float32Array(length);
    case 'float64':
      return new Float64Array(length);
    case 'float16':
      return new Uint16Array(length);
    case 'int64':
      return new BigInt64Array(length);
    case 'int32':
      return new Int32Array(length);
    case 'int8':
      return new Int8Array(length);
    default:
      return new Uint8Array(length);
  }
}

function dataType(code: number): DataType {
  const type = TYPES.get(code);
  if (type === undefined) throw new ProtoError(`tensor element type ${code} is not supported`);
  return type;
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();
// 64-bit "to the end" markers do not fit a double; anything beyond 2^53 means the same to every operator that takes one.
const safe = (value: number): number => Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, value));

function readIntegers(into: number[], pbf: Pbf): void {
  for (const value of pbf.readPackedVarint([], true)) into.push(safe(value));
}

interface RawTensor {
  name: string;
  dims: number[];
  code: number;
  raw?: Uint8Array;
  floats: number[];
  doubles: number[];
  integers: number[];
  external: boolean;
}

function readTensor(pbf: Pbf): { name: string; tensor: Tensor } {
  const raw: RawTensor = { name: '', dims: [], code: 0, floats: [], doubles: [], integers: [], external: false };
  pbf.readMessage((tag, result, p) => {
    if (tag === 1) readIntegers(result.dims, p);
    else if (tag === 2) result.code = p.readVarint();
    else if (tag === 4) p.readPackedFloat(result.floats);
    else if (tag === 5 || tag === 7) readIntegers(result.integers, p);
    else if (tag === 8) result.name = p.readString();
    else if (tag === 9) result.raw = p.readBytes();
    else if (tag === 10) p.readPackedDouble(result.doubles);
    else if (tag === 14) result.external = p.readVarint() === 1;
  }, raw);
  if (raw.external) throw new ProtoError(`tensor ${raw.name} is stored outside the model file, which is not supported`);
  const type = dataType(raw.code);
  const length = raw.dims.reduce((a, b) => a * b, 1);
  const data = allocate(type, length);
  if (raw.raw !== undefined) {
    if (raw.raw.byteLength !== data.byteLength)
      throw new ProtoError(
        `tensor ${raw.name} has ${raw.raw.byteLength} bytes where its shape asks for ${data.byteLength}`,
      );
    new Uint8Array(data.buffer).set(raw.raw);
  } else {
    const values = raw.floats.length > 0 ? raw.floats : raw.doubles.length > 0 ? raw.doubles : raw.integers;
    if (values.length !== length)
      throw new ProtoError(`tensor ${raw.name} has ${values.length} values where its shape asks for ${length}`);
    if (data instanceof BigInt64Array) for (let i = 0; i < length; i++) data[i] = BigInt(values[i]!);
    else data.set(values);
  }
  return { name: raw.name, tensor: { type, dims: raw.dims, data } };
}

function readAttribute(pbf: Pbf): { name: string; attribute: Attribute } {
  const raw = {
    name: '',
    kind: 0,
    f: 0,
    i: 0,
    s: '',
    t: undefined as Tensor | undefined,
    floats: [] as number[],
    ints: [] as number[],
    strings: [] as string[],
  };
  pbf.readMessage((tag, result, p) => {
    if (tag === 1) result.name = p.readString();
    else if (tag === 2) result.f = p.readFloat();
    else if (tag === 3) result.i = safe(p.readVarint(true));
    else if (tag === 4) result.s = decoder.decode(p.readBytes());
    else if (tag === 5) result.t = readTensor(p).tensor;
    else if (tag === 7) p.readPackedFloat(result.floats);
    else if (tag === 8) readIntegers(result.ints, p);
    else if (tag === 9) result.strings.push(decoder.decode(p.readBytes()));
    else if (tag === 20) result.kind = p.readVarint();
  }, raw);
  const { name } = raw;
  switch (raw.kind) {
    case ATTRIBUTE_KINDS.float:
      return { name, attribute: { kind: 'float', value: raw.f } };
    case ATTRIBUTE_KINDS.int:
      return { name, attribute: { kind: 'int', value: raw.i } };
    case ATTRIBUTE_KINDS.string:
      return { name, attribute: { kind: 'string', value: raw.s } };
    case ATTRIBUTE_KINDS.floats:
      return { name, attribute: { kind: 'floats', value: raw.floats } };
    case ATTRIBUTE_KINDS.ints:
      return { name, attribute: { kind: 'ints', value: raw.ints } };
    case ATTRIBUTE_KINDS.strings:
      return { name, attribute: { kind: 'strings', value: raw.strings } };
    case ATTRIBUTE_KINDS.tensor:
      if (raw.t) return { name, attribute: { kind: 'tensor', value: raw.t } };
  }
  throw new ProtoError(`attribute ${name} is of kind ${raw.kind}, which is not supported (control flow?)`);
}

function readNode(pbf: Pbf): Node {
  const node: Node = { op: '', domain: '', name: '', inputs: [], outputs: [], attributes: new Map() };
  return pbf.readMessage((tag, result, p) => {
    if (tag === 1) result.inputs.push(p.readString());
    else if (tag === 2) result.outputs.push(p.readString());
    else if (tag === 3) result.name = p.readString();
    else if (tag === 4) result.op = p.readString();
    else if (tag === 5) {
      const { name, attribute } = readAttribute(p);
      result.attributes.set(name, attribute);
    } else if (tag === 7) {
      const domain = p.readString();
      result.domain = domain === 'ai.onnx' ? '' : domain;
    }
  }, node);
}

function readValueInfo(pbf: Pbf): ValueInfo {
  const value: ValueInfo = { name: '', type: 'float32', dims: [] };
  const dimension = (result: { dim: number | string | null }, tag: number, p: Pbf): void => {
    if (tag === 1) result.dim = p.readVarint(true);
    else if (tag === 2) result.dim = p.readString();
  };
  return pbf.readMessage((tag, result, p) => {
    if (tag === 1) result.name = p.readString();
    else if (tag === 2)
      p.readMessage((typeTag, _, q) => {
        if (typeTag !== 1) return;
        q.readMessage((tensorTag, __, r) => {
          if (tensorTag === 1) result.type = dataType(r.readVarint());
          else if (tensorTag === 2)
            r.readMessage((shapeTag, ___, s) => {
              if (shapeTag !== 1) return;
              const holder: { dim: number | string | null } = { dim: null };
              s.readMessage((dimTag, h, t) => dimension(h, dimTag, t), holder);
              result.dims.push(holder.dim);
            }, {});
        }, {});
      }, {});
  }, value);
}

/** Parses a model file. Throws {@link ProtoError} for bytes that are not a model, external data or control flow. */
export function decodeModel(bytes: Uint8Array): Graph {
  const graph: Graph = { name: '', nodes: [], inputs: [], outputs: [], initializers: new Map(), opsets: new Map() };
  try {
    const reader = new Pbf(bytes);
    // pbf reads floats from the start of the whole buffer, of which the bytes may be a part (Node's small files are).
    reader.dataView = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    reader.readFields((tag, _, pbf) => {
      if (tag === 8) {
        const opset = { domain: '', version: 0 };
        pbf.readMessage((t, o, p) => {
          if (t === 1) o.domain = p.readString();
          else if (t === 2) o.version = p.readVarint();
        }, opset);
        graph.opsets.set(opset.domain === 'ai.onnx' ? '' : opset.domain, opset.version);
      } else if (tag === 7) {
        pbf.readMessage((t, g, p) => {
          if (t === 1) g.nodes.push(readNode(p));
          else if (t === 2) g.name = p.readString();
          else if (t === 5) {
            const { name, tensor } = readTensor(p);
            g.initializers.set(name, tensor);
          } else if (t === 11) g.inputs.push(readValueInfo(p));
          else if (t === 12) g.outputs.push(readValueInfo(p));
        }, graph);
      }
    }, {});
  } catch (error) {
    if (error instanceof ProtoError) throw error;
    throw new ProtoError(`not an ONNX model (${error instanceof Error ? error.message : String(error)})`);
  }
  if (graph.nodes.length === 0 || graph.opsets.size === 0) throw new ProtoError('not an ONNX model (no graph in it)');
  // Old exporters list initializers among the inputs as well.
  graph.inputs = graph.inputs.filter((input) => !graph.initializers.has(input.name));
  return graph;
}

function bytesOf({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** All of a tensor but its values. */
function writeTensorHead(tensor: Tensor, name: string, pbf: Pbf): void {
  // Unpacked: protobuf readers take both, and pbf drops an empty packed field, which a scalar's shape is.
  for (const dim of tensor.dims) pbf.writeVarintField(1, dim);
  pbf.writeVarintField(2, TYPE_CODES[tensor.type]);
  if (name) pbf.writeStringField(8, name);
}

function writeTensor(tensor: Tensor, name: string, pbf: Pbf): void {
  writeTensorHead(tensor, name, pbf);
  pbf.writeBytesField(9, bytesOf(tensor));
}

function writeAttribute(name: string, attribute: Attribute, pbf: Pbf): void {
  pbf.writeStringField(1, name);
  switch (attribute.kind) {
    case 'float':
      pbf.writeFloatField(2, attribute.value);
      break;
    case 'int':
      pbf.writeVarintField(3, attribute.value);
      break;
    case 'string':
      pbf.writeBytesField(4, encoder.encode(attribute.value));
      break;
    case 'tensor':
      pbf.writeMessage(5, (t: Tensor, p) => writeTensor(t, '', p), attribute.value);
      break;
    case 'floats':
      for (const value of attribute.value) pbf.writeFloatField(7, value);
      break;
    case 'ints':
      for (const value of attribute.value) pbf.writeVarintField(8, value);
      break;
    case 'strings':
      for (const value of attribute.value) pbf.writeBytesField(9, encoder.encode(value));
      break;
  }
  pbf.writeVarintField(20, ATTRIBUTE_KINDS[attribute.kind]);
}

function writeNode(node: Node, pbf: Pbf): void {
  for (const input of node.inputs) pbf.writeStringField(1, input);
  for (const output of node.outputs) pbf.writeStringField(2, output);
  pbf.writeStringField(3, node.name);
  pbf.writeStringField(4, node.op);
  for (const [name, attribute] of node.attributes)
    pbf.writeMessage(5, (a: Attribute, p) => writeAttribute(name, a, p), attribute);
  if (node.domain) pbf.writeStringField(7, node.domain);
}

function writeValueInfo(value: ValueInfo, pbf: Pbf): void {
  pbf.writeStringField(1, value.name);
  const elementType = value.type;
  if (elementType === undefined) return;
  pbf.writeMessage(
    2,
    (v: ValueInfo, type) =>
      type.writeMessage(
        1,
        (w: ValueInfo, tensor) => {
          tensor.writeVarintField(1, TYPE_CODES[elementType]);
          if (w.isUnshaped) return;
          tensor.writeMessage(
            2,
            (dims: ValueInfo['dims'], shape) => {
              for (const dim of dims)
                shape.writeMessage(
                  1,
                  (d: { dim: number | string | null }, p) => {
                    if (typeof d.dim === 'number') p.writeVarintField(1, d.dim);
                    else if (d.dim !== null) p.writeStringField(2, d.dim);
                  },
                  { dim },
                );
            },
            w.dims,
          );
        },
        v,
      ),
    value,
  );
}

const LENGTH_DELIMITED = 2;

/** What `write` writes. */
function written(write: (pbf: Pbf) => void): Uint8Array {
  const pbf = new Pbf();
  write(pbf);
  return pbf.finish();
}

/** An initializer of a graph: everything before its values, then these, not copied. */
function initializerParts(name: string, tensor: Tensor): Uint8Array[] {
  const values = bytesOf(tensor);
  const head = written((pbf) => {
    writeTensorHead(tensor, name, pbf);
    pbf.writeTag(9, LENGTH_DELIMITED);
    pbf.writeVarint(values.length);
  });
  const frame = written((pbf) => {
    pbf.writeTag(5, LENGTH_DELIMITED);
    pbf.writeVarint(head.length + values.length);
  });
  return [frame, head, values];
}

const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, part) => sum + part.length, 0);

/**
 * Serialises a graph as a model file (IR version 9). Weights are copied once, into their place: as messages of pbf they would be moved
 * with every message around them, and its buffer grown under them.
 */
export function encodeModel(graph: Graph): Uint8Array {
  const inside = [
    written((pbf) => {
      for (const node of graph.nodes) pbf.writeMessage(1, writeNode, node);
      pbf.writeStringField(2, graph.name);
    }),
    ...[...graph.initializers].flatMap(([name, tensor]) => initializerParts(name, tensor)),
    written((pbf) => {
      for (const input of graph.inputs) pbf.writeMessage(11, writeValueInfo, input);
      for (const output of graph.outputs) pbf.writeMessage(12, writeValueInfo, output);
    }),
  ];
  const before = written((pbf) => {
    pbf.writeVarintField(1, 9);
    pbf.writeStringField(2, 'kb-recall');
    pbf.writeTag(7, LENGTH_DELIMITED);
    pbf.writeVarint(lengthOf(inside));
  });
  const after = written((pbf) => {
    for (const [domain, version] of graph.opsets)
      pbf.writeMessage(
        8,
        (o: { domain: string; version: number }, p) => {
          if (o.domain) p.writeStringField(1, o.domain);
          p.writeVarintField(2, o.version);
        },
        { domain, version },
      );
  });
  const parts = [before, ...inside, after];
  const bytes = new Uint8Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
