// ONNX Runtime through its official Node binding: the reference to compare with, and the fallback where the native runtime cannot load.

import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { SensoriumError } from '../util/errors.js';
import type { DType, HostTensor } from '../util/host.js';
import { checkFeeds, checkInto } from './check.js';
import { physicalCores } from './cores.js';
import { externalInitializers, unfold } from './external-initializers.js';
import type { LoadOptions, Runtime, Session, ValueInfo } from './runtime.js';

ort.env.logLevel = 'fatal'; // errors are thrown; the library itself prints nothing

const LEVELS = { none: 'disabled', basic: 'basic', extended: 'extended', all: 'all' } as const;

function describe(metadata: readonly ort.InferenceSession.ValueMetadata[], place: string): ValueInfo[] {
  return metadata.map((m) => {
    if (!m.isTensor || m.type === 'string')
      throw new SensoriumError('runtime.dtype', `value "${m.name}" is not a tensor of numbers`, { place });
    // The binding has no bfloat16, and gives shapes with names for free dimensions.
    return { name: m.name, dtype: m.type as DType, shape: m.shape.map((d, i) => (d === '' ? `${m.name}_${i}` : d)) };
  });
}

function toOrt(tensor: HostTensor): ort.Tensor {
  if (tensor.dtype === 'bfloat16')
    throw new SensoriumError('runtime.dtype', 'the node runtime cannot pass bfloat16 tensors', { hint: 'Use the native runtime' });
  return new ort.Tensor(tensor.dtype as 'float32', tensor.data as Float32Array, tensor.shape);
}

function failure(cause: unknown, place: string): SensoriumError {
  return new SensoriumError('runtime.ort', `ONNX Runtime: ${(cause as Error).message.trim()}`, { place, cause });
}

class NodeSession implements Session {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** The session, and memory that ONNX Runtime may point into as long as it lives. */
  private held: { session: ort.InferenceSession; memory: unknown } | undefined;
  private running = 0;
  private disposed = false;

  constructor(
    session: ort.InferenceSession,
    private readonly place: string,
    memory: unknown,
  ) {
    this.held = { session, memory };
    this.inputs = describe(session.inputMetadata, place);
    this.outputs = describe(session.outputMetadata, place);
  }

  async run(
    feeds: Readonly<Record<string, HostTensor>>,
    into: Readonly<Record<string, HostTensor>> = {},
  ): Promise<Record<string, HostTensor>> {
    const session = this.held?.session;
    if (!session || this.disposed)
      throw new SensoriumError('runtime.disposed', 'a session was used after dispose()', { place: this.place });
    checkFeeds(this.place, this.inputs, feeds);
    checkInto(this.place, this.outputs, into);
    const fed = Object.fromEntries(this.inputs.map(({ name }) => [name, toOrt(feeds[name] as HostTensor)]));
    let results: ort.InferenceSession.OnnxValueMapType;
    this.running++;
    try {
      results = await session.run(fed);
    } catch (cause) {
      throw failure(cause, this.place);
    } finally {
      this.running--;
      if (this.disposed && this.running === 0) this.destroy();
    }
    const out: Record<string, HostTensor> = {};
    for (const { name, dtype } of this.outputs) {
      const result = results[name] as ort.Tensor;
      const data = result.data as HostTensor['data'];
      const target = into[name];
      if (!target) {
        out[name] = { dtype, shape: [...result.dims], data };
        continue;
      }
      if (target.data.length !== data.length)
        throw new SensoriumError('runtime.tensor', `output "${name}" does not fit the tensor given for it`, {
          place: this.place,
          expected: `[${result.dims.join(',')}]`,
          got: `[${target.shape.join(',')}]`,
        });
      (target.data as Float32Array).set(data as Float32Array);
      out[name] = target;
    }
    return out;
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    if (this.running === 0) this.destroy();
  }

  private destroy(): void {
    const session = this.held?.session;
    this.held = undefined;
    // The binding's release() is synchronous behind its promise; a failure there leaves nothing for us to do.
    void session?.release().catch((cause: unknown) => process.emitWarning(failure(cause, this.place)));
  }
}

/** The official binding behind our interface: runs on the JS thread and copies every output. */
export class NodeRuntime implements Runtime {
  readonly name = 'node';
  readonly synchronous = false;
  readonly version: string = ort.env.versions.node ?? ort.env.versions.common;

  async load(model: Uint8Array | string, options: LoadOptions = {}): Promise<Session> {
    const place = typeof model === 'string' ? model : 'model';
    const given = options.initializers && externalInitializers(model, options.initializers);
    const source = given?.model ?? model;
    const settings: ort.InferenceSession.SessionOptions = {
      intraOpNumThreads: options.threads ?? physicalCores(),
      interOpNumThreads: 1,
      graphOptimizationLevel: LEVELS[options.optimize ?? 'all'],
      enableCpuMemArena: options.arena ?? true,
      enableMemPattern: options.memoryPattern ?? true,
      executionMode: options.parallel ? 'parallel' : 'sequential',
      logSeverityLevel: 4,
    };
    if (given && given.files.length > 0) settings.externalData = given.files;
    if (options.config) settings.extra = unfold(options.config);
    if (options.profile !== undefined) Object.assign(settings, { enableProfiling: true, profileFilePrefix: path.resolve(options.profile) });
    let session: ort.InferenceSession;
    try {
      session = await (typeof source === 'string'
        ? ort.InferenceSession.create(source, settings)
        : ort.InferenceSession.create(source, settings));
    } catch (cause) {
      throw failure(cause, place);
    }
    try {
      return new NodeSession(session, place, given?.files);
    } catch (error) {
      await session.release();
      throw error;
    }
  }
}
