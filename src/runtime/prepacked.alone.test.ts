// Sessions over the same weights hold one packed copy: in memory, to the bit, and freed with the last of them.

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { HostTensor } from '../util/host.js';
import { hostTensor } from '../util/host.js';
import { randomTensor, smallModel, value } from './probe-models.js';
import type { Runtime, Session } from './runtime.js';
import { selectRuntime } from './select.js';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await selectRuntime('native');
});

/** x W, with W given by name or within the model. */
function product(weight: HostTensor, where: 'given' | 'inline'): Uint8Array {
  const [inner, outer] = weight.shape as [number, number];
  const { dtype, data } = weight;
  const held = where === 'inline' ? { data } : { external: { location: 'given', offset: 0, length: data.byteLength } };
  return smallModel([{ opType: 'MatMul', inputs: ['x', 'w'], outputs: ['y'] }], {
    inputs: [value('x', ['n', inner])],
    outputs: [value('y', ['n', outer])],
    initializers: [{ name: 'w', dtype, dims: [inner, outer], ...held }],
  });
}

/** Anonymous resident memory of this process, in MiB. */
const resident = (): number => Number(/RssAnon:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;

describe('packed weights', () => {
  it('give the same bits shared and alone', async () => {
    const w = randomTensor('w', [96, 80]) as HostTensor<'float32'>;
    const x = randomTensor('x', [5, 96]);
    const shared = await Promise.all([0, 1, 2].map(() => runtime.load(product(w, 'given'), { initializers: { w } })));
    const alone = await runtime.load(product(w, 'inline'));
    const expected = (await alone.run({ x })).y;
    for (const session of shared) expect((await session.run({ x })).y).toEqual(expected);
    // The others go on when the one that packed the weights is gone, and so does one that comes after all of them.
    shared[0]?.dispose();
    expect((await (shared[1] as Session).run({ x })).y).toEqual(expected);
    for (const session of [...shared, alone]) session.dispose();
    const late = await runtime.load(product(w, 'given'), { initializers: { w } });
    expect((await late.run({ x })).y).toEqual(expected);
    late.dispose();
  });

  it('tell apart weights that share a session with others', async () => {
    const [a, b] = [randomTensor('a', [64, 64]), randomTensor('b', [64, 64])];
    const both = (first: string, second: string) =>
      smallModel(
        [
          { opType: 'MatMul', inputs: ['x', first], outputs: ['h'] },
          { opType: 'MatMul', inputs: ['h', second], outputs: ['y'] },
        ],
        {
          inputs: [value('x', ['n', 64])],
          outputs: [value('y', ['n', 64])],
          initializers: ['a', 'b'].map((name) => ({
            name,
            dtype: 'float32',
            dims: [64, 64],
            external: { location: 'given', offset: 0, length: 16384 },
          })),
        },
      );
    const forth = await runtime.load(both('a', 'b'), { initializers: { a, b } });
    const back = await runtime.load(both('b', 'a'), { initializers: { a, b } });
    const swapped = await runtime.load(both('a', 'b'), { initializers: { a: b, b: a } });
    const x = randomTensor('x', [2, 64]);
    const [y, z] = [(await forth.run({ x })).y, (await back.run({ x })).y];
    expect(z).not.toEqual(y);
    expect((await swapped.run({ x })).y).toEqual(z);
    for (const session of [forth, back, swapped]) session.dispose();
  });

  it('load where a kernel packs weights that it cannot share', async () => {
    // LayerNormalization of float16 makes float32 copies of scale and bias for itself alone.
    const dims = [64];
    const one = 0x3c00;
    const scale: HostTensor = { dtype: 'float16', shape: dims, data: new Uint16Array(64).fill(one) };
    const bias: HostTensor = { dtype: 'float16', shape: dims, data: new Uint16Array(64) };
    const given = (name: string) => ({ name, dtype: 'float16' as const, dims, external: { location: 'given', offset: 0, length: 128 } });
    const model = smallModel([{ opType: 'LayerNormalization', inputs: ['x', 'scale', 'bias'], outputs: ['y'] }], {
      inputs: [value('x', ['n', 64], 'float16')],
      outputs: [value('y', ['n', 64], 'float16')],
      initializers: [given('scale'), given('bias')],
    });
    const session = await runtime.load(model, { initializers: { scale, bias } });
    const x: HostTensor = { dtype: 'float16', shape: [1, 64], data: Uint16Array.from({ length: 64 }, (_, i) => (i % 2 ? one : 0)) };
    const y = (await session.run({ x })).y?.data as Uint16Array;
    expect(y[0]).toBe(y[62]);
    expect(y[0] as number).toBe((y[1] as number) | 0x8000); // -1 and 1
    session.dispose();
  });

  it.runIf(process.platform === 'linux')('are one copy for three sessions, and gone after the last', async () => {
    const w = hostTensor('float32', [3072, 3072]); // 36 MiB
    for (let i = 0; i < w.data.length; i++) w.data[i] = (i % 251) - 125;
    const model = product(w, 'given');
    const before = resident();
    const sessions = [await runtime.load(model, { initializers: { w } })];
    const one = resident() - before;
    for (let i = 0; i < 2; i++) sessions.push(await runtime.load(model, { initializers: { w } }));
    const three = resident() - before;
    for (const session of sessions) session.dispose();
    const none = resident() - before;
    expect(one).toBeGreaterThan(30);
    expect(three - one).toBeLessThan(24); // two more copies would be 72
    expect(none).toBeLessThan(24);
  });
});
