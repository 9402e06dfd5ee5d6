// ONNX Runtime in a browser: WebAssembly on the CPU, or WebGPU where there is an adapter.

import type { InferenceSession, Tensor } from 'onnxruntime-web';
import { SensoriumError } from '../util/errors.js';
import type { DType, HostTensor } from '../util/host.js';
import { checkFeeds, checkInto } from './check.js';
import { externalInitializers, unfold } from './external-initializers.js';
import type { DeviceName, LoadOptions, Runtime, Session, ValueInfo } from './runtime.js';

/** The module `onnxruntime-web/webgpu` or `onnxruntime-web/wasm`. */
export type OrtWeb = typeof import('onnxruntime-web');

/** Where a tab computes. */
export type WebDevice = 'webgpu' | 'wasm';

const failure = (cause: unknown, place: string): SensoriumError =>
  new SensoriumError('runtime.ort', `ONNX Runtime: ${cause instanceof Error ? cause.message.trim() : String(cause)}`, { place, cause });

function describe(metadata: readonly InferenceSession.ValueMetadata[], place: string): ValueInfo[] {
  return metadata.map((m) => {
    if (!m.isTensor || m.type === 'string')
      throw new SensoriumError('runtime.dtype', `value "${m.name}" is not a tensor of numbers`, { place });
    return { name: m.name, dtype: m.type as DType, shape: m.shape.map((d, i) => (d === '' ? `${m.name}_${i}` : d)) };
  });
}

class WebSession implements Session {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  private held: InferenceSession | undefined;
  private disposed = false;

  constructor(
    session: InferenceSession,
    private readonly runtime: WebRuntime,
    private readonly place: string,
  ) {
    this.held = session;
    this.inputs = describe(session.inputMetadata, place);
    this.outputs = describe(session.outputMetadata, place);
  }

  /** Outputs are copies; `into` is filled from them. */
  async run(
    feeds: Readonly<Record<string, HostTensor>>,
    into: Readonly<Record<string, HostTensor>> = {},
  ): Promise<Record<string, HostTensor>> {
    if (this.disposed) throw new SensoriumError('runtime.disposed', 'a session was used after dispose()', { place: this.place });
    checkFeeds(this.place, this.inputs, feeds);
    checkInto(this.place, this.outputs, into);
    const results = await this.runtime.alone(async () => {
      const session = this.held;
      if (!session) throw new SensoriumError('runtime.disposed', 'a session was used after dispose()', { place: this.place });
      const fed = Object.fromEntries(this.inputs.map(({ name }) => [name, this.runtime.tensor(feeds[name] as HostTensor)]));
      const given = await session.run(fed).catch((cause: unknown) => {
        throw failure(cause, this.place);
      });
      // WebAssembly runs on this very thread: the page's word to stop is heard between two runs, or never.
      await new Promise<void>((resolve) => setImmediate(resolve));
      return given;
    });
    const out: Record<string, HostTensor> = {};
    for (const { name, dtype } of this.outputs) {
      const result = results[name] as Tensor;
      const data = result.data as HostTensor['data'];
      const target = into[name];
      if (target && target.data.length !== data.length)
        throw new SensoriumError('runtime.tensor', `output "${name}" does not fit the tensor given for it`, {
          place: this.place,
          expected: `[${result.dims.join(',')}]`,
          got: `[${target.shape.join(',')}]`,
        });
      if (target) (target.data as Float32Array).set(data as Float32Array);
      out[name] = target ?? { dtype, shape: [...result.dims], data };
    }
    return out;
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    void this.runtime.alone(async () => {
      const session = this.held;
      this.held = undefined;
      await session?.release().catch((cause: unknown) => console.warn(failure(cause, this.place)));
    });
  }
}

/** ONNX Runtime of a tab. It does one thing at a time, as its WebGPU build demands. */
export class WebRuntime implements Runtime {
  readonly name = 'web';
  readonly synchronous = false;
  readonly version: string;
  /** What was begun last. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly ort: OrtWeb,
    readonly provider: WebDevice,
  ) {
    ort.env.logLevel = 'fatal'; // errors are thrown; the library itself prints nothing
    this.version = ort.env.versions.web ?? ort.env.versions.common;
  }

  /** Runs `work` when what was begun before is over. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.last.then(work, work);
    this.last = done.catch(() => undefined); // whoever began it hears of it
    return done;
  }

  /** What graphs are lowered for: of the CPU, which a tab has as wasm, nothing special. */
  get device(): DeviceName {
    return this.provider === 'webgpu' ? 'webgpu' : 'cpu';
  }

  tensor({ dtype, data, shape }: HostTensor): Tensor {
    if (dtype === 'bfloat16') throw new SensoriumError('runtime.dtype', 'a browser cannot pass bfloat16 tensors');
    return new this.ort.Tensor(dtype as 'float32', data as Float32Array, shape);
  }

  async load(model: Uint8Array | string, options: LoadOptions = {}): Promise<Session> {
    const place = typeof model === 'string' ? model : 'model';
    const given = externalInitializers(model, options.initializers ?? {});
    const settings: InferenceSession.SessionOptions = {
      executionProviders: this.provider === 'webgpu' ? ['webgpu', 'wasm'] : ['wasm'],
      graphOptimizationLevel: options.optimize === 'none' ? 'disabled' : (options.optimize ?? 'all'),
      enableCpuMemArena: options.arena ?? true,
      enableMemPattern: options.memoryPattern ?? true,
      executionMode: 'sequential',
      logSeverityLevel: 4,
      ...(given.files.length > 0 ? { externalData: given.files } : {}),
    };
    if (options.config) settings.extra = unfold(options.config);
    return this.alone(async () => {
      const session = await this.ort.InferenceSession.create(given.model, settings).catch((cause: unknown) => {
        throw failure(cause, place);
      });
      try {
        return new WebSession(session, this, place);
      } catch (error) {
        await session.release();
        throw error;
      }
    });
  }
}
