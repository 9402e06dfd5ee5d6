// TensorFlow.js graph model to ONNX: what its outputs need, node by node, under the names of the source.
import { SensoriumError } from '../../util/errors.js';
import { NodeReader, OnnxBuilder, outputName } from './builder.js';
import { TFJS_OPS } from './ops.js';
/**
 * The model in ONNX, with the inputs and outputs of its signature. Errors: `weights.format`, which names the node, for an op that is not
 * converted and for one that is used in a way that is not.
 */
export function convertTfjs(graph, name = 'tfjs') {
    const order = neededNodes(graph);
    const unknown = order.filter(({ op }) => op !== 'Const' && op !== 'Placeholder' && !Object.hasOwn(TFJS_OPS, op));
    if (unknown.length > 0) {
        const first = unknown[0];
        throw new SensoriumError('weights.format', 'the TensorFlow.js graph has ops that are not converted', {
            place: `node ${first.name} (${first.op})`,
            expected: `some of ${Object.keys(TFJS_OPS).join(', ')}`,
            got: [...new Set(unknown.map(({ op }) => op))].join(', '),
        });
    }
    const builder = new OnnxBuilder(graph);
    const inputs = new Set(graph.inputs.map(({ node }) => node));
    const constants = new Map();
    for (const node of order) {
        if (node.op === 'Placeholder') {
            if (!inputs.has(node.name))
                throw new NodeReader(builder, node).wrong('an input of the signature', 'one that it does not name');
        }
        else if (node.op === 'Const') {
            const weight = graph.weights.get(node.name);
            if (!weight)
                throw new NodeReader(builder, node).wrong('a weight of its name', 'none');
            constants.set(node.name, () => builder.constant(weight.dtype, weight.shape, weight.data, node.name));
        }
        else
            TFJS_OPS[node.op](new NodeReader(builder, node));
    }
    // Kernels are stored in another order: only what is read as it is is kept.
    const read = new Set([...builder.nodes.flatMap((node) => node.inputs), ...graph.outputs.map(({ node }) => node)]);
    for (const [constant, keep] of constants)
        if (read.has(constant))
            keep();
    return {
        name,
        nodes: builder.nodes,
        initializers: builder.initializers,
        inputs: graph.inputs.filter(({ node }) => read.has(node)).map(valueInfo),
        outputs: graph.outputs.map(valueInfo),
    };
}
const valueInfo = ({ node, dtype, shape }) => ({
    name: outputName(node),
    dtype,
    shape: shape.map((size, i) => (size < 0 ? `${node}_${i}` : size)),
});
/** The nodes that the outputs need, each after its inputs. */
function neededNodes({ nodes, outputs }) {
    const order = [];
    const state = new Map();
    // An explicit stack: graphs are deeper than the call stack.
    const stack = outputs.map(({ node }) => node).reverse();
    while (stack.length > 0) {
        const name = stack.at(-1);
        const node = nodes.get(name);
        if (!node)
            throw new SensoriumError('weights.format', 'the TensorFlow.js graph is not whole', { expected: `a node ${name}`, got: 'none' });
        if (state.get(name) === 'done') {
            stack.pop();
            continue;
        }
        const before = node.inputs.map((text) => text.replace(/:\d+$/, '')).filter((input) => state.get(input) !== 'done');
        if (before.length === 0) {
            state.set(name, 'done');
            order.push(node);
            stack.pop();
        }
        else if (state.get(name) === 'open') {
            throw new SensoriumError('weights.format', 'the TensorFlow.js graph has a loop', { place: `node ${name} (${node.op})` });
        }
        else {
            state.set(name, 'open');
            stack.push(...before.reverse());
        }
    }
    return order;
}
//# sourceMappingURL=convert.js.map