// What a tab computes with: the adapter where there is a good one, else WebAssembly, checked by one addition.

import { smokeTest } from '../runtime/smoke-test.js';
import { type OrtWeb, type WebDevice, WebRuntime } from '../runtime/web.js';
import { useRuntime } from '../runtime/web-select.js';
import { SensoriumError } from '../util/errors.js';
import type { Environment } from './protocol.js';

/** The parts of WebGPU that are asked for here; the DOM's types do not have them. */
interface Adapter {
  readonly info?: { vendor?: string; architecture?: string; description?: string; isFallbackAdapter?: boolean };
  readonly isFallbackAdapter?: boolean;
}
interface Gpu {
  requestAdapter(o?: { powerPreference: 'high-performance' }): Promise<Adapter | null>;
}

/** The runtime of a worker, and what is to be said about it. */
export interface Engine {
  runtime: WebRuntime;
  environment: Omit<Environment, 'kept'>;
}

/** Threads of WebAssembly where nothing is said: all of few cores, half of many, which are often two to a real one. */
function threadsOf(wanted: number | undefined): number {
  if (!globalThis.crossOriginIsolated) return 1;
  const cores = navigator.hardwareConcurrency || 1;
  return wanted ?? (cores <= 4 ? cores : Math.min(8, Math.ceil(cores / 2)));
}

/** Begins ONNX Runtime. Errors: `web.device` where WebGPU is asked for and cannot be had, `web.option`. */
export async function beginEngine({ device, threads }: { device: 'auto' | WebDevice; threads?: number }): Promise<Engine> {
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1 && threads <= 64))
    throw new SensoriumError('web.option', "option 'threads' has a value that is out of range", {
      expected: 'a whole number from 1 to 64',
      got: String(threads),
    });
  const notes: string[] = [];
  const isolated = globalThis.crossOriginIsolated === true;
  const adapter = device === 'wasm' ? undefined : await findAdapter();
  const isSoftware = adapter?.isFallbackAdapter ?? adapter?.info?.isFallbackAdapter ?? false;
  if (device === 'webgpu' && !adapter)
    throw new SensoriumError('web.device', 'this browser has no WebGPU adapter', {
      expected: 'a browser with WebGPU, and a graphics driver that it trusts',
      hint: "Leave the device at 'auto' to compute on the CPU",
    });
  const chosen: WebDevice = device === 'webgpu' || (device === 'auto' && adapter && !isSoftware) ? 'webgpu' : 'wasm';
  if (device === 'auto' && !adapter) notes.push('This browser offers no WebGPU: the model runs on the CPU.');
  if (device === 'auto' && isSoftware) notes.push('The WebGPU adapter of this browser is software: the model runs on the CPU.');
  let ort = await loadOrt(chosen, threads);
  let runtime = new WebRuntime(ort, chosen);
  try {
    await smokeTest(runtime);
  } catch (cause) {
    if (device === 'webgpu' || chosen === 'wasm')
      throw new SensoriumError(chosen === 'webgpu' ? 'web.device' : 'runtime.library', 'ONNX Runtime does not work here', {
        got: (cause as Error).message,
        hint: chosen === 'webgpu' ? "Leave the device at 'auto' to compute on the CPU" : 'Use a browser with WebAssembly SIMD',
        cause,
      });
    notes.push(`WebGPU does not work here (${(cause as Error).message}): the model runs on the CPU.`);
    ort = await loadOrt('wasm', threads);
    runtime = new WebRuntime(ort, 'wasm');
    await smokeTest(runtime);
  }
  if (!isolated)
    notes.push('This page is not isolated (no COOP and COEP headers), so that WebAssembly has one thread: everything takes longer.');
  useRuntime(runtime);
  const { info } = adapter ?? {};
  return {
    runtime,
    environment: {
      device: runtime.provider,
      threads: threadsOf(threads),
      isolated,
      notes,
      ...(runtime.provider === 'webgpu' && info ? { adapter: info.description || [info.vendor, info.architecture].join(' ').trim() } : {}),
    },
  };
}

async function findAdapter(): Promise<Adapter | undefined> {
  const { gpu } = navigator as unknown as { gpu?: Gpu };
  try {
    return (await gpu?.requestAdapter({ powerPreference: 'high-performance' })) ?? undefined;
  } catch {
    return undefined; // as if there were none: whoever asked for it by name is told so
  }
}

async function loadOrt(device: WebDevice, threads: number | undefined): Promise<OrtWeb> {
  const ort = (device === 'webgpu' ? await import('onnxruntime-web/webgpu') : await import('onnxruntime-web/wasm')) as unknown as OrtWeb;
  ort.env.wasm.numThreads = threadsOf(threads);
  return ort;
}
