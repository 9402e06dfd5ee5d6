// ONNX Runtime through its C API: tensors are used where they lie, outputs go where the caller says, runs are off the JS thread.

import koffi from 'koffi';
import { encodeModel } from '../onnx/codec.js';
import type { ValueInfoProto } from '../onnx/model.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import { checkFeeds, checkInto, freshOutput } from './check.js';
import { physicalCores } from './cores.js';
import { loadNativeSession } from './native-load.js';
import { ValueCache } from './native-values.js';
import type { Pointer } from './ort-api.js';
import { OrtApi } from './ort-api.js';
import { type PrepackedLease, PrepackedWeights } from './prepacked.js';
import { type AnyTensor, isOnDevice, type LoadOptions, type Runtime, type Session, type ValueInfo } from './runtime.js';
import { trimHeap } from './trim.js';

// Errors come back as statuses, which we throw: ONNX Runtime need not print them as well.
const LOG_WARNING = 2;
const LOG_FATAL = 4;
/** How an arena grows: a chunk that is given back serves requests of other sizes later. */
const ARENA_NEXT_POWER_OF_TWO = 0;

/** What a session borrows from its runtime. */
export interface NativeContext {
  readonly api: OrtApi;
  readonly env: Pointer;
  readonly memory: Pointer;
  readonly allocator: Pointer;
  /** Threads of a session that does not ask for a number of its own. */
  readonly threads: number;
  /** True when sessions share one thread pool; false when someone else made the environment, without one. */
  readonly sharedPool: boolean;
  /** Packed copies of weights, shared by sessions. */
  readonly packed: PrepackedWeights;
  value(tensor: HostTensor, place: string): Pointer;
  /** The device that sessions run on, where that is not the CPU. */
  readonly device?: NativeDevice;
}

/** What opening a session asks of a device. */
export interface NativeDevice {
  /** Adds the device's provider to session options. */
  configure(settings: Pointer, options: LoadOptions): void;
  /** The value of an initializer in the device's memory; sessions share it. */
  initializer(tensor: HostTensor): Promise<Pointer>;
}

/** The session inside ONNX Runtime and what it says about itself. */
export interface NativeHandle {
  readonly session: Pointer;
  readonly place: string;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly inputNames: BigUint64Array;
  readonly outputNames: BigUint64Array;
  /** Everything that ONNX Runtime points into as long as the session lives. */
  readonly keep: readonly unknown[];
  /** Where its packed weights are shared with other sessions. */
  readonly packed: PrepackedLease | undefined;
  /** Of its initializers. */
  readonly weightBytes: number;
  readonly profile: boolean;
}

class NativeSession implements Session {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  private handle: NativeHandle | undefined;
  private running = 0;
  private doomed = false;

  constructor(
    private readonly context: NativeContext,
    private readonly values: ValueCache,
    handle: NativeHandle,
  ) {
    this.handle = handle;
    this.inputs = handle.inputs;
    this.outputs = handle.outputs;
  }

  /** The OrtSession, for an allocator of its device. */
  get pointer(): Pointer {
    return (this.handle as NativeHandle).session;
  }

  run(feeds: Readonly<Record<string, AnyTensor>>, into: Readonly<Record<string, AnyTensor>> = {}): Promise<Record<string, HostTensor>> {
    let call: Call;
    try {
      call = this.prepare(feeds, into);
    } catch (error) {
      return Promise.reject(error);
    }
    const { handle, args } = call;
    this.running++;
    return new Promise((resolve, reject) => {
      // The closure holds `call`, hence every array that ONNX Runtime reads or writes, until the run is over.
      const settle = (error: Error | null, status: Pointer | null): void => {
        this.running--;
        try {
          if (error) throw error;
          this.context.api.check(status, handle.place);
          resolve(this.collect(call));
        } catch (failure) {
          reject(failure);
        } finally {
          this.release(call);
          if (this.doomed && this.running === 0) this.destroy();
        }
      };
      try {
        this.context.api.raw('Run').async(...args, settle);
      } catch (error) {
        settle(error as Error, null);
      }
    });
  }

  runSync(feeds: Readonly<Record<string, AnyTensor>>, into: Readonly<Record<string, AnyTensor>> = {}): Record<string, HostTensor> {
    const call = this.prepare(feeds, into);
    try {
      this.context.api.check(this.context.api.raw('Run')(...call.args), call.handle.place);
      return this.collect(call);
    } finally {
      this.release(call);
    }
  }

  dispose(): void {
    if (this.doomed) return;
    this.doomed = true;
    if (this.running === 0) this.destroy();
  }

  private destroy(): void {
    const handle = this.handle;
    if (!handle) return;
    this.handle = undefined;
    const { api, allocator } = this.context;
    if (handle.profile) api.takeString(api.out('SessionEndProfiling', [handle.session, allocator]), allocator);
    api.raw('ReleaseSession')(handle.session);
    handle.packed?.release();
    trimHeap(handle.weightBytes);
  }

  private prepare(feeds: Readonly<Record<string, AnyTensor>>, into: Readonly<Record<string, AnyTensor>>): Call {
    const handle = this.handle;
    if (!handle || this.doomed)
      throw new SensoriumError('runtime.disposed', 'a session was used after dispose()', { place: handle?.place ?? 'session' });
    checkFeeds(handle.place, this.inputs, feeds);
    checkInto(handle.place, this.outputs, into);
    const once: Pointer[] = [];
    const results: (AnyTensor | undefined)[] = [];
    const inputValues = new BigUint64Array(this.inputs.length);
    const outputValues = new BigUint64Array(this.outputs.length);
    const call: Call = { handle, once, results, inputValues, outputValues, feeds, into, args: [] };
    try {
      for (const [i, info] of this.inputs.entries()) inputValues[i] = this.values.get(feeds[info.name] as AnyTensor, info.name, once);
      for (const [i, info] of this.outputs.entries()) {
        // A static output is allocated here, so that ONNX Runtime writes it once and nothing is copied.
        const target = into[info.name] ?? freshOutput(info);
        results.push(target);
        if (target) outputValues[i] = this.values.get(target, info.name, once);
      }
    } catch (error) {
      this.release(call);
      throw error;
    }
    call.args = [
      handle.session,
      null,
      handle.inputNames,
      inputValues,
      this.inputs.length,
      handle.outputNames,
      this.outputs.length,
      outputValues,
    ];
    return call;
  }

  private collect(call: Call): Record<string, HostTensor> {
    const out: Record<string, HostTensor> = {};
    for (const [i, info] of this.outputs.entries()) {
      let tensor = call.results[i];
      if (tensor && isOnDevice(tensor)) continue;
      if (!tensor) {
        const value = call.outputValues[i] as Pointer;
        call.once.push(value);
        tensor = this.copyOut(value, info);
      }
      out[info.name] = tensor;
    }
    return out;
  }

  /** A host copy of a value that ONNX Runtime allocated. */
  private copyOut(value: Pointer, info: ValueInfo): HostTensor {
    const { api } = this.context;
    const about = api.out('GetTensorTypeAndShape', [value]);
    const count = new BigUint64Array(1);
    api.call('GetDimensionsCount', [about, count]);
    const dims = new BigInt64Array(Number(count[0]));
    if (dims.length > 0) api.call('GetDimensions', [about, dims, dims.length]);
    api.raw('ReleaseTensorTypeAndShapeInfo')(about);
    const tensor = freshOutput({ name: info.name, dtype: info.dtype, shape: Array.from(dims, Number) }) as HostTensor;
    if (tensor.data.byteLength > 0) {
      const source = api.out('GetTensorMutableData', [value]);
      const target = new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
      target.set(new Uint8Array(koffi.view(source, tensor.data.byteLength)));
    }
    return tensor;
  }

  private release(call: Call): void {
    const release = this.context.api.raw('ReleaseValue');
    for (const value of call.once) release(value);
    call.once.length = 0;
  }
}

/** One run in the making: every array in it must stay referenced until the run is over. */
interface Call {
  readonly handle: NativeHandle;
  readonly once: Pointer[];
  readonly results: (AnyTensor | undefined)[];
  readonly inputValues: BigUint64Array;
  readonly outputValues: BigUint64Array;
  readonly feeds: Readonly<Record<string, AnyTensor>>;
  readonly into: Readonly<Record<string, AnyTensor>>;
  args: (Pointer | number | BigUint64Array | null)[];
}

export interface NativeOptions {
  /** Runs sessions on a device. */
  device?: NativeDevice;
  /** Threads of the pool that all sessions share. Default: physical cores. */
  threads?: number;
  /** Idle pool threads poll for work for a moment before they sleep: faster between operators, costs CPU between runs. Default true. */
  spin?: boolean;
  /** Pool threads treat denormal floats as zero. Off by default: the calling thread cannot be switched, and a mixture is not reproducible. */
  denormalsAsZero?: boolean;
}

/**
 * ONNX Runtime keeps one environment per process and ignores later requests: when the official binding was loaded first,
 * there is no shared pool, which shows only when a session that wants it is created.
 */
function hasSharedPool(api: OrtApi, env: Pointer): boolean {
  const value = (name: string): ValueInfoProto => ({ name, dtype: 'float32', shape: [1] });
  const nodes = [{ opType: 'Identity', name: 'identity', inputs: ['x'], outputs: ['y'] }];
  const model = encodeModel({ name: 'pool', nodes, initializers: [], inputs: [value('x')], outputs: [value('y')] });
  const settings = api.out('CreateSessionOptions');
  try {
    api.call('DisablePerSessionThreads', [settings]);
    api.raw('ReleaseSession')(api.out('CreateSessionFromArray', [env, model, model.byteLength, settings]));
    return true;
  } catch (error) {
    if ((error as Error).message.includes('EnvCreatedWithGlobalThreadPools')) return false;
    throw error;
  } finally {
    api.raw('ReleaseSessionOptions')(settings);
  }
}

/** One pool of scratch memory for all sessions: programs that run in turn need as much as the largest of them, not their sum. */
function shareArena(api: OrtApi, env: Pointer, memory: Pointer): void {
  const arena = api.out('CreateArenaCfg', [0, ARENA_NEXT_POWER_OF_TWO, -1, -1]);
  try {
    api.call('CreateAndRegisterAllocator', [env, memory, arena]);
  } finally {
    api.raw('ReleaseArenaCfg')(arena);
  }
}

/** The native runtime. One per process: ONNX Runtime keeps one environment. */
export class NativeRuntime implements Runtime {
  readonly name = 'native';
  readonly synchronous = true;
  readonly version: string;
  /** Path of the shared library. */
  readonly library: string;
  private readonly context: NativeContext;
  private readonly values: ValueCache;

  constructor(options: NativeOptions = {}) {
    const api = OrtApi.load();
    this.version = api.version;
    this.library = api.path;
    const threads = options.threads ?? physicalCores();
    const pool = api.out('CreateThreadingOptions');
    let env: Pointer;
    try {
      api.call('SetGlobalIntraOpNumThreads', [pool, threads]);
      api.call('SetGlobalInterOpNumThreads', [pool, 1]);
      api.call('SetGlobalSpinControl', [pool, options.spin === false ? 0 : 1]);
      if (options.denormalsAsZero) api.call('SetGlobalDenormalAsZero', [pool]);
      env = api.out('CreateEnvWithGlobalThreadPools', [process.env.SENSORIUM_ORT_VERBOSE ? LOG_WARNING : LOG_FATAL, 'sensorium', pool]);
    } finally {
      api.raw('ReleaseThreadingOptions')(pool);
    }
    const memory = api.out('CreateCpuMemoryInfo', [1, 0]); // OrtArenaAllocator, OrtMemTypeDefault
    shareArena(api, env, memory);
    this.values = new ValueCache(api, memory);
    this.context = {
      api,
      env,
      memory,
      allocator: api.out('GetAllocatorWithDefaultOptions'),
      threads,
      sharedPool: hasSharedPool(api, env),
      packed: new PrepackedWeights(api),
      value: (tensor, place) => this.values.get(tensor, place, undefined),
      ...(options.device ? { device: options.device } : {}),
    };
  }

  /** What sessions borrow; devices use it too. */
  get shared(): NativeContext {
    return this.context;
  }

  async load(model: Uint8Array | string, options: LoadOptions = {}): Promise<NativeSession> {
    return new NativeSession(this.context, this.values, await loadNativeSession(this.context, model, options));
  }
}
