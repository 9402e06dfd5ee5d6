// The native runtime on a graphics adapter: ONNX Runtime's WebGPU provider, tensors in its memory, and one run at a time.

import { encodeModel } from '../onnx/codec.js';
import { DATA_TYPE } from '../onnx/constants.js';
import type { ValueInfoProto } from '../onnx/model.js';
import { SensoriumError } from '../util/errors.js';
import { bytesOf, type DType, type HostTensor, hostTensor, sizeOf } from '../util/host.js';
import { formatBytes } from '../util/progress.js';
import { type NativeContext, type NativeDevice, NativeRuntime } from './native.js';
import type { ValueHolder } from './native-values.js';
import { type OrtApi, type Pointer, stringArray } from './ort-api.js';
import { PLUGIN_VARIABLE, pluginDevices, pluginFile } from './provider-plugin.js';
import type { AnyTensor, DeviceMemory, DeviceTensor, LoadOptions, Runtime, Session, Traffic, ValueInfo } from './runtime.js';
import { isOnDevice } from './runtime.js';
import { describeAdapter, readWrongKernels, type WrongKernel } from './wrong-kernels.js';

/** ONNX Runtime's name for the memory of the adapter; device allocator 0, default memory type. */
const MEMORY = ['WebGPU_Buffer', 0, 0, 0] as const;

/** Options of the provider that are set from the environment, for tests and for finding faults. */
const OPTIONS: Readonly<Record<string, string>> = {
  validationMode: 'SENSORIUM_WEBGPU_VALIDATION',
  powerPreference: 'SENSORIUM_WEBGPU_POWER',
  dawnBackendType: 'SENSORIUM_WEBGPU_BACKEND',
  maxStorageBufferBindingSize: 'SENSORIUM_WEBGPU_BINDING',
};

/** Lets one thing at a time use the adapter: the provider's state is not made for several threads. */
class Turns {
  private last: Promise<unknown> = Promise.resolve();
  /** What runs or waits. */
  private begun = 0;

  take<T>(work: () => Promise<T>): Promise<T> {
    this.begun++;
    const mine = this.last.then(work, work).finally(() => {
      this.begun--;
    });
    this.last = mine.catch(() => undefined);
    return mine;
  }

  /** Something short: at once where nothing runs, else in its turn. Tensors and sessions are freed so, also by the collector of garbage. */
  soon(work: () => void): void {
    if (this.begun === 0) work();
    else void this.take(async () => work());
  }
}

class Count implements Traffic {
  uploaded = 0;
  downloaded = 0;
}

const bytesIn = ({ dtype, shape }: Readonly<{ dtype: DType; shape: readonly number[] }>): number => bytesOf(dtype) * sizeOf(shape);

/** The adapter and its memory. */
class WebGpuDevice implements DeviceMemory, NativeDevice {
  readonly name = 'webgpu';
  readonly traffic = new Count();
  readonly turns = new Turns();
  private readonly options: readonly (readonly [string, string])[];
  /** By dtype and number of axes. */
  private readonly copies = new Map<string, Promise<Session>>();
  private readonly resident = new WeakMap<HostTensor['data'], { owner: WebGpuTensor; view: Pointer }>();
  private info: Pointer | undefined;
  private allocator: Pointer | undefined;
  private context: NativeContext | undefined;

  constructor() {
    this.options = Object.entries(OPTIONS).flatMap(([key, variable]) => {
      const value = process.env[variable];
      return value ? [[key, value] as const] : [];
    });
  }

  get api(): OrtApi {
    return (this.context as NativeContext).api;
  }

  configure(settings: Pointer, { onHost = [] }: LoadOptions): void {
    const options = [...this.options, ...(onHost.length > 0 ? [['forceCpuNodeNames', onHost.join('\n')] as const] : [])];
    const [keys, values] = [stringArray(options.map(([k]) => k)), stringArray(options.map(([, v]) => v))];
    const rest = [keys.pointers, values.pointers, options.length];
    const plugin = pluginFile();
    if (plugin === undefined) this.api.call('SessionOptionsAppendExecutionProvider', [settings, 'WebGPU', ...rest], 'WebGPU');
    else {
      const { env } = this.context as NativeContext;
      const devices = pluginDevices(this.api, env, plugin);
      this.api.call('SessionOptionsAppendExecutionProvider_V2', [settings, env, devices, devices.length, ...rest], plugin);
    }
  }

  /** Opens the first session, which finds the adapter and lends its allocator. Errors: `runtime.device` where there is none. */
  async open(context: NativeContext, load: (model: Uint8Array) => Promise<Session & { readonly pointer: Pointer }>): Promise<void> {
    this.context = context;
    const session = await load(copyModel('float32', 1));
    this.info = this.api.out('CreateMemoryInfo', [...MEMORY]);
    this.allocator = this.api.out('CreateAllocator', [session.pointer, this.info]);
    this.copies.set('float32 1', Promise.resolve(session)); // lives as long as the allocator is used
    this.load = load;
  }

  private load: (model: Uint8Array) => Promise<Session> = async () => {
    throw new Error('the device is not open');
  };

  allocate(dtype: DType, shape: readonly number[]): WebGpuTensor {
    return new WebGpuTensor(this, dtype, [...shape]);
  }

  /** The value of a tensor. Only within a turn: memory is managed by the state that runs use. Errors: `runtime.memory`. */
  create(dtype: DType, shape: readonly number[]): Pointer {
    const dims = BigInt64Array.from(shape, BigInt);
    try {
      return this.api.out('CreateTensorAsOrtValue', [this.allocator as Pointer, dims, dims.length, DATA_TYPE[dtype]]);
    } catch (cause) {
      throw new SensoriumError('runtime.memory', 'the device has no room for a tensor', {
        place: `${dtype}[${shape.join(',')}]`,
        got: `${formatBytes(bytesIn({ dtype, shape }))} asked for: ${(cause as Error).message}`,
        hint: 'Use a smaller batch or a shorter capacity; --plan says what a run takes',
        cause,
      });
    }
  }

  async upload(from: HostTensor): Promise<WebGpuTensor> {
    const tensor = this.allocate(from.dtype, from.shape);
    await tensor.write(from);
    return tensor;
  }

  async initializer(tensor: HostTensor): Promise<Pointer> {
    let there = this.resident.get(tensor.data);
    if (!there) {
      const { dtype, shape, data } = tensor;
      const owner = await this.upload(tensor);
      // ONNX Runtime shares initializers only in memory that it does not own: the same buffer, seen from outside.
      const buffer = this.api.out('GetTensorMutableData', [owner.value(dtype)]);
      const dims = BigInt64Array.from(shape, BigInt);
      const value = [this.info as Pointer, buffer, data.byteLength, dims, dims.length, DATA_TYPE[dtype]];
      there = { owner, view: this.api.out('CreateTensorWithDataAsOrtValue', value as Pointer[]) };
      this.resident.set(tensor.data, there);
    }
    return there.view;
  }

  /** Copies from the host to the device or back: a program that does nothing, for ONNX Runtime to copy what it is fed and gives. */
  async copy(from: AnyTensor, into: AnyTensor): Promise<void> {
    const { dtype, shape } = from;
    const key = `${dtype} ${shape.length}`;
    let session = this.copies.get(key);
    if (!session) {
      session = this.turns.take(() => this.load(copyModel(dtype, shape.length)));
      this.copies.set(key, session);
    }
    const opened = await session;
    await this.turns.take(() => opened.run({ x: from }, { y: into })).catch(throwFailure);
    this.count([from], isOnDevice(into) ? [] : [into]);
  }

  count(from: readonly AnyTensor[], back: readonly AnyTensor[]): void {
    for (const t of from) if (!isOnDevice(t)) this.traffic.uploaded += t.data.byteLength;
    for (const t of back) if (!isOnDevice(t)) this.traffic.downloaded += t.data.byteLength;
  }
}

/** Elements as they are, of any sizes. */
function copyModel(dtype: DType, rank: number): Uint8Array {
  const shape = Array.from({ length: rank }, (_, axis) => `n${axis}`);
  const value = (name: string): ValueInfoProto => ({ name, dtype, shape });
  const nodes = [{ opType: 'Identity', name: 'copy', inputs: ['x'], outputs: ['y'] }];
  return encodeModel({ name: 'copy', nodes, initializers: [], inputs: [value('x')], outputs: [value('y')] });
}

/** A tensor in the memory of the adapter, which it takes in the first run that uses it; it is freed when it is collected, if not before. */
class WebGpuTensor implements DeviceTensor, ValueHolder {
  readonly device = 'webgpu';
  private pointer: Pointer | undefined;
  private disposed = false;

  constructor(
    private readonly owner: WebGpuDevice,
    readonly dtype: DType,
    readonly shape: readonly number[],
  ) {}

  value(place: string): Pointer {
    if (this.disposed) throw new SensoriumError('runtime.disposed', 'a tensor was used after dispose()', { place });
    if (this.pointer === undefined) {
      const { owner } = this;
      const pointer = owner.create(this.dtype, this.shape);
      freeing.register(this, { owner, pointer }, this);
      this.pointer = pointer;
    }
    return this.pointer;
  }

  async write(from: HostTensor): Promise<void> {
    this.assertFits(from, 'the tensor to write');
    if (from.data.length > 0) await this.owner.copy(from, this);
  }

  async read(into: HostTensor = hostTensor(this.dtype, this.shape)): Promise<HostTensor> {
    this.assertFits(into, 'the tensor to read into');
    if (into.data.length > 0) await this.owner.copy(this, into);
    return into;
  }

  private assertFits({ dtype, shape }: HostTensor, what: string): void {
    if (dtype === this.dtype && shape.join() === this.shape.join()) return;
    throw new SensoriumError('runtime.tensor', `${what} does not fit the tensor on the device`, {
      expected: `${this.dtype}[${this.shape.join(',')}]`,
      got: `${dtype}[${shape.join(',')}]`,
    });
  }

  dispose(): void {
    this.disposed = true;
    if (this.pointer === undefined) return;
    freeing.unregister(this);
    free({ owner: this.owner, pointer: this.pointer });
    this.pointer = undefined;
  }
}

const free = ({ owner, pointer }: { owner: WebGpuDevice; pointer: Pointer }): void =>
  owner.turns.soon(() => void owner.api.raw('ReleaseValue')(pointer));
const freeing = new FinalizationRegistry(free);

/** A session whose runs take turns with all others on the adapter. */
class WebGpuSession implements Session {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];

  constructor(
    private readonly inner: Session,
    private readonly device: WebGpuDevice,
  ) {
    this.inputs = inner.inputs;
    this.outputs = inner.outputs;
  }

  async run(feeds: Readonly<Record<string, AnyTensor>>, into?: Readonly<Record<string, AnyTensor>>): Promise<Record<string, HostTensor>> {
    const out = await this.device.turns.take(() => this.inner.run(feeds, into)).catch(throwFailure);
    this.device.count(Object.values(feeds), Object.values(out));
    return out;
  }

  dispose(): void {
    this.device.turns.soon(() => this.inner.dispose());
  }
}

/** ONNX Runtime's WebGPU provider behind the interface of runtimes. One per process, made by `open`. */
export class WebGpuRuntime implements Runtime {
  readonly name = 'native';
  readonly device = 'webgpu';
  /** Runs take turns, so none is on the calling thread. */
  readonly synchronous = false;
  readonly version: string;

  /** How records name the adapter with its driver. */
  readonly adapter: string;
  /** Kernels that `sensorium doctor` found wrong here. */
  readonly wrong: readonly WrongKernel[];
  readonly onHost: ReadonlySet<string>;

  private constructor(
    private readonly inner: NativeRuntime,
    private readonly gpu: WebGpuDevice,
  ) {
    this.version = inner.version;
    this.adapter = describeAdapter(inner.version);
    this.wrong = readWrongKernels(this.adapter);
    this.onHost = new Set(this.wrong.flatMap(({ ops }) => ops));
  }

  get memory(): DeviceMemory {
    return this.gpu;
  }

  /** Errors: `runtime.device` where this build of ONNX Runtime has no WebGPU provider, or there is no adapter for it. */
  static async open(): Promise<WebGpuRuntime> {
    const gpu = new WebGpuDevice();
    const inner = new NativeRuntime({ device: gpu });
    try {
      await gpu.open(inner.shared, (model) => inner.load(model));
    } catch (cause) {
      throw noDevice(cause as Error);
    }
    return new WebGpuRuntime(inner, gpu);
  }

  async load(model: Uint8Array | string, options: LoadOptions = {}): Promise<Session> {
    for (const tensor of Object.values(options.initializers ?? {})) await this.gpu.initializer(tensor);
    return new WebGpuSession(await this.gpu.turns.take(() => this.inner.load(model, options)).catch(throwFailure), this.gpu);
  }
}

function throwFailure(error: unknown): never {
  throw deviceFailure(error);
}

/** What ONNX Runtime says when an adapter was taken away: reset by its driver, unplugged, put to sleep. */
const LOST = /device (is |was )?lost|devicelost|lost device|vk_error_device_lost|device removed|DEVICE_REMOVED/i;
/** What WebGPU says of a buffer beyond the adapter's limits: it names size and limit. */
const BINDING = /(binding|buffer) size.{0,80}(larger than|exceeds|greater than).{0,80}(max|limit)|max_?storage_?buffer_?binding_?size/i;
const FULL = /out of (device )?memory|OUT_OF_(DEVICE|HOST)_MEMORY|failed to allocate|allocation failed/i;

/** An error of a run on a device by its cause: `runtime.device` for an adapter that was lost, `runtime.memory` where it is full; else as it is. */
export function deviceFailure(error: unknown): unknown {
  if (!(error instanceof SensoriumError && error.code === 'runtime.ort')) return error;
  const { place, message } = error;
  if (LOST.test(message))
    return new SensoriumError('runtime.device', 'the graphics adapter was lost', {
      place,
      got: message,
      hint: 'What was in its memory is gone. Start the program again; if it happens again, update the driver, or lower the load of the adapter',
      cause: error,
    });
  if (BINDING.test(message))
    return new SensoriumError('runtime.memory', 'a tensor is larger than the adapter binds at once', {
      place,
      got: message,
      hint: 'Use a smaller batch or a shorter capacity; of a large vocabulary or layer, quantize the weights (sensorium quantize)',
      cause: error,
    });
  if (FULL.test(message))
    return new SensoriumError('runtime.memory', 'the device has no memory left', {
      place,
      got: message,
      hint: 'Use a smaller batch, a shorter maxLength or gradientCheckpointing=true; --plan says what a run takes on the device',
      cause: error,
    });
  return error;
}

/** Why there is no device, and what to do. */
function noDevice(cause: Error): SensoriumError {
  if (cause instanceof SensoriumError && cause.code === 'runtime.device') return cause;
  const isAbsent = /not (supported|enabled|available)|unknown provider/i.test(cause.message);
  return new SensoriumError(
    'runtime.device',
    isAbsent ? 'this build of ONNX Runtime has no WebGPU provider' : 'no graphics adapter can be used',
    {
      place: `${process.platform} ${process.arch}`,
      expected: isAbsent ? 'linux x64, darwin arm64, or win32 x64/arm64' : 'an adapter with a Vulkan, Metal or Direct3D 12 driver',
      got: cause.message,
      hint: isAbsent
        ? `Set ${PLUGIN_VARIABLE} to the library of the package onnxruntime-ep-webgpu, or SENSORIUM_ORT_LIBRARY to a build of ONNX Runtime with the provider, or leave --device out`
        : 'On Linux install the Vulkan loader (libvulkan1) and the driver of the adapter; `sensorium doctor` says what is found',
      cause,
    },
  );
}
