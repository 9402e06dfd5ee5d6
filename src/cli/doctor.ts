// `sensorium doctor`: what this machine can run, which runtime is used and why, and whether the two runtimes agree.

import os from 'node:os';
import { defineCommand } from 'citty';
import { findFfmpeg } from '../media/ffmpeg.js';
import { physicalCores } from '../runtime/cores.js';
import { checkDevice, type DeviceCheck, wrongKernels } from '../runtime/device-check.js';
import { OrtApi } from '../runtime/ort-api.js';
import { randomTensor, referenceModel } from '../runtime/probe-models.js';
import type { MatMulRoofline } from '../runtime/roofline.js';
import { measureMatMul, readBandwidth } from '../runtime/roofline.js';
import { runtimeProbe, selectRuntime } from '../runtime/select.js';
import type { WebGpuRuntime } from '../runtime/webgpu.js';
import { writeWrongKernels } from '../runtime/wrong-kernels.js';
import type { SensoriumError } from '../util/errors.js';
import { findProgram } from '../util/programs.js';

/** Programs that something here uses when they are there, and what for. */
const OPTIONAL_PROGRAMS = [
  { name: 'ffmpeg', for: 'video files, and sounds in M4A, AAC and WebM', find: findFfmpeg },
  { name: 'python3', for: 'side-by-side timings with PyTorch', find: () => findProgram('python3') },
];

/** The two runtimes may differ by rounding only. */
const TOLERANCE = 1e-5;

export interface DoctorReport {
  readonly platform: string;
  readonly cpu: string;
  readonly cores: { readonly logical: number; readonly physical: number };
  readonly memoryGB: { readonly total: number; readonly free: number };
  readonly node: string;
  readonly onnxruntime: { readonly version: string; readonly library?: string };
  readonly runtime: { readonly name: string; readonly reason: string };
  /** Largest absolute difference between the runtimes on a small graph; or why it could not be measured. */
  readonly agreement: { readonly maxDifference?: number; readonly ok: boolean; readonly error?: string };
  /** What the graphics adapter computes beside the CPU; or why there is none. */
  readonly device: Partial<DeviceCheck> & {
    readonly name: string;
    readonly ok: boolean;
    readonly error?: string;
    readonly record?: string;
  };
  readonly matMul: MatMulRoofline;
  readonly readGBs: number;
  readonly programs: readonly { readonly name: string; readonly for: string; readonly path?: string }[];
}

async function compareRuntimes(): Promise<DoctorReport['agreement']> {
  const x = randomTensor('doctor', [4, 3, 16, 16]);
  try {
    const results: Float32Array[] = [];
    for (const name of ['native', 'node'] as const) {
      const session = await (await selectRuntime(name, 'cpu')).load(referenceModel());
      try {
        results.push((await session.run({ x })).y?.data as Float32Array);
      } finally {
        session.dispose();
      }
    }
    const [a, b] = results as [Float32Array, Float32Array];
    let maxDifference = a.length === b.length ? 0 : Infinity;
    for (let i = 0; i < a.length; i++) maxDifference = Math.max(maxDifference, Math.abs((a[i] as number) - (b[i] as number)));
    return { maxDifference, ok: maxDifference <= TOLERANCE };
  } catch (error) {
    return { ok: false, error: (error as Error).message };
  }
}

/** The device, kernel by kernel. A machine without one is fine. */
async function examineDevice(): Promise<DoctorReport['device']> {
  const name = 'webgpu';
  try {
    const runtime = await selectRuntime('native', 'webgpu');
    const check = await checkDevice(runtime, await selectRuntime('native', 'cpu'));
    const record = writeWrongKernels((runtime as WebGpuRuntime).adapter, wrongKernels(check));
    return { name, ...check, ok: check.kernels.every(({ ok }) => ok), ...(record ? { record } : {}) };
  } catch (error) {
    const { summary, hint } = error as SensoriumError;
    return { name, ok: true, error: [summary ?? (error as Error).message, hint].filter(Boolean).join('. ') };
  }
}

/** Gathers everything that the command prints; takes a second or two of computing. */
export async function examine(): Promise<DoctorReport> {
  const runtime = await selectRuntime(undefined, 'cpu');
  const probe = await runtimeProbe();
  const asked = process.env.SENSORIUM_RUNTIME && process.env.SENSORIUM_RUNTIME !== 'auto';
  const cpus = os.cpus();
  return {
    platform: `${process.platform} ${process.arch} ${os.release()}`,
    cpu: cpus[0]?.model.trim() ?? 'unknown',
    cores: { logical: os.availableParallelism(), physical: physicalCores() },
    memoryGB: { total: os.totalmem() / 2 ** 30, free: os.freemem() / 2 ** 30 },
    node: process.version,
    onnxruntime: { version: runtime.version, ...(runtime.name === 'native' ? { library: OrtApi.load().path } : {}) },
    runtime: { name: runtime.name, reason: asked ? `SENSORIUM_RUNTIME=${process.env.SENSORIUM_RUNTIME}` : probe.reason },
    agreement: await compareRuntimes(),
    device: await examineDevice(),
    matMul: await measureMatMul({ runtime }),
    readGBs: await readBandwidth({ runtime }),
    programs: OPTIONAL_PROGRAMS.map(({ find, ...program }) => ({ ...program, path: find() })),
  };
}

/** The device in one line: what is wrong, by name, or how fast it is. */
function deviceLine({ name, kernels = [], gflops = 0, error, record }: DoctorReport['device']): string {
  if (error !== undefined) return `${name} not used: ${error}`;
  const bad = kernels.filter(({ ok }) => !ok);
  const wrong = bad.map((k) => `${k.kernel} (${k.error ?? `off by ${k.difference.toExponential(1)}`})`);
  const kept = [...new Set(bad.flatMap(({ ops }) => ops))].join(', ');
  const most = Math.max(...kernels.map(({ difference }) => difference));
  const speed = `${gflops.toFixed(0)} GFLOP/s float32`;
  if (wrong.length > 0)
    return `${name}, ${speed}; WRONG: ${wrong.join(', ')}. From now on ${kept} run on the CPU here (${record}); update the driver and run doctor again`;
  return `${name}, ${speed}; ${kernels.length} kernels agree with the CPU, largest relative difference ${most.toExponential(1)}`;
}

/** The report as aligned lines. */
export function formatReport(report: DoctorReport): string {
  const { cores, memoryGB, onnxruntime, runtime, agreement, matMul } = report;
  const agrees = agreement.error
    ? `not compared: ${agreement.error}`
    : `${agreement.ok ? 'agree' : 'DISAGREE'}, largest difference ${agreement.maxDifference?.toExponential(1)} (allowed ${TOLERANCE})`;
  const rows: [string, string][] = [
    ['platform', report.platform],
    ['cpu', `${report.cpu}, ${cores.physical} physical cores (${cores.logical} logical)`],
    ['memory', `${memoryGB.total.toFixed(1)} GB, ${memoryGB.free.toFixed(1)} GB free`],
    ['node', report.node],
    ['onnx runtime', [onnxruntime.version, onnxruntime.library].filter(Boolean).join('  ')],
    ['runtime', `${runtime.name}: ${runtime.reason}`],
    ['native and node', agrees],
    ['device', deviceLine(report.device)],
    ['matmul', `${matMul.gflops.toFixed(0)} GFLOP/s  [${matMul.m},${matMul.k}] x [${matMul.k},${matMul.n}] float32`],
    ['memory reads', `${report.readGBs.toFixed(1)} GB/s`],
    ...report.programs.map((p): [string, string] => [p.name, p.path ?? `not found (optional: ${p.for})`]),
  ];
  const width = Math.max(...rows.map(([key]) => key.length));
  return rows.map(([key, text]) => `${key.padEnd(width)}  ${text}`).join('\n');
}

export default defineCommand({
  meta: { name: 'doctor', description: 'What this machine can run; native against fallback numerics, a graphics adapter against the CPU' },
  args: { json: { type: 'boolean', description: 'Print one JSON object', default: false } },
  async run({ args }) {
    const report = await examine();
    process.stdout.write(`${args.json ? JSON.stringify(report, null, 2) : formatReport(report)}\n`);
    if ((report.agreement.maxDifference !== undefined && !report.agreement.ok) || !report.device.ok) process.exitCode = 1;
  },
});
