// Small models for the runtime tests and for `sensorium doctor`: one that touches the kernels a language model lives on.
import { encodeModel } from '../onnx/codec.js';
import { hostTensor } from '../util/host.js';
import { Rng } from '../util/rng.js';
/** A value of a model. */
export const value = (name, shape, dtype = 'float32') => ({
    name,
    dtype,
    shape,
});
/** A model of these nodes; `initializers` are inline. */
export function smallModel(nodes, parts) {
    const named = nodes.map((node, i) => ({ ...node, name: node.name ?? `${node.opType}_${i}` }));
    const model = {
        name: 'small',
        nodes: named,
        initializers: parts.initializers ?? [],
        inputs: parts.inputs,
        outputs: parts.outputs,
    };
    return encodeModel(model);
}
/** A float tensor of seeded normal numbers. */
export function randomTensor(seed, shape, scale = 1) {
    const rng = new Rng(seed);
    const tensor = hostTensor('float32', shape);
    for (let i = 0; i < tensor.data.length; i++)
        tensor.data[i] = rng.normal() * scale;
    return tensor;
}
const constant = (name, shape, scale = 1) => ({
    name,
    dtype: 'float32',
    dims: shape,
    data: randomTensor(name, shape, scale).data,
});
/** Convolution, layer norm, matrix products, softmax and GELU over an image `x: [n, 3, 16, 16]`; gives `y: [n, 16, 32]`. */
export function referenceModel() {
    const ints = (name, values) => ({
        name,
        dtype: 'int64',
        dims: [values.length],
        data: BigInt64Array.from(values, BigInt),
    });
    return smallModel([
        { opType: 'Conv', inputs: ['x', 'kernel', 'bias'], outputs: ['patches'], attributes: { strides: [4, 4], kernel_shape: [4, 4] } },
        { opType: 'Reshape', inputs: ['patches', 'flat'], outputs: ['columns'] },
        { opType: 'Transpose', inputs: ['columns'], outputs: ['tokens'], attributes: { perm: [0, 2, 1] } },
        {
            opType: 'LayerNormalization',
            inputs: ['tokens', 'gain', 'shift'],
            outputs: ['normed'],
            attributes: { axis: -1, epsilon: { float: 1e-5 } },
        },
        { opType: 'MatMul', inputs: ['normed', 'wq'], outputs: ['q'] },
        { opType: 'MatMul', inputs: ['normed', 'wk'], outputs: ['k'] },
        { opType: 'Transpose', inputs: ['k'], outputs: ['kt'], attributes: { perm: [0, 2, 1] } },
        { opType: 'MatMul', inputs: ['q', 'kt'], outputs: ['scores'] },
        { opType: 'Softmax', inputs: ['scores'], outputs: ['weights'], attributes: { axis: -1 } },
        { opType: 'MatMul', inputs: ['weights', 'normed'], outputs: ['mixed'] },
        { opType: 'Gelu', inputs: ['mixed'], outputs: ['y'] },
    ], {
        inputs: [value('x', ['n', 3, 16, 16])],
        outputs: [value('y', ['n', 16, 32])],
        initializers: [
            constant('kernel', [32, 3, 4, 4], 0.15),
            constant('bias', [32], 0.1),
            ints('flat', [0, 32, 16]),
            constant('gain', [32]),
            constant('shift', [32]),
            constant('wq', [32, 32], 0.2),
            constant('wk', [32, 32], 0.2),
        ],
    });
}
//# sourceMappingURL=probe-models.js.map