// Gradient programs: for each bucket of shapes, one compiled graph from weights and batch to loss, metrics and gradients.
import { gradOrNone, Tensor, zeros } from '../graph/index.js';
import { compile } from '../runtime/compile.js';
import { copiesHint } from '../util/copies.js';
import { SensoriumError } from '../util/errors.js';
import { hostTensor } from '../util/host.js';
import { show } from '../util/show.js';
import { countFlops } from './flops.js';
import { lossFingerprint } from './sameness.js';
import { trainingSession } from './session.js';
/** Loss, metrics and gradients of an objective as one set of outputs: `loss`, `metric.NAME`, `carried.NAME`, `grad.PARAMETER`. */
export function gradientGraph(objective, bucket, options = {}) {
    return tracedGraph(objective, bucket, options).outputs;
}
/** The layer that a node was traced in, by its path in the network: `language_model.model.layers.3`. */
export const layerOf = ({ path }) => LAYER.exec(path)?.[0];
/** Modules of a stack as the families name them. */
const LAYER = /^(?:.*?\.)?(?:layers?|blocks?|h)\.\d+(?=\.|$)/;
/** The same, with the parameters that the loss depends on. The others have gradients of zeros. */
function tracedGraph(objective, bucket, { lossScale = 1, gradientCheckpointing = false }) {
    const traced = objective.graph(bucket);
    if (!(traced?.loss instanceof Tensor))
        throw new SensoriumError('train.objective', 'the graph of the objective has no loss', {
            place: `${objective.name}, bucket '${bucket}'`,
            expected: '{ loss: a scalar tensor }',
            got: show(traced && Object.keys(traced)),
            hint: copiesHint(),
        });
    const { loss, metrics = {}, carried = {} } = traced;
    const outputs = { loss };
    for (const [name, metric] of Object.entries(metrics))
        outputs[`metric.${name}`] = metric;
    assertCarried(objective, carried);
    for (const [name, next] of Object.entries(carried))
        outputs[`carried.${name}`] = next;
    const trained = [...new Set(objective.trained)];
    const gradients = gradOrNone(lossScale === 1 ? loss : loss.mul(lossScale), trained, gradientCheckpointing ? { recompute: layerOf } : {});
    const reached = new Set(trained.filter((_, i) => gradients[i]));
    trained.forEach((p, i) => {
        outputs[`grad.${p.name}`] = gradients[i] ?? zeros(p.shape);
    });
    return { outputs, reached };
}
/** Throws `train.objective` unless a graph gives every tensor that is carried, as large as before. */
function assertCarried({ name, carried = {} }, next) {
    for (const key of new Set([...Object.keys(carried), ...Object.keys(next)])) {
        const [before, after] = [carried[key]?.shape.join(), next[key]?.shape.join()];
        if (before === after)
            continue;
        throw new SensoriumError('train.objective', 'a tensor that is carried does not come out as it went in', {
            place: `${name}: carried.${key}`,
            expected: before === undefined ? 'one of Objective.carried' : `[${before}]`,
            got: after === undefined ? 'nothing' : `[${after}]`,
        });
    }
}
/** A compiled bucket. */
class BucketProgram {
    program;
    flops;
    weights;
    scalars;
    buffers;
    reached;
    carried;
    targets = new Map();
    constructor(program, flops, weights, scalars, buffers, 
    /** Slots of the buffers whose parameters the loss depends on. */
    reached, 
    /** What the graph is fed from the batch before, and where it puts what comes next. */
    carried) {
        this.program = program;
        this.flops = flops;
        this.weights = weights;
        this.scalars = scalars;
        this.buffers = buffers;
        this.reached = reached;
        this.carried = carried;
    }
    /** Starts the program; gradients go to `block`, which is laid out as the buffers are. */
    async run(batch, block) {
        const { from, to } = this.carried;
        await this.program.run({ ...this.weights, ...from, ...batch.feeds }, this.into(block));
        const metrics = {};
        for (const [name, tensor] of Object.entries(this.scalars))
            if (name !== 'loss')
                metrics[name.slice('metric.'.length)] = Number(tensor.data[0]);
        const carry = () => {
            for (const [name, { data }] of Object.entries(from))
                data.set(to[name].data);
        };
        return { loss: Number(this.scalars.loss.data[0]), metrics, carry };
    }
    /** Output tensors over a block; made once, so that the runtime can keep its handles. */
    into(block) {
        let into = this.targets.get(block);
        if (!into) {
            into = { ...this.scalars };
            for (const [name, tensor] of Object.entries(this.carried.to))
                into[`carried.${name}`] = tensor;
            for (const { parameter, offset, length } of this.buffers.slots)
                into[`grad.${parameter.name}`] = { dtype: 'float32', shape: [...parameter.dims], data: block.subarray(offset, offset + length) };
            this.targets.set(block, into);
        }
        return into;
    }
}
/** The gradient programs of one stage, compiled when their bucket first comes up. */
export class GradientPrograms {
    objective;
    buffers;
    options;
    compiled = new Map();
    unusedSets = new Set();
    constructor(objective, buffers, options = {}) {
        this.objective = objective;
        this.buffers = buffers;
        this.options = options;
    }
    bucket(name) {
        let program = this.compiled.get(name);
        if (!program) {
            program = this.compile(name);
            this.compiled.set(name, program);
        }
        return program;
    }
    /** Gradients of `batch` into `block`. */
    async run(batch, block) {
        return (await this.bucket(batch.bucket)).run(batch, block);
    }
    async dispose() {
        for (const program of await Promise.allSettled(this.compiled.values()))
            if (program.status === 'fulfilled')
                program.value.program.dispose();
        this.compiled.clear();
    }
    async compile(bucket) {
        const { objective, buffers, options } = this;
        const { outputs, reached } = tracedGraph(objective, bucket, options);
        options.onLoss?.(bucket, lossFingerprint(outputs.loss));
        const name = `${objective.name}.${bucket}`;
        const program = await compile(outputs, { ...trainingSession(outputs), name, runtime: options.runtime, frozen: objective.frozen });
        const weights = {};
        for (const slot of buffers.slots)
            if (program.parameters.has(slot.parameter.name))
                weights[slot.parameter.name] = buffers.view(slot, 'values');
        for (const name of program.parameters.keys())
            if (!weights[name]) {
                program.dispose();
                throw new SensoriumError('train.parameter', 'the loss uses a parameter that is neither trained nor frozen', {
                    place: `${objective.name}: ${name}`,
                    hint: "Add it to the objective's `trained`, or its value to `frozen`",
                });
            }
        const unused = buffers.slots.flatMap(({ parameter }) => (reached.has(parameter) ? [] : [parameter]));
        const set = unused.map((p) => p.name).join(' ');
        if (unused.length > 0 && !this.unusedSets.has(set))
            options.onUnused?.(bucket, unused);
        this.unusedSets.add(set);
        const scalars = {};
        for (const [name, tensor] of Object.entries(outputs))
            if (name === 'loss' || name.startsWith('metric.')) {
                const shape = tensor.shape;
                if (shape.some((d) => d !== 1))
                    throw new SensoriumError('train.metric', `'${name}' must be a scalar`, {
                        place: objective.name,
                        expected: '[]',
                        got: String(tensor),
                    });
                scalars[name] = hostTensor(tensor.dtype, shape);
            }
        const flops = objective.flops?.(bucket) ?? countFlops(Object.values(outputs));
        const inLoss = buffers.slots.map(({ parameter }) => reached.has(parameter));
        const from = objective.carried ?? {};
        const to = Object.fromEntries(Object.entries(from).map(([key, { shape }]) => [key, hostTensor('float32', shape)]));
        return new BucketProgram(program, flops, weights, scalars, buffers, inLoss, { from, to });
    }
}
//# sourceMappingURL=step.js.map