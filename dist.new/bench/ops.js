// `npm run bench -- ops`: the products of training and decoding one by one, as a share of the best product this machine does.
import { quantizeInt4 } from '../src/generate/index.js';
import { constant, input, matMul, matMulNBitsOp, trainingRewrites, transpose } from '../src/graph/index.js';
import { compile } from '../src/runtime/compile.js';
import { physicalCores } from '../src/runtime/cores.js';
import { MatMulProbe } from '../src/runtime/roofline.js';
import { selectRuntime } from '../src/runtime/select.js';
import { hostTensor } from '../src/util/host.js';
import { benchOptions, median, pause, report, runBench } from './report.js';
const USAGE = `usage: npm run bench -- ops [options]

Speed of single products at the shapes of the training step and of decoding, beside the roofline: a large product with packed
weights. The columns 'absorbed' are the same products without the rewrite that transposes narrow operands first.
`;
const filled = (shape) => {
    const t = hostTensor('float32', shape);
    for (let i = 0; i < t.data.length; i++)
        t.data[i] = ((Math.imul(i, 2654435761) >>> 8) / 2 ** 24 - 0.5) * 0.1;
    return t;
};
function cases() {
    const rows = 2048;
    const product = (name, a, b, graph, other) => {
        const y = graph(input('a', a), input('b', b));
        const sizes = [...new Set([...a, ...b])].reduce((n, d) => n * d, 1);
        return { name, gflop: (2 * sizes) / 1e9, graph: y, feeds: { a: filled(a), b: filled(b) }, other };
    };
    const absorbed = trainingRewrites.filter((r) => r.name !== 'transposeNarrower' && r.name !== 'absorbTransposes');
    const weight = filled([3072, 576]);
    const q = quantizeInt4(weight);
    const int4 = matMulNBitsOp.one([input('x', [1, 576]), constant(q.packed), constant(q.scales)], {
        inputs: 576,
        outputs: 3072,
        block: 32,
        level: 4,
    });
    return [
        product('x Wᵀ 2048x384x1536', [rows, 384], [1536, 384], (x, w) => matMul(x, transpose(w))),
        product('dy W 2048x1536x384', [rows, 1536], [1536, 384], (dy, w) => matMul(dy, w)),
        product('dyᵀ x 1536x2048x384', [rows, 1536], [rows, 384], (dy, x) => matMul(transpose(dy), x), absorbed),
        { name: 'int4 1x576x3072', gflop: (2 * 576 * 3072) / 1e9, graph: int4, feeds: { x: filled([1, 576]) } },
    ];
}
/** The benchmark. */
export async function main(args) {
    return runBench(async () => {
        const options = benchOptions(args, USAGE);
        if (!options)
            return;
        const threads = options.threads || physicalCores();
        const runtime = await selectRuntime();
        const probe = await MatMulProbe.create({ runtime });
        const rows = [];
        try {
            for (const c of cases()) {
                const programs = [['ours', await compile({ y: c.graph }, { runtime })]];
                // Without our rules ONNX Runtime's own fusion decides, as in a plain export.
                if (c.other)
                    programs.push([
                        'absorbed',
                        await compile({ y: c.graph }, { runtime, rewrites: c.other, config: { 'optimization.disable_specified_optimizers': '' } }),
                    ]);
                const into = { y: hostTensor('float32', c.graph.shape) };
                const inner = Math.max(1, Math.round(1 / c.gflop));
                const times = new Map([['roofline', []], ...programs.map(([name]) => [name, []])]);
                for (let i = 0; i <= options.repeats; i++) {
                    await pause(20);
                    const best = await probe.run();
                    if (i > 0)
                        times.get('roofline')?.push(best);
                    for (const [name, program] of programs) {
                        const start = performance.now();
                        for (let k = 0; k < inner; k++)
                            await program.run(c.feeds, into);
                        if (i > 0)
                            times.get(name)?.push((performance.now() - start) / inner);
                    }
                }
                for (const [, program] of programs)
                    program.dispose();
                const speed = (name) => c.gflop / (median(times.get(name)) / 1e3);
                const peers = c.other ? { absorbed: speed('absorbed') } : {};
                rows.push({
                    name: 'ops',
                    case: `${c.name} ${threads}t`,
                    unit: 'GFLOP/s',
                    sensorium: speed('ours'),
                    peers,
                    roofline: probe.gflop / (median(times.get('roofline')) / 1e3),
                });
            }
        }
        finally {
            probe.dispose();
        }
        report(rows, options);
    });
}
//# sourceMappingURL=ops.js.map