// Both runtimes against the same expectations, and against each other.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import { hostTensor } from '../util/host.js';
import { randomTensor, referenceModel, smallModel, value } from './probe-models.js';
import type { Runtime, Session } from './runtime.js';
import { selectRuntime } from './select.js';

const affine = () =>
  smallModel(
    [
      { opType: 'MatMul', inputs: ['x', 'w'], outputs: ['h'] },
      { opType: 'Add', inputs: ['h', 'b'], outputs: ['y'], name: 'head.bias' },
    ],
    {
      inputs: [value('x', ['batch', 2])],
      outputs: [value('y', ['batch', 2])],
      initializers: [
        { name: 'w', dtype: 'float32', dims: [2, 2], external: { location: 'given', offset: 0, length: 16 } },
        { name: 'b', dtype: 'float32', dims: [2], data: Float32Array.of(10, 20) },
      ],
    },
  );
const weights = hostTensor('float32', [2, 2], [1, 2, 3, 4]);

const numbers = (tensor: HostTensor | undefined): number[] => [...((tensor?.data ?? []) as Float32Array)];

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: SensoriumError) => `${error.code} ${error.message}`,
  );
}

describe.each(['native', 'node'] as const)('%s runtime', (name) => {
  let runtime: Runtime;
  let session: Session;
  beforeAll(async () => {
    runtime = await selectRuntime(name);
    session = await runtime.load(affine(), { initializers: { w: weights } });
  });
  afterAll(() => session.dispose());

  it('describes inputs and outputs with named dimensions', () => {
    expect(runtime.version).toMatch(/^1\.\d+/);
    expect(session.inputs).toEqual([{ name: 'x', dtype: 'float32', shape: ['batch', 2] }]);
    expect(session.outputs).toEqual([{ name: 'y', dtype: 'float32', shape: ['batch', 2] }]);
  });

  it('runs at several batch sizes with initializers given by name', async () => {
    const one = await session.run({ x: hostTensor('float32', [1, 2], [1, 1]) });
    expect(one.y).toEqual(hostTensor('float32', [1, 2], [14, 26]));
    const three = await session.run({ x: hostTensor('float32', [3, 2], [1, 0, 0, 1, 0, 0]) });
    expect(three.y).toEqual(hostTensor('float32', [3, 2], [11, 22, 13, 24, 10, 20]));
    const none = await session.run({ x: hostTensor('float32', [0, 2]) });
    expect(none.y?.shape).toEqual([0, 2]);
  });

  it('reads and writes views in the middle of a larger buffer, and nothing beside them', async () => {
    const pool = new Float32Array(16).fill(-1);
    pool.set([1, 1], 3);
    const x = hostTensor('float32', [1, 2], pool.subarray(3, 5));
    const y = hostTensor('float32', [1, 2], pool.subarray(9, 11));
    const out = await session.run({ x }, { y });
    expect(out.y).toBe(y);
    expect([...pool]).toEqual([-1, -1, -1, 1, 1, -1, -1, -1, -1, 14, 26, -1, -1, -1, -1, -1]);
  });

  it('updates a tensor in place', async () => {
    const update = await runtime.load(
      smallModel([{ opType: 'Add', inputs: ['p', 'd'], outputs: ['p2'] }], {
        inputs: [value('p', [4]), value('d', [4])],
        outputs: [value('p2', [4])],
      }),
    );
    const p = hostTensor('float32', [4], [1, 2, 3, 4]);
    const d = hostTensor('float32', [4], [1, 1, 1, 1]);
    for (let i = 0; i < 5; i++) await update.run({ p, d }, { p2: p });
    expect([...p.data]).toEqual([6, 7, 8, 9]);
    update.dispose();
  });

  it('passes every dtype and scalars through', async () => {
    for (const dtype of ['float32', 'float64', 'float16', 'int64', 'int32', 'int8', 'uint8', 'bool'] as const) {
      const identity = await runtime.load(
        smallModel([{ opType: 'Identity', inputs: ['x'], outputs: ['y'] }], {
          inputs: [value('x', ['n'], dtype)],
          outputs: [value('y', ['n'], dtype)],
        }),
      );
      const x = hostTensor(dtype, [3], [1, 0, 1]);
      expect((await identity.run({ x })).y).toEqual(x);
      identity.dispose();
    }
    const scalar = await runtime.load(
      smallModel([{ opType: 'Neg', inputs: ['x'], outputs: ['y'] }], { inputs: [value('x', [])], outputs: [value('y', [])] }),
    );
    expect((await scalar.run({ x: hostTensor('float32', [], [3]) })).y).toEqual(hostTensor('float32', [], [-3]));
    scalar.dispose();
  });

  it('names what is wrong with a feed or an output', async () => {
    const x = hostTensor('float32', [1, 2], [1, 1]);
    expect(await codeOf(session.run({}))).toMatch(/^runtime\.name .*"x" is missing/);
    expect(await codeOf(session.run({ x, z: x }))).toMatch(/^runtime\.name .*no input "z"/);
    expect(await codeOf(session.run({ x: hostTensor('float32', [1, 3]) }))).toMatch(
      /^runtime\.tensor .*expected float32\[batch,2\], got float32\[1,3\]/,
    );
    expect(await codeOf(session.run({ x: hostTensor('int64', [1, 2]) }))).toMatch(/^runtime\.tensor .*got int64\[1,2\]/);
    expect(await codeOf(session.run({ x }, { q: x }))).toMatch(/^runtime\.name .*no output "q"/);
    expect(await codeOf(session.run({ x }, { y: hostTensor('float32', [4, 2]) }))).toMatch(/^runtime\.(ort|tensor) /);
  });

  it('reports a failing node by name', async () => {
    const gather = await runtime.load(
      smallModel([{ opType: 'Gather', inputs: ['t', 'i'], outputs: ['y'], name: 'language.embed_tokens' }], {
        inputs: [value('t', [4, 2]), value('i', [1], 'int64')],
        outputs: [value('y', [1, 2])],
      }),
    );
    const bad = gather.run({ t: hostTensor('float32', [4, 2]), i: hostTensor('int64', [1], [9]) });
    expect(await codeOf(bad)).toMatch(/^runtime\.ort .*language\.embed_tokens/s);
    gather.dispose();
  });

  it('rejects a model that is broken, missing or needs tensors that were not given', async () => {
    expect(await codeOf(runtime.load(affine().subarray(0, 60)))).toMatch(/^(runtime\.ort|onnx\.format) /);
    expect(await codeOf(runtime.load('/no/such/model.onnx'))).toMatch(/^runtime\.(file|ort) .*\/no\/such\/model\.onnx/);
    expect(await codeOf(runtime.load(affine()))).toMatch(/^runtime\.ort /);
    expect(await codeOf(runtime.load(affine(), { initializers: { w: hostTensor('float32', [3, 2]) } }))).toMatch(/^runtime\./);
    const unknownOp = smallModel([{ opType: 'NoSuchOp', inputs: ['x'], outputs: ['y'] }], {
      inputs: [value('x', [1])],
      outputs: [value('y', [1])],
    });
    expect(await codeOf(runtime.load(unknownOp))).toMatch(/NoSuchOp/);
  });

  it('loads a file with external data beside it', async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'sensorium-runtime-'));
    try {
      writeFileSync(path.join(folder, 'given'), new Uint8Array(weights.data.buffer, weights.data.byteOffset, 16));
      writeFileSync(path.join(folder, 'model.onnx'), affine());
      const fromFile = await runtime.load(path.join(folder, 'model.onnx'));
      const { y } = await fromFile.run({ x: hostTensor('float32', [1, 2], [1, 1]) });
      expect(numbers(y)).toEqual([14, 26]);
      fromFile.dispose();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('takes weights of any size from the middle of a buffer, also where the optimiser folds them', async () => {
    // 255 and 256 floats stand on either side of what the node runtime puts into the model; the others are data beside it.
    const sizes = [1, 255, 256, 257, 4096];
    const pool = randomTensor('pool', [sizes.reduce((a, b) => a + b, 3)]).data as Float32Array;
    let at = 3;
    const initializers: Record<string, HostTensor> = {};
    for (const n of sizes) {
      initializers[`w${n}`] = { dtype: 'float32', shape: [n, 1], data: pool.subarray(at, at + n) };
      at += n;
    }
    const session = await runtime.load(
      smallModel(
        sizes.flatMap((n) => [
          { opType: 'Transpose', inputs: [`w${n}`], outputs: [`t${n}`] },
          { opType: 'Mul', inputs: ['x', `t${n}`], outputs: [`y${n}`] },
        ]),
        {
          inputs: [value('x', [1, 1])],
          outputs: sizes.map((n) => value(`y${n}`, [1, n])),
          initializers: sizes.map((n) => ({
            name: `w${n}`,
            dtype: 'float32',
            dims: [n, 1],
            external: { location: 'given', offset: 0, length: 4 * n },
          })),
        },
      ),
      { initializers },
    );
    const out = await session.run({ x: hostTensor('float32', [1, 1], [2]) });
    for (const n of sizes) expect(numbers(out[`y${n}`])).toEqual(numbers(initializers[`w${n}`]).map((v) => 2 * v));
    session.dispose();
  });

  it('finishes a run that is under way when disposed, refuses later ones, and takes a second dispose', async () => {
    const short = await runtime.load(affine(), { initializers: { w: weights } });
    const x = hostTensor('float32', [1, 2], [1, 1]);
    const running = short.run({ x });
    short.dispose();
    short.dispose();
    expect(numbers((await running).y)).toEqual([14, 26]);
    expect(await codeOf(short.run({ x }))).toMatch(/^runtime\.disposed /);
  });
});

it('native and node agree on convolution, norms, products, softmax and GELU', async () => {
  const x = randomTensor('image', [3, 3, 16, 16]);
  const results: Float32Array[] = [];
  for (const name of ['native', 'node'] as const) {
    const session = await (await selectRuntime(name)).load(referenceModel());
    results.push((await session.run({ x })).y?.data as Float32Array);
    session.dispose();
  }
  const [a, b] = results as [Float32Array, Float32Array];
  expect(a.length).toBe(3 * 16 * 32);
  expect(Math.max(...a.map(Math.abs))).toBeGreaterThan(0.1);
  expect(Math.max(...a.map((v, i) => Math.abs(v - (b[i] as number))))).toBeLessThan(1e-5);
});
