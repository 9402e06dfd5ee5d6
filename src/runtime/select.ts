// Which runtime this process uses: asked for by name, by SENSORIUM_RUNTIME, or found by a probe. One instance of each.

import { SensoriumError } from '../util/errors.js';
import type { DeviceName, Runtime, RuntimeName } from './runtime.js';
import { smokeTest } from './smoke-test.js';

/** 'web' exists only in browsers. */
export type RuntimeChoice = RuntimeName | 'auto';

/** What `selectRuntime('auto')` found. */
export interface RuntimeProbe {
  readonly chosen: 'native' | 'node';
  /** Why, in one sentence. */
  readonly reason: string;
  /** Why the native runtime was not used, when it was tried and failed. */
  readonly error?: Error;
}

const instances = new Map<'native' | 'node', Promise<Runtime>>();
let probe: Promise<RuntimeProbe> | undefined;

// Imported on demand: a machine without one of the two libraries must still be able to use the other.
async function create(name: 'native' | 'node'): Promise<Runtime> {
  const runtime = name === 'native' ? new (await import('./native.js')).NativeRuntime() : new (await import('./node.js')).NodeRuntime();
  await smokeTest(runtime);
  return runtime;
}

function instance(name: 'native' | 'node'): Promise<Runtime> {
  let runtime = instances.get(name);
  if (!runtime) {
    runtime = create(name);
    instances.set(name, runtime);
    runtime.catch(() => instances.delete(name)); // a failed attempt may be repeated; the caller sees the error itself
  }
  return runtime;
}

async function runProbe(): Promise<RuntimeProbe> {
  try {
    await instance('native');
    return { chosen: 'native', reason: 'ONNX Runtime loads through its C API and computes correctly' };
  } catch (error) {
    return { chosen: 'node', reason: `the native runtime does not work here: ${(error as Error).message}`, error: error as Error };
  }
}

/** The result of the probe behind 'auto'; run once per process. */
export function runtimeProbe(): Promise<RuntimeProbe> {
  probe ??= runProbe();
  return probe;
}

function parseChoice(value: string, place: string): 'native' | 'node' | 'auto' {
  if (value === 'native' || value === 'node' || value === 'auto') return value;
  throw new SensoriumError('runtime.choice', 'no such runtime in Node', { place, expected: 'native, node or auto', got: value });
}

function parseDevice(value: string, place: string): DeviceName {
  if (value === 'cpu' || value === 'webgpu') return value;
  throw new SensoriumError('runtime.device', 'there is no such device', { place, expected: 'cpu or webgpu', got: value });
}

let device: Promise<Runtime> | undefined;

/** The runtime on the graphics adapter, opened once. Errors: `runtime.device` where there is none. */
function deviceRuntime(): Promise<Runtime> {
  if (!device) {
    device = import('./webgpu.js').then(({ WebGpuRuntime }) => WebGpuRuntime.open());
    device.catch(() => {
      device = undefined; // a failed attempt may be repeated
    });
  }
  return device;
}

/**
 * The runtime to use. `name` wins over the environment variable SENSORIUM_RUNTIME; without either, 'auto' takes the
 * native runtime where it works and the node runtime elsewhere. Asking for one by name throws when it does not work.
 * `on`: the device, 'cpu' by default or that of SENSORIUM_DEVICE; 'webgpu' is the native runtime on a graphics adapter.
 */
export async function selectRuntime(name?: RuntimeChoice, on?: DeviceName): Promise<Runtime> {
  const choice = name ? parseChoice(name, 'selectRuntime') : parseChoice(process.env.SENSORIUM_RUNTIME || 'auto', 'SENSORIUM_RUNTIME');
  const wanted = on ? parseDevice(on, 'selectRuntime') : parseDevice(process.env.SENSORIUM_DEVICE || 'cpu', 'SENSORIUM_DEVICE');
  // The node runtime is asked for to compare with: it stays where it is.
  if (wanted === 'webgpu' && choice !== 'node') return deviceRuntime();
  return instance(choice === 'auto' ? (await runtimeProbe()).chosen : choice);
}
