// The file format: the same bytes as the reference implementation, and every way in which a file can be wrong.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { arrayType, type DType, type HostTensor, hostTensor, sizeOf } from '../util/host.js';
import { castFloat } from './half.js';
import { encodeSafetensors, SafetensorsFile, writeSafetensors } from './safetensors.js';
import { readAll } from './source.js';

const dir = mkdtempSync(join(tmpdir(), 'sensorium-safetensors-'));
afterAll(() => rmSync(dir, { recursive: true }));
let count = 0;
const save = (bytes: Uint8Array): string => {
  const path = join(dir, `${count++}.safetensors`);
  writeFileSync(path, bytes);
  return path;
};
/** A file from a header and its data, for files that our writer would not write. */
const craft = (header: unknown, data = 0): string => {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return save(Buffer.concat([length, json, Buffer.alloc(data)]));
};
const entry = (dtype: string, shape: number[], begin: number, end: number) => ({ dtype, shape, data_offsets: [begin, end] });
const plain = (tensors: Record<string, HostTensor>) =>
  Object.fromEntries(
    Object.entries(tensors).map(([k, { dtype, shape, data }]) => [k, { dtype, shape, data: Array.from(data as ArrayLike<unknown>) }]),
  );

const golden = JSON.parse(readFileSync(new URL('../../test/golden/safetensors.json', import.meta.url), 'utf8')) as {
  tensors: Record<string, { dtype: DType; shape: number[]; data: string }>;
  file: string;
};
const reference = Buffer.from(golden.file, 'base64');
const tensors: Record<string, HostTensor> = Object.fromEntries(
  Object.entries(golden.tensors).map(([name, { dtype, shape, data }]) => {
    const bytes = Uint8Array.from(Buffer.from(data, 'base64'));
    return [name, { dtype, shape, data: new (arrayType(dtype))(bytes.buffer) } as HostTensor];
  }),
);

describe('writing', () => {
  it('gives the bytes of the reference implementation', () => {
    expect(Buffer.from(encodeSafetensors(tensors)).equals(reference)).toBe(true);
  });

  it('does not depend on the order of the keys', () => {
    const reversed = Object.fromEntries(Object.entries(tensors).reverse());
    expect(Buffer.from(encodeSafetensors(reversed)).equals(reference)).toBe(true);
  });

  it('starts the data at a multiple of 8 and leaves no temporary file', async () => {
    const path = join(dir, 'new', 'x.safetensors');
    await writeSafetensors(path, { a: hostTensor('float32', [1], [1]) }, { b: '2', a: '1' });
    const file = await SafetensorsFile.open(path);
    expect((file.locate('a')?.offset ?? 1) % 8).toBe(0);
    expect(file.metadata).toEqual({ a: '1', b: '2' });
    expect(readdirSync(join(dir, 'new'))).toEqual(['x.safetensors']);
  });

  it('refuses tensors that do not match their shape, and the reserved name', () => {
    expect(() => encodeSafetensors({ w: { dtype: 'float32', shape: [3], data: new Float32Array(2) } })).toThrow(
      /\(in w\).*3 elements.*got 2/,
    );
    expect(() => encodeSafetensors({ w: { dtype: 'float16', shape: [2], data: new Float32Array(2) as never } })).toThrow(
      /2 elements of float16.*4 bytes/,
    );
    expect(() => encodeSafetensors({ __metadata__: hostTensor('int8', [0]) })).toThrow(/no tensor may have this name/);
  });
});

describe('reading', () => {
  it('reads what the reference implementation wrote', async () => {
    const file = await SafetensorsFile.open(save(reference));
    expect(plain(await readAll(file))).toEqual(plain(tensors));
    expect(file.metadata).toEqual({ format: 'pt' });
  });

  it('round-trips any tensors', async () => {
    const dtypes: DType[] = ['float32', 'float64', 'float16', 'bfloat16', 'int64', 'int32', 'int8', 'uint8', 'bool'];
    const tensor = fc
      .tuple(fc.constantFrom(...dtypes), fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }), fc.nat(100))
      .map(([dtype, shape, seed]) =>
        hostTensor(
          dtype,
          shape,
          Array.from({ length: sizeOf(shape) }, (_, i) => (dtype === 'bool' ? (i + seed) % 2 : (i + seed) % 100)),
        ),
      );
    const path = join(dir, 'any.safetensors');
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string({ minLength: 1 }), tensor, { maxKeys: 5 }), async (given) => {
        writeFileSync(path, encodeSafetensors(given));
        expect(plain(await readAll(await SafetensorsFile.open(path)))).toEqual(plain(given));
      }),
      { numRuns: 40 },
    );
  });

  it('gives the place of the bytes in the file', async () => {
    const path = save(reference);
    const at = (await SafetensorsFile.open(path)).locate('b.weight');
    expect(at).toMatchObject({ file: path, length: 24 });
    const offset = at?.offset ?? 0;
    expect(
      readFileSync(path)
        .subarray(offset, offset + 24)
        .readFloatLE(20),
    ).toBe(5);
    expect((await SafetensorsFile.open(path)).locate('nothing')).toBeUndefined();
  });

  it('converts floats on request, and only floats', async () => {
    const half = hostTensor('bfloat16', [2], [0x3f80, 0xc000]);
    const file = await SafetensorsFile.open(save(encodeSafetensors({ half, ids: hostTensor('int64', [1], [5]) })));
    expect(await file.read('half', { as: 'float32' })).toEqual({ dtype: 'float32', shape: [2], data: Float32Array.of(1, -2) });
    expect((await file.read('half')).dtype).toBe('bfloat16');
    await expect(file.read('ids', { as: 'float32' })).rejects.toThrow(/ids.*got int64/);
    expect((await readAll(file, { as: 'float32' })).ids?.dtype).toBe('int64');
  });

  it('converts large matrices piece by piece to the same floats', async () => {
    const shape = [3, 2 ** 19 + 7]; // more than a piece, and not a whole number of them
    const tensorsOf = (['float16', 'bfloat16'] as const).map((dtype) => {
      const tensor = hostTensor(dtype, shape);
      for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = (i * 2654435761) & 0xffff & ~0x7c00; // finite in both types
      return [dtype, tensor] as const;
    });
    const file = await SafetensorsFile.open(save(encodeSafetensors(Object.fromEntries(tensorsOf))));
    const read = await file.readMany(['float16', 'bfloat16'], { as: 'float32' });
    for (const [name, tensor] of tensorsOf) {
      const expected = castFloat(tensor, 'float32');
      expect(read[name]).toMatchObject({ dtype: 'float32', shape });
      expect(Buffer.from((read[name] as HostTensor<'float32'>).data.buffer).equals(Buffer.from(expected.data.buffer)), name).toBe(true);
    }
  });

  it('names the nearest tensor when one is missing', async () => {
    const file = await SafetensorsFile.open(save(encodeSafetensors({ 'model.layers.0.q.weight': hostTensor('int8', [1], [1]) })));
    await expect(file.read('layers.0.q.weight')).rejects.toThrow(
      /no tensor "layers\.0\.q\.weight".*There is "model\.layers\.0\.q\.weight"/,
    );
  });

  it('notices a file that was replaced after it was opened', async () => {
    const path = save(reference);
    const file = await SafetensorsFile.open(path);
    await writeSafetensors(path, tensors, { other: 'one' });
    await expect(file.read('half')).rejects.toMatchObject({ code: 'weights.changed', place: path });
  });

  it('lists types that have no array here and refuses to read them', async () => {
    const file = await SafetensorsFile.open(craft({ w: entry('F8_E4M3', [2], 0, 2) }, 2));
    expect(file.unsupported.get('w')).toBe('F8_E4M3');
    await expect(file.read('w')).rejects.toThrow(/w\).*got F8_E4M3/);
  });

  it('stops on abort', async () => {
    const file = await SafetensorsFile.open(save(reference));
    await expect(readAll(file, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('is not fooled by names of object properties', async () => {
    const odd = { ['__proto__']: hostTensor('int8', [1], [3]), constructor: hostTensor('int8', [1], [4]) };
    const read = await readAll(await SafetensorsFile.open(save(encodeSafetensors(odd))));
    expect(Object.keys(read).sort()).toEqual(['__proto__', 'constructor']);
    expect(
      Object.values(read)
        .map((t) => t.data[0])
        .sort(),
    ).toEqual([3, 4]);
  });
});

describe('broken files', () => {
  it('says that a file is cut, wherever it is cut', async () => {
    for (let n = 0; n < reference.length; n += n < 16 ? 1 : 37) {
      const path = save(reference.subarray(0, n));
      await expect(SafetensorsFile.open(path), `${n} bytes`).rejects.toMatchObject({
        code: 'weights.format',
        message: expect.stringMatching(/safetensors.*cut short/s),
      });
    }
  });

  it('names the first tensor that is beyond the end', async () => {
    await expect(SafetensorsFile.open(save(reference.subarray(0, reference.length - 1)))).rejects.toThrow(
      /safetensors: mask\).*expected \d+ bytes/,
    );
  });

  const cases: [string, () => string, RegExp][] = [
    ['a header length beyond all bounds', () => save(Buffer.from('ffffffffffffff7f0000', 'hex')), /header is too long/],
    ['a header longer than the file', () => save(Buffer.from('e8030000000000007b7d', 'hex')), /does not fit into the file.*cut short/],
    ['something else', () => save(Buffer.from('\x05\0\0\0\0\0\0\0hello')), /not JSON.*hello/],
    ['a header that is a list', () => craft([1]), /not a JSON object/],
    ['bytes that are not UTF-8', () => save(Buffer.from('02000000000000007bff', 'hex')), /not JSON/],
    ['shape and size that disagree', () => craft({ w: entry('F32', [2, 2], 0, 12) }, 12), /: w\).*16 bytes for F32 \[2,2\], got 12/],
    [
      'an overlap',
      () => craft({ a: entry('F32', [2], 0, 8), b: entry('F32', [2], 4, 12) }, 12),
      /overlaps another.*: b\).*from 8, got from 4/,
    ],
    ['a hole', () => craft({ a: entry('F32', [1], 0, 4), b: entry('F32', [1], 8, 12) }, 12), /hole before.*: b\).*from 4, got from 8/],
    ['a hole at the start', () => craft({ a: entry('F32', [1], 4, 8) }, 8), /hole before.*: a\)/],
    ['data behind the last tensor', () => craft({ a: entry('U8', [1], 0, 1) }, 9), /belongs to no tensor/],
    ['an unknown type', () => craft({ a: entry('F3', [1], 0, 1) }, 1), /unknown tensor type.*: a\).*got F3/],
    ['a negative size', () => craft({ a: entry('U8', [-1], 0, 1) }, 1), /wrong header entry.*: a\)/],
    ['a fractional offset', () => craft({ a: entry('U8', [1], 0.5, 1.5) }, 2), /wrong header entry/],
    ['backward offsets', () => craft({ a: entry('U8', [1], 1, 0) }, 1), /wrong header entry/],
    ['a shape too large to count', () => craft({ a: entry('U8', [2 ** 40, 2 ** 40], 0, 1) }, 1), /wrong header entry/],
    ['an entry that is null', () => craft({ a: null }), /wrong header entry.*got null/],
    ['metadata that is not text', () => craft({ __metadata__: { a: 1 } }), /metadata is not a map of strings/],
  ];
  it.each(cases)('refuses %s', async (_, make, message) => {
    const path = make();
    await expect(SafetensorsFile.open(path)).rejects.toMatchObject({ code: 'weights.format', message: expect.stringMatching(message) });
    await expect(SafetensorsFile.open(path)).rejects.toThrow(path);
  });

  it('names a missing file and a folder', async () => {
    await expect(SafetensorsFile.open(join(dir, 'gone.safetensors'))).rejects.toThrow(/no such file.*gone\.safetensors/);
    await expect(SafetensorsFile.open(dir)).rejects.toThrow(dir);
  });
});
