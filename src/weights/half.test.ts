// Half precision: every 16-bit word against its definition, rounding against the neighbours.

import { describe, expect, it } from 'vitest';
import { hostTensor } from '../util/host.js';
import { bfloat16ToFloat32, castFloat, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from './half.js';

const words = Uint16Array.from({ length: 65536 }, (_, i) => i);
const definition = (h: number): number => {
  const sign = h & 0x8000 ? -1 : 1;
  const e = (h >> 10) & 31;
  const f = h & 1023;
  if (e === 31) return f ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (e === 0 ? f * 2 ** -24 : (1 + f / 1024) * 2 ** (e - 15));
};

describe('float16', () => {
  const values = float16ToFloat32(words);
  it('reads all 65536 words', () => {
    for (const h of words) if (!Object.is(values[h], definition(h))) expect(`${h}: ${values[h]}`).toBe(`${h}: ${definition(h)}`);
  });
  it('writes them back', () => {
    const back = float32ToFloat16(values);
    for (const h of words)
      if (Number.isNaN(values[h]) ? !Number.isNaN(definition(back[h] as number)) : back[h] !== h) expect(back[h]).toBe(h);
  });
  it('rounds to nearest, ties to even, in both ranges', () => {
    for (let h = 0; h < 0x7bff; h++) {
      const low = values[h] as number;
      const high = values[h + 1] as number;
      const middle = (low + high) / 2;
      const nudge = (high - low) / 512;
      const [at, below, above] = float32ToFloat16(Float32Array.of(middle, middle - nudge, middle + nudge));
      if (at !== (h & 1 ? h + 1 : h) || below !== h || above !== h + 1)
        expect([h, at, below, above]).toEqual([h, h & 1 ? h + 1 : h, h, h + 1]);
    }
    expect([...float32ToFloat16(Float32Array.of(65519, 65520, -1e9, 1e-9, -0))]).toEqual([0x7bff, 0x7c00, 0xfc00, 0, 0x8000]);
  });
});

describe('bfloat16', () => {
  it('is the upper half of float32, rounded to nearest even', () => {
    const values = bfloat16ToFloat32(words);
    expect([values[0x3f80], values[0xc000], values[0x7f80]]).toEqual([1, -2, Number.POSITIVE_INFINITY]);
    const back = float32ToBfloat16(values);
    for (const h of words) if (!Number.isNaN(values[h]) && back[h] !== h) expect(back[h]).toBe(h);
    expect([...float32ToBfloat16(Float32Array.of(1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20, 3.4e38))]).toEqual([
      0x3f80, 0x3f82, 0x3f81, 0x7f80,
    ]);
    expect(Number.isNaN(bfloat16ToFloat32(float32ToBfloat16(Float32Array.of(Number.NaN)))[0])).toBe(true);
  });
});

describe('castFloat', () => {
  it('converts between the floats and leaves its own type alone', () => {
    const t = hostTensor('float32', [2], [1.5, -2]);
    expect(castFloat(t, 'float32')).toBe(t);
    expect([...castFloat(castFloat(t, 'bfloat16'), 'float16').data]).toEqual([0x3e00, 0xc000]);
    expect(castFloat(hostTensor('float64', [1], [0.1]), 'float32').data[0]).toBe(Math.fround(0.1));
  });
  it('refuses integers', () => {
    expect(() => castFloat(hostTensor('int64', [1], [1]), 'float32', 'x')).toThrow(/floating-point.*\(in x\).*got int64/);
  });
});
