// 16-bit floats: IEEE half precision both ways, bfloat16 to single precision.

let halfTable: Float32Array | undefined;

/** Half-precision bits to numbers, by table: a weight file has millions. */
export function fromHalf(bits: Uint16Array): Float32Array {
  halfTable ??= Float32Array.from({ length: 65536 }, (_, half) => halfToNumber(half));
  const table = halfTable;
  const out = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    out[i] = table[bits[i]!]!;
  }
  return out;
}

function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 0x3ff;
  if (exponent === 31) {
    return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  }
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** Numbers to half-precision bits, rounded to nearest, ties to even. */
export function toHalf(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const x = bits[i]!;
    const sign = (x >>> 16) & 0x8000;
    const size = x & 0x7fffffff;
    let half: number;
    if (size >= 0x47800000) {
      // 65536 and more become infinity; NaN stays NaN.
      half = size > 0x7f800000 ? 0x7e00 : 0x7c00;
    } else if (size >= 0x38800000) {
      // Normal: rebias the exponent from 127 to 15; the carry of the rounding may run into it, up to infinity.
      const rebiased = size - 0x38000000;
      half = (rebiased + 0xfff + ((rebiased >>> 13) & 1)) >>> 13;
    } else if (size > 0x33000000) {
      // Subnormal: multiples of 2^-24.
      const shift = 126 - (size >>> 23);
      const fraction = (size & 0x7fffff) | 0x800000;
      const rest = fraction & ((1 << shift) - 1);
      const tie = 1 << (shift - 1);
      half = fraction >>> shift;
      half += rest > tie || (rest === tie && half & 1) ? 1 : 0;
    } else {
      half = 0;
    }
    out[i] = sign | half;
  }
  return out;
}

/** bfloat16 bits to numbers: the upper half of a single-precision number. */
export function fromBfloat16(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    words[i] = bits[i]! << 16;
  }
  return new Float32Array(words.buffer);
}
