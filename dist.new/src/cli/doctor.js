// `sensorium doctor`: what this machine can run, which runtime is used and why, and whether the two runtimes agree.
import os from 'node:os';
import { defineCommand } from 'citty';
import { findFfmpeg } from '../media/ffmpeg.js';
import { physicalCores } from '../runtime/cores.js';
import { OrtApi } from '../runtime/ort-api.js';
import { randomTensor, referenceModel } from '../runtime/probe-models.js';
import { measureMatMul, readBandwidth } from '../runtime/roofline.js';
import { runtimeProbe, selectRuntime } from '../runtime/select.js';
import { findProgram } from '../util/programs.js';
/** Programs that something here uses when they are there, and what for. */
const OPTIONAL_PROGRAMS = [
    { name: 'ffmpeg', for: 'video files, and sounds in M4A, AAC and WebM', find: findFfmpeg },
    { name: 'python3', for: 'side-by-side timings with PyTorch', find: () => findProgram('python3') },
];
/** The two runtimes may differ by rounding only. */
const TOLERANCE = 1e-5;
async function compareRuntimes() {
    const x = randomTensor('doctor', [4, 3, 16, 16]);
    try {
        const results = [];
        for (const name of ['native', 'node']) {
            const session = await (await selectRuntime(name)).load(referenceModel());
            try {
                results.push((await session.run({ x })).y?.data);
            }
            finally {
                session.dispose();
            }
        }
        const [a, b] = results;
        let maxDifference = a.length === b.length ? 0 : Infinity;
        for (let i = 0; i < a.length; i++)
            maxDifference = Math.max(maxDifference, Math.abs(a[i] - b[i]));
        return { maxDifference, ok: maxDifference <= TOLERANCE };
    }
    catch (error) {
        return { ok: false, error: error.message };
    }
}
/** Gathers everything that the command prints; takes a second or two of computing. */
export async function examine() {
    const runtime = await selectRuntime();
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
        matMul: await measureMatMul({ runtime }),
        readGBs: await readBandwidth({ runtime }),
        programs: OPTIONAL_PROGRAMS.map(({ find, ...program }) => ({ ...program, path: find() })),
    };
}
/** The report as aligned lines. */
export function formatReport(report) {
    const { cores, memoryGB, onnxruntime, runtime, agreement, matMul } = report;
    const agrees = agreement.error
        ? `not compared: ${agreement.error}`
        : `${agreement.ok ? 'agree' : 'DISAGREE'}, largest difference ${agreement.maxDifference?.toExponential(1)} (allowed ${TOLERANCE})`;
    const rows = [
        ['platform', report.platform],
        ['cpu', `${report.cpu}, ${cores.physical} physical cores (${cores.logical} logical)`],
        ['memory', `${memoryGB.total.toFixed(1)} GB, ${memoryGB.free.toFixed(1)} GB free`],
        ['node', report.node],
        ['onnx runtime', [onnxruntime.version, onnxruntime.library].filter(Boolean).join('  ')],
        ['runtime', `${runtime.name}: ${runtime.reason}`],
        ['native and node', agrees],
        ['matmul', `${matMul.gflops.toFixed(0)} GFLOP/s  [${matMul.m},${matMul.k}] x [${matMul.k},${matMul.n}] float32`],
        ['memory reads', `${report.readGBs.toFixed(1)} GB/s`],
        ...report.programs.map((p) => [p.name, p.path ?? `not found (optional: ${p.for})`]),
    ];
    const width = Math.max(...rows.map(([key]) => key.length));
    return rows.map(([key, text]) => `${key.padEnd(width)}  ${text}`).join('\n');
}
export default defineCommand({
    meta: { name: 'doctor', description: 'What this machine can run; native against fallback numerics' },
    args: { json: { type: 'boolean', description: 'Print one JSON object', default: false } },
    async run({ args }) {
        const report = await examine();
        process.stdout.write(`${args.json ? JSON.stringify(report, null, 2) : formatReport(report)}\n`);
        if (report.agreement.maxDifference !== undefined && !report.agreement.ok)
            process.exitCode = 1;
    },
});
//# sourceMappingURL=doctor.js.map