// The WebGPU provider as a library of its own (onnxruntime-ep-webgpu), for builds of ONNX Runtime that have none inside, such as Linux arm64.

import { existsSync } from 'node:fs';
import { SensoriumError } from '../util/errors.js';
import { type OrtApi, type Pointer, pathBytes, readPointers } from './ort-api.js';

/** The library: a file of the package `onnxruntime-ep-webgpu`. */
export const PLUGIN_VARIABLE = 'SENSORIUM_WEBGPU_PLUGIN';

/** Under this name the library is registered: that of the provider itself is taken where one is built in. */
const NAME = 'sensorium.webgpu';

/** Oldest ONNX Runtime that the plugin works with. */
const OLDEST: readonly [number, number] = [1, 24];

/** By library, which is registered once in a process: its devices, in a list that stays where it is. */
const known = new Map<string, BigUint64Array>();

/** The plugin's file that the environment names; undefined: the provider that is built in. Errors: `runtime.device` where the file is not there. */
export function pluginFile(): string | undefined {
  const file = process.env[PLUGIN_VARIABLE];
  if (!file) return undefined;
  if (existsSync(file)) return file;
  throw new SensoriumError('runtime.device', 'the WebGPU provider is not there', {
    place: PLUGIN_VARIABLE,
    expected: 'libonnxruntime_providers_webgpu.so (.dylib, .dll) of the package onnxruntime-ep-webgpu',
    got: file,
  });
}

/** The device of the plugin `file`, as a list of addresses. Errors: `runtime.device` for a runtime that is too old or a library that lists no device. */
export function pluginDevices(api: OrtApi, env: Pointer, file: string): BigUint64Array {
  const [major = 0, minor = 0] = api.version.split('.').map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]))
    throw new SensoriumError('runtime.device', 'this ONNX Runtime is too old for a provider of its own', {
      place: PLUGIN_VARIABLE,
      expected: `${OLDEST.join('.')} or later`,
      got: api.version,
    });
  const own = known.get(file) ?? register(api, env, file);
  known.set(file, own);
  if (own.length > 0) return own;
  throw new SensoriumError('runtime.device', 'no graphics adapter can be used', {
    place: file,
    expected: 'an adapter with a Vulkan, Metal or Direct3D 12 driver',
    got: 'a library that lists no device',
    hint: 'On Linux install the Vulkan loader (libvulkan1) and the driver of the adapter; ORT_WEBGPU_EP_ALLOW_SOFTWARE_ADAPTER=1 allows one in software',
  });
}

/** Registers the library; its first device, if it has any. The name of a device is its provider's, which a built-in one shares: those that are new are the library's. */
function register(api: OrtApi, env: Pointer, file: string): BigUint64Array {
  const before = new Set(devices(api, env));
  api.call('RegisterExecutionProviderLibrary', [env, NAME, pathBytes(file)], file);
  const own = devices(api, env).filter((device) => !before.has(device));
  return BigUint64Array.from(own.slice(0, 1));
}

function devices(api: OrtApi, env: Pointer): Pointer[] {
  const [list, count] = [new BigUint64Array(1), new BigUint64Array(1)];
  api.call('GetEpDevices', [env, list, count]);
  return readPointers(list[0] as Pointer, Number(count[0]));
}
