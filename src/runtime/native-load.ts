// Opening a model in the native runtime: session options, shared initializers, and what the model says of its inputs and outputs.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { dtypeOfCode } from '../onnx/codec.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import type { NativeContext, NativeHandle } from './native.js';
import type { OrtApi, Pointer } from './ort-api.js';
import { pathBytes, readString, stringArray } from './ort-api.js';
import type { PrepackedLease } from './prepacked.js';
import type { LoadOptions, ValueInfo } from './runtime.js';
import { trimHeap } from './trim.js';

const LEVELS = { none: 0, basic: 1, extended: 2, all: 99 } as const;

/** Creates the session off the JS thread. Throws `runtime.file` for a missing model, `runtime.ort` for one that does not load. */
export async function loadNativeSession(context: NativeContext, model: Uint8Array | string, options: LoadOptions): Promise<NativeHandle> {
  const { api } = context;
  const place = typeof model === 'string' ? model : 'model';
  if (typeof model === 'string' && !existsSync(model))
    throw new SensoriumError('runtime.file', 'model file not found', { place: path.resolve(model) });
  const keep: unknown[] = [model];
  const resident = await residentInitializers(context, options.initializers ?? {});
  const settings = api.out('CreateSessionOptions');
  try {
    configure(context, settings, options, { keep, resident }, place);
    const { session, packed } = await create(context, settings, model, options.initializers);
    keep.shift(); // ONNX Runtime has its own copy of the graph by now
    try {
      const inputs = describe(context, session, 'Input', place);
      const outputs = describe(context, session, 'Output', place);
      const inputNames = stringArray(inputs.map((info) => info.name));
      const outputNames = stringArray(outputs.map((info) => info.name));
      keep.push(inputNames.keep, outputNames.keep);
      return {
        session,
        place,
        inputs,
        outputs,
        inputNames: inputNames.pointers,
        outputNames: outputNames.pointers,
        keep,
        packed,
        weightBytes: bytesOf(options.initializers ?? {}),
        profile: options.profile !== undefined,
      };
    } catch (error) {
      api.raw('ReleaseSession')(session);
      packed?.release();
      throw error;
    }
  } finally {
    api.raw('ReleaseSessionOptions')(settings);
  }
}

/** ONNX Runtime's words for a kernel that packs its weights but cannot share them. */
const UNSHAREABLE = /doesn't have an implementation that can (cache|consume)/;

/** A session whose packed weights are shared with others over the same initializers, where all its kernels can. */
async function create(
  { api, env, packed, device }: NativeContext,
  settings: Pointer,
  model: Uint8Array | string,
  initializers: Readonly<Record<string, HostTensor>> = {},
): Promise<{ session: Pointer; packed: PrepackedLease | undefined }> {
  const inFile = typeof model === 'string';
  const place = inFile ? model : 'model';
  const source = inFile ? [pathBytes(path.resolve(model))] : [model, model.byteLength];
  const call = inFile ? 'CreateSession' : 'CreateSessionFromArray';
  const slot = new BigUint64Array(1);
  let lease = !device && Object.keys(initializers).length > 0 ? packed.acquire(initializers) : undefined;
  if (lease) {
    try {
      await api.callAsync(`${call}WithPrepackedWeightsContainer`, [env, ...source, settings, lease.container, slot], place);
    } catch (error) {
      lease.release();
      if (!UNSHAREABLE.test((error as Error).message)) throw error;
      lease = undefined;
    }
  }
  if (!lease) await api.callAsync(call, [env, ...source, settings, slot], place);
  trimHeap(bytesOf(initializers));
  return { session: slot[0] as Pointer, packed: lease };
}

const bytesOf = (tensors: Readonly<Record<string, HostTensor>>): number =>
  Object.values(tensors).reduce((n, { data }) => n + data.byteLength, 0);

/** Values of initializers in the memory of the device that sessions run on; empty without one. */
async function residentInitializers(
  { device }: NativeContext,
  initializers: Readonly<Record<string, HostTensor>>,
): Promise<ReadonlyMap<string, Pointer>> {
  const resident = new Map<string, Pointer>();
  if (device) for (const [name, tensor] of Object.entries(initializers)) resident.set(name, await device.initializer(tensor));
  return resident;
}

/** What a session points into, and values of its initializers on the device. */
interface Held {
  readonly keep: unknown[];
  readonly resident: ReadonlyMap<string, Pointer>;
}

function configure(context: NativeContext, settings: Pointer, options: LoadOptions, held: Held, place: string): void {
  const { api } = context;
  context.device?.configure(settings, options);
  const threads = options.threads ?? context.threads;
  if (context.sharedPool && threads === context.threads) api.call('DisablePerSessionThreads', [settings]);
  else {
    api.call('SetIntraOpNumThreads', [settings, threads]);
    api.call('SetInterOpNumThreads', [settings, 1]);
    // Pools that go on polling after a run fight each other for the cores: programs that alternate become 1.8 times slower.
    api.call('AddSessionConfigEntry', [settings, 'session.force_spinning_stop', '1']);
  }
  api.call('SetSessionGraphOptimizationLevel', [settings, LEVELS[options.optimize ?? 'all']]);
  for (const [key, value] of Object.entries(options.config ?? {})) api.call('AddSessionConfigEntry', [settings, key, value]);
  if (options.arena === false) api.call('DisableCpuMemArena', [settings]);
  else api.call('AddSessionConfigEntry', [settings, 'session.use_env_allocators', '1']);
  if (options.memoryPattern === false) api.call('DisableMemPattern', [settings]);
  if (options.parallel) api.call('SetSessionExecutionMode', [settings, 1]);
  if (options.profile !== undefined) api.call('EnableProfiling', [settings, pathBytes(path.resolve(options.profile))]);
  shareInitializers(context, settings, options.initializers ?? {}, held, place);
}

/** Hands over tensors for the initializers that the model declares as external; ONNX Runtime reads them where they lie. */
function shareInitializers(
  context: NativeContext,
  settings: Pointer,
  initializers: Readonly<Record<string, HostTensor>>,
  { keep, resident }: Held,
  place: string,
): void {
  const { api } = context;
  const entries = Object.entries(initializers);
  if (entries.length === 0) return;
  const names = stringArray(entries.map(([name]) => name));
  const values = BigUint64Array.from(entries, ([name, tensor]) => context.value(tensor, name));
  api.call('AddExternalInitializers', [settings, names.pointers, values, entries.length], place);
  for (const [i, [name]] of entries.entries())
    api.call('AddInitializer', [settings, name, resident.get(name) ?? (values[i] as Pointer)], place);
  keep.push(initializers); // ONNX Runtime keeps pointing into them
}

/** Names, dtypes and shapes of the model's inputs or outputs. */
function describe(context: NativeContext, session: Pointer, kind: 'Input' | 'Output', place: string): ValueInfo[] {
  const { api, allocator } = context;
  const count = new BigUint64Array(1);
  api.call(`SessionGet${kind}Count`, [session, count]);
  const infos: ValueInfo[] = [];
  for (let i = 0; i < Number(count[0]); i++) {
    const name = api.takeString(api.out(`SessionGet${kind}Name`, [session, i, allocator]), allocator);
    const type = api.out(`SessionGet${kind}TypeInfo`, [session, i]);
    try {
      infos.push(describeTensor(api, type, name, place));
    } finally {
      api.raw('ReleaseTypeInfo')(type);
    }
  }
  return infos;
}

function describeTensor(api: OrtApi, type: Pointer, name: string, place: string): ValueInfo {
  const tensor = api.out('CastTypeInfoToTensorInfo', [type]); // belongs to `type`
  if (!tensor) throw new SensoriumError('runtime.dtype', `value "${name}" is not a tensor`, { place });
  const code = new Int32Array(1);
  api.call('GetTensorElementType', [tensor, code]);
  const dtype = dtypeOfCode(code[0] as number);
  if (!dtype)
    throw new SensoriumError('runtime.dtype', `value "${name}" has an element type that we do not support`, {
      place,
      got: `type ${code[0]}`,
    });
  const count = new BigUint64Array(1);
  api.call('GetDimensionsCount', [tensor, count]);
  const rank = Number(count[0]);
  if (rank === 0) return { name, dtype, shape: [] };
  const dims = new BigInt64Array(rank);
  const names = new BigUint64Array(rank);
  api.call('GetDimensions', [tensor, dims, rank]);
  api.call('GetSymbolicDimensions', [tensor, names, rank]);
  const shape = Array.from(dims, (d, i) => (d >= 0n ? Number(d) : readString(names[i] as Pointer) || `${name}_${i}`));
  return { name, dtype, shape };
}
