// What only the native runtime promises: sharing, no copies, no growth, runs off the JS thread, clear errors about the library.

import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { hostTensor } from '../util/host.js';
import { checkVersion } from './ort-api.js';
import { randomTensor, smallModel, value } from './probe-models.js';
import type { Runtime, Session } from './runtime.js';
import { selectRuntime } from './select.js';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await selectRuntime('native');
});

const sync = (session: Session): NonNullable<Session['runSync']> => (session.runSync as NonNullable<Session['runSync']>).bind(session);

describe('native runtime', () => {
  it('keeps one copy of shared initializers', async () => {
    const table = hostTensor('float32', [64, 256]);
    table.data.fill(1);
    const lookup = smallModel([{ opType: 'Gather', inputs: ['table', 'i'], outputs: ['y'] }], {
      inputs: [value('i', [1], 'int64')],
      outputs: [value('y', [1, 256])],
      initializers: [{ name: 'table', dtype: 'float32', dims: [64, 256], external: { location: 'given', offset: 0, length: 65536 } }],
    });
    const [a, b] = await Promise.all([0, 1].map(() => runtime.load(lookup, { initializers: { table } })));
    table.data.fill(7); // seen through both sessions: they read the very buffer
    const i = hostTensor('int64', [1], [5]);
    expect((await (a as Session).run({ i })).y?.data[0]).toBe(7);
    expect((await (b as Session).run({ i })).y?.data[0]).toBe(7);
    a?.dispose();
    b?.dispose();
  });

  it('leaves the JS thread free while it runs', async () => {
    const size = 768;
    const session = await runtime.load(
      smallModel(
        [
          { opType: 'MatMul', inputs: ['x', 'x'], outputs: ['a'] },
          { opType: 'MatMul', inputs: ['a', 'x'], outputs: ['y'] },
        ],
        {
          inputs: [value('x', [size, size])],
          outputs: [value('y', [size, size])],
        },
      ),
    );
    let done = false;
    const run = session.run({ x: randomTensor('x', [size, size], 0.03) }).then(() => {
      done = true;
    });
    // Work on this thread would be over when the call is; what comes from another thread needs a turn of the event loop.
    for (let i = 0; i < 20; i++) await null;
    expect(done).toBe(false);
    await run;
    session.dispose();
  });

  it('runs many calls at once on one session without mixing them', async () => {
    const session = await runtime.load(
      smallModel([{ opType: 'Mul', inputs: ['x', 'x'], outputs: ['y'] }], { inputs: [value('x', ['n'])], outputs: [value('y', ['n'])] }),
    );
    const runs = await Promise.all(
      Array.from({ length: 60 }, (_, i) => session.run({ x: hostTensor('float32', [1 + (i % 3)], Array(1 + (i % 3)).fill(i)) })),
    );
    for (const [i, { y }] of runs.entries()) expect([...((y?.data ?? []) as Float32Array)]).toEqual(Array(1 + (i % 3)).fill(i * i));
    session.dispose();
  });

  it('gives the same from runSync as from run', async () => {
    const session = await runtime.load(
      smallModel([{ opType: 'Softmax', inputs: ['x'], outputs: ['y'] }], {
        inputs: [value('x', ['n', 5])],
        outputs: [value('y', ['n', 5])],
      }),
    );
    const x = randomTensor('rows', [4, 5]);
    expect(sync(session)({ x })).toEqual(await session.run({ x }));
    expect(() => sync(session)({})).toThrow(/"x" is missing/);
    session.dispose();
  });

  it('refuses a tensor whose data was detached after its first use', async () => {
    const session = await runtime.load(
      smallModel([{ opType: 'Neg', inputs: ['x'], outputs: ['y'] }], { inputs: [value('x', [4])], outputs: [value('y', [4])] }),
    );
    const x = hostTensor('float32', [4], [1, 2, 3, 4]);
    for (let i = 0; i < 3; i++) await session.run({ x });
    structuredClone(x.data.buffer, { transfer: [x.data.buffer as ArrayBuffer] });
    await expect(session.run({ x })).rejects.toThrow(/replaced, detached or resized/);
    await expect(session.run({ x: { ...x } })).rejects.toThrow(/does not fill its shape/);
    session.dispose();
  });

  it('does not grow over ten thousand runs', async () => {
    const session = await runtime.load(
      smallModel([{ opType: 'Add', inputs: ['x', 'x'], outputs: ['y'] }], { inputs: [value('x', ['n'])], outputs: [value('y', ['n'])] }),
    );
    const run = sync(session);
    const kept = hostTensor('float32', [512]);
    const once = (i: number): void => {
      run({ x: kept }); // output allocated by ONNX Runtime, copied, released
      run({ x: { ...kept } }, { y: kept }); // a one-shot input tensor, an output in place
      if (i % 50 === 0) expect(() => run({ x: hostTensor('int64', [1]) })).toThrow();
    };
    for (let i = 0; i < 2000; i++) once(i);
    await sleep(1);
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 5000; i++) once(i);
    await sleep(1);
    // 10,000 leaked outputs would be 20 MB, 5,000 leaked errors or values several more; the rest is V8's own heap
    expect((process.memoryUsage().rss - before) / 2 ** 20).toBeLessThan(16);
    session.dispose();
  });

  it('keeps tensors alive while an asynchronous run uses them', () => {
    // In a process of its own, with the collector forced between the start and the end of every run. One thread: with more,
    // ONNX Runtime's own threads happen to keep the library loaded, which hides a lost library handle.
    const script = `
      import { NativeRuntime } from './native.ts';
      import { smallModel, value } from './probe-models.ts';
      import { hostTensor } from '../util/host.ts';
      const session = await new NativeRuntime().load(
        smallModel([{ opType: 'MatMul', inputs: ['x', 'w'], outputs: ['h'] }, { opType: 'MatMul', inputs: ['h', 'w'], outputs: ['y'] }],
          { inputs: [value('x', [64, 256]), value('w', [256, 256])], outputs: [value('y', [64, 256])] }));
      const ones = (shape, v) => { const t = hostTensor('float32', shape); t.data.fill(v); return t; };
      let bad = 0;
      for (let i = 0; i < 40; i++) {
        const running = session.run({ x: ones([64, 256], i), w: ones([256, 256], 1 / 256) });
        gc(); for (let k = 0; k < 4; k++) ones([256, 256], NaN); gc();
        const { y } = await running;
        if (!y.data.every((v) => Math.abs(v - i) < 1e-3)) bad++;
      }
      console.log('bad', bad);`;
    const here = fileURLToPath(new URL('.', import.meta.url));
    const out = execFileSync(process.execPath, ['--expose-gc', '--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: here,
      encoding: 'utf8',
      env: { ...process.env, SENSORIUM_THREADS: '1' },
    });
    expect(out.trim()).toBe('bad 0');
  });

  it('checks that typed views of other kinds fit as well', async () => {
    const session = await runtime.load(
      smallModel([{ opType: 'Cast', inputs: ['x'], outputs: ['y'], attributes: { to: 16 } }], {
        inputs: [value('x', [2])],
        outputs: [value('y', [2], 'bfloat16')],
      }),
    );
    const { y } = await session.run({ x: hostTensor('float32', [2], [1, -2]) });
    expect(y?.data).toEqual(Uint16Array.of(0x3f80, 0xc000));
    session.dispose();
  });

  it('says which version it needs and which it found', () => {
    expect(() => checkVersion('1.30.0', 'lib')).not.toThrow();
    expect(() => checkVersion('1.14.1', '/opt/libonnxruntime.so')).toThrow(
      /\/opt\/libonnxruntime\.so\).*1\.20.*got 1\.14\.1.*onnxruntime-node/,
    );
    expect(() => checkVersion('2.0.0', 'lib')).toThrow(/unexpected version/);
    expect(() => checkVersion('', 'lib')).toThrow(/unexpected version/);
  });

  it('falls back, or fails by name, where the library is missing, and shares an environment that someone else made', () => {
    const script = `
      import { runtimeProbe, selectRuntime } from './select.ts';
      console.log(JSON.stringify([await runtimeProbe(), (await selectRuntime()).name, await selectRuntime('native').catch((e) => e.message)]));`;
    const run = (code: string, env: Record<string, string>): string =>
      execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
        cwd: fileURLToPath(new URL('.', import.meta.url)),
        encoding: 'utf8',
        env: { ...process.env, ...env },
      });
    const [probe, name, message] = JSON.parse(run(script, { SENSORIUM_ORT_LIBRARY: '/no/such/lib.so' }));
    expect(probe).toMatchObject({ chosen: 'node', reason: expect.stringContaining('/no/such/lib.so') });
    expect(name).toBe('node');
    expect(message).toMatch(/cannot load ONNX Runtime.*\/no\/such\/lib\.so.*Reinstall onnxruntime-node/s);
    const both = `
      import { selectRuntime } from './select.ts';
      await selectRuntime('node');
      console.log((await selectRuntime()).name);`;
    expect(run(both, {}).trim()).toBe('native');
  });
});

describe('selectRuntime', () => {
  it('gives one instance per name and refuses names it does not know', async () => {
    expect(await selectRuntime('native')).toBe(runtime);
    expect(await selectRuntime('auto')).toBe(runtime);
    await expect(selectRuntime('web')).rejects.toThrow(/expected native, node or auto, got web/);
    process.env.SENSORIUM_RUNTIME = 'node';
    try {
      expect((await selectRuntime()).name).toBe('node');
      expect((await selectRuntime('native')).name).toBe('native');
      process.env.SENSORIUM_RUNTIME = 'cuda';
      await expect(selectRuntime()).rejects.toThrow(/SENSORIUM_RUNTIME.*got cuda/);
    } finally {
      delete process.env.SENSORIUM_RUNTIME;
    }
  });
});
