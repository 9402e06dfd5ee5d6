// Writes tfjs.json: small TensorFlow.js graphs of every op that is converted, and samples of the detectors, with the values that tfjs gives.
// Run by hand: cd $(mktemp -d) && npm init -y && npm install --ignore-scripts @tensorflow/tfjs@4.22.0 && cp PATH/make_tfjs.mjs . &&
//   node make_tfjs.mjs OUT.json [FOLDER with NAME.json and NAME.bin of centernet, nanodet, blazeface; those that are not there are kept as OUT.json has them]

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';

await tf.setBackend('cpu');

/** Numbers in [0, 1) by their place; networkInput in test/slow/experts.test.ts makes the same. */
const noise = (i, seed = 0) => (Math.imul(i + 1 + seed * 7919, 2654435761) >>> 0) / 2 ** 32;

const f = 'DT_FLOAT';
const s = (text) => ({ s: Buffer.from(text).toString('base64') });
const ints = (...list) => ({ list: { i: list.map(String) } });
const texts = (...list) => ({ list: { s: list.map((text) => Buffer.from(text).toString('base64')) } });
const type = (name = f) => ({ type: name });
const placeholder = (name, shape, dtype = f) => ({
  name,
  op: 'Placeholder',
  attr: { dtype: type(dtype), shape: { shape: { dim: shape.map((size) => ({ size: String(size) })) } } },
});
const node = (name, op, input, attr = {}) => ({ name, op, input, attr: { T: type(), ...attr } });
let seed = 0;
const weight = (name, shape, { dtype = 'float32', values, quantization } = {}) => {
  const n = shape.reduce((a, b) => a * b, 1);
  seed++;
  return { name, shape, dtype, quantization, values: values ?? Array.from({ length: n }, (_, i) => Math.fround(2 * noise(i, seed) - 1)) };
};
const whole = (name, values, shape = [values.length]) => weight(name, shape, { dtype: 'int32', values });
const scalar = (name, value) => whole(name, [value], []);

const conv = (strides, padding, more = {}) => ({
  strides: ints(1, strides, strides, 1),
  padding: s(padding),
  data_format: s('NHWC'),
  dilations: ints(1, 1, 1, 1),
  explicit_paddings: { list: {} },
  ...more,
});

/** name, inputs {name: shape}, weights, nodes, outputs [[name, shape, dtype?]] */
const CASES = [
  {
    name: 'convolution, same padding, stride 2, fused bias and relu6',
    inputs: { x: [1, 7, 6, 3] },
    weights: [weight('k', [3, 3, 3, 4]), weight('b', [4])],
    nodes: [node('y', '_FusedConv2D', ['x', 'k', 'b'], conv(2, 'SAME', { fused_ops: texts('BiasAdd', 'Relu6'), num_args: { i: '1' } }))],
    outputs: [['y', [1, 4, 3, 4]]],
  },
  {
    name: 'convolution, valid padding, dilated, float16 weights',
    inputs: { x: [1, 8, 9, 2] },
    weights: [weight('k', [3, 2, 2, 3], { quantization: { dtype: 'float16' } })],
    nodes: [node('y', 'Conv2D', ['x', 'k'], conv(1, 'VALID', { dilations: ints(1, 2, 2, 1) }))],
    outputs: [['y', [1, 4, 7, 3]]],
  },
  {
    name: 'depthwise convolution, multiplier 2, fused',
    inputs: { x: [1, 6, 5, 3] },
    weights: [weight('k', [3, 3, 3, 2]), weight('b', [6])],
    nodes: [
      node('y', 'FusedDepthwiseConv2dNative', ['x', 'k', 'b'], conv(2, 'SAME', { fused_ops: texts('BiasAdd', 'Relu'), num_args: { i: '1' } })),
    ],
    outputs: [['y', [1, 3, 3, 6]]],
  },
  {
    name: 'depthwise convolution, valid padding, 8-bit weights',
    inputs: { x: [1, 5, 5, 2] },
    weights: [weight('k', [2, 3, 2, 1], { quantization: { dtype: 'uint8', scale: 2 / 255, min: -1 } })],
    nodes: [node('y', 'DepthwiseConv2dNative', ['x', 'k'], conv(1, 'VALID'))],
    outputs: [['y', [1, 4, 3, 2]]],
  },
  {
    name: 'pooling',
    inputs: { x: [1, 7, 6, 2] },
    weights: [],
    nodes: [
      node('max', 'MaxPool', ['x'], conv(2, 'SAME', { ksize: ints(1, 3, 3, 1) })),
      node('mean', 'AvgPool', ['x'], conv(2, 'SAME', { ksize: ints(1, 3, 3, 1) })),
      node('valid', 'MaxPool', ['x'], conv(2, 'VALID', { ksize: ints(1, 3, 3, 1) })),
    ],
    outputs: [
      ['max', [1, 4, 3, 2]],
      ['mean', [1, 4, 3, 2]],
      ['valid', [1, 3, 2, 2]],
    ],
  },
  {
    name: 'bilinear resizing in three alignments, up and down',
    inputs: { x: [1, 4, 5, 2] },
    weights: [whole('up', [8, 10]), whole('down', [3, 4])],
    nodes: [
      node('legacy', 'ResizeBilinear', ['x', 'up'], { align_corners: { b: false }, half_pixel_centers: { b: false } }),
      node('half', 'ResizeBilinear', ['x', 'up'], { align_corners: { b: false }, half_pixel_centers: { b: true } }),
      node('corners', 'ResizeBilinear', ['x', 'up'], { align_corners: { b: true }, half_pixel_centers: { b: false } }),
      node('small', 'ResizeBilinear', ['x', 'down'], { align_corners: { b: false }, half_pixel_centers: { b: true } }),
    ],
    outputs: [
      ['legacy', [1, 8, 10, 2]],
      ['half', [1, 8, 10, 2]],
      ['corners', [1, 8, 10, 2]],
      ['small', [1, 3, 4, 2]],
    ],
  },
  {
    name: 'elementwise',
    inputs: { x: [2, 3], z: [2, 3] },
    weights: [weight('c', [3])],
    nodes: [
      node('add', 'Add', ['x', 'c']),
      node('add2', 'AddV2', ['add', 'z']),
      node('bias', 'BiasAdd', ['add2', 'c'], { data_format: s('NHWC') }),
      node('sub', 'Sub', ['bias', 'x']),
      node('mul', 'Mul', ['c', 'sub']),
      node('exp', 'Exp', ['mul']),
      node('div', 'RealDiv', ['x', 'exp']),
      node('most', 'Maximum', ['div', 'c']),
      node('least', 'Minimum', ['most', 'z']),
      node('relu', 'Relu', ['least']),
      node('six', 'Relu6', ['add2']),
      node('leaky', 'LeakyRelu', ['least'], { alpha: { f: 0.1 } }),
      node('sigmoid', 'Sigmoid', ['x']),
      node('tanh', 'Tanh', ['x']),
      node('neg', 'Neg', ['x']),
      node('abs', 'Abs', ['neg']),
      node('root', 'Sqrt', ['abs']),
      node('soft', 'Softmax', ['x']),
      node('same', 'Identity', ['root']),
    ],
    outputs: ['relu', 'six', 'leaky', 'sigmoid', 'tanh', 'soft', 'same'].map((name) => [name, [2, 3]]),
  },
  {
    name: 'comparisons and casts',
    inputs: { x: [2, 3] },
    weights: [weight('c', [2, 3])],
    nodes: [
      node('equal', 'Equal', ['x', 'x']),
      node('greater', 'Greater', ['x', 'c']),
      node('less', 'Less', ['x', 'c']),
      ...['equal', 'greater', 'less'].map((name) => node(`${name}/float`, 'Cast', [name], { SrcT: type('DT_BOOL'), DstT: type() })),
    ],
    outputs: ['equal', 'greater', 'less'].map((name) => [`${name}/float`, [2, 3]]),
  },
  {
    name: 'reductions',
    inputs: { x: [2, 3, 4] },
    weights: [whole('axes', [1, 2]), whole('one', [1])],
    nodes: [
      node('mean', 'Mean', ['x', 'axes'], { keep_dims: { b: true } }),
      node('sum', 'Sum', ['x', 'one'], { keep_dims: { b: false } }),
      node('max', 'Max', ['x', 'one'], { keep_dims: { b: false } }),
    ],
    outputs: [
      ['mean', [2, 1, 1]],
      ['sum', [2, 4]],
      ['max', [2, 4]],
    ],
  },
  {
    name: 'the best, and whole quotients of their places',
    inputs: { x: [2, 9] },
    weights: [scalar('k', 4), scalar('three', 3), whole('minus', [-2]), weight('half', [], { values: [0.5] })],
    nodes: [
      node('top', 'TopKV2', ['x', 'k'], { sorted: { b: true } }),
      node('row', 'FloorDiv', ['top:1', 'three'], { T: type('DT_INT32') }),
      node('column', 'FloorMod', ['top:1', 'three'], { T: type('DT_INT32') }),
      node('down', 'FloorDiv', ['top:1', 'minus'], { T: type('DT_INT32') }),
      node('rest', 'FloorMod', ['top:1', 'minus'], { T: type('DT_INT32') }),
      node('shifted', 'Sub', ['x', 'half']),
      node('floats', 'FloorDiv', ['shifted', 'half']),
      node('remainder', 'FloorMod', ['shifted', 'half']),
    ],
    outputs: [
      ['top', [2, 4]],
      ...['row', 'column', 'down', 'rest'].map((name) => [name, [2, 4], 'DT_INT32']),
      ['floats', [2, 9]],
      ['remainder', [2, 9]],
    ],
  },
  {
    name: 'shapes',
    inputs: { x: [2, 3, 4] },
    weights: [
      whole('flat', [4, -1]),
      whole('perm', [2, 0, 1]),
      scalar('first', 0),
      scalar('last', -1),
      whole('sizes', [1, 3]),
      scalar('two', 2),
      whole('pads', [0, 0, 1, 2, 0, 1], [3, 2]),
      weight('fill', [], { values: [-7] }),
    ],
    nodes: [
      node('reshape', 'Reshape', ['x', 'flat']),
      node('transpose', 'Transpose', ['x', 'perm']),
      node('expand', 'ExpandDims', ['x', 'first']),
      node('squeeze', 'Squeeze', ['expand'], { squeeze_dims: ints(0) }),
      node('concat', 'ConcatV2', ['squeeze', 'x', 'last'], { N: { i: '2' } }),
      node('parts', 'SplitV', ['x', 'sizes', 'two'], { num_split: { i: '2' } }),
      node('halves', 'Split', ['two', 'x'], { num_split: { i: '2' } }),
      node('tail', 'Relu', ['parts:1']),
      node('half', 'Relu', ['halves:1']),
      node('pad', 'Pad', ['x', 'pads']),
      node('padfill', 'PadV2', ['x', 'pads', 'fill']),
    ],
    outputs: [
      ['reshape', [4, 6]],
      ['transpose', [4, 2, 3]],
      ['concat', [2, 3, 8]],
      ['tail', [2, 3, 3]],
      ['half', [2, 3, 2]],
      ['pad', [2, 6, 5]],
      ['padfill', [2, 6, 5]],
    ],
  },
  {
    name: 'slices and gathering',
    inputs: { x: [2, 4, 5] },
    weights: [
      whole('from', [0, 1, -1]),
      whole('to', [0, 3, 0]),
      whole('by', [1, 1, 1]),
      whole('far', [0, 0, 4]),
      whole('near', [0, 0, 0]),
      whole('back', [1, 2, -2]),
      whole('which', [2, 0, 2]),
      scalar('axis', 1),
    ],
    nodes: [
      node('cut', 'StridedSlice', ['x', 'from', 'to', 'by'], {
        begin_mask: { i: '1' },
        end_mask: { i: '1' },
        shrink_axis_mask: { i: '4' },
        ellipsis_mask: { i: '0' },
        new_axis_mask: { i: '0' },
      }),
      node('skip', 'StridedSlice', ['x', 'far', 'near', 'back'], {
        begin_mask: { i: '3' },
        end_mask: { i: '7' },
        shrink_axis_mask: { i: '0' },
        ellipsis_mask: { i: '0' },
        new_axis_mask: { i: '0' },
      }),
      node('gather', 'GatherV2', ['x', 'which', 'axis'], { batch_dims: { i: '0' } }),
    ],
    outputs: [
      ['cut', [2, 2]],
      ['skip', [2, 2, 3]],
      ['gather', [2, 3, 5]],
    ],
  },
  {
    name: 'matrix products',
    inputs: { x: [2, 3] },
    weights: [weight('w', [4, 3]), weight('v', [3, 4]), weight('b', [4])],
    nodes: [
      node('plain', 'MatMul', ['x', 'w'], { transpose_a: { b: false }, transpose_b: { b: true } }),
      node('fused', '_FusedMatMul', ['x', 'v', 'b'], {
        transpose_a: { b: false },
        transpose_b: { b: false },
        fused_ops: texts('BiasAdd', 'Relu'),
        num_args: { i: '1' },
      }),
    ],
    outputs: [
      ['plain', [2, 4]],
      ['fused', [2, 4]],
    ],
  },
  {
    name: 'a shape made of scattered constants',
    inputs: { x: [2, 6] },
    weights: [whole('at', [0, 2], [2, 1]), whole('size', [3]), whole('values', [2, 3]), scalar('zero', 0), whole('rest', [0, 2, 0])],
    nodes: [
      node('scattered', 'SparseToDense', ['at', 'size', 'values', 'zero'], { T: type('DT_INT64'), Tindices: type('DT_INT64') }),
      node('shape', 'AddV2', ['rest', 'scattered'], { T: type('DT_INT64') }),
      node('y', 'Reshape', ['x', 'shape'], { Tshape: type('DT_INT64') }),
    ],
    outputs: [['y', [2, 2, 3]]],
  },
];

function float16(value) {
  const sign = value < 0 ? 0x8000 : 0;
  const v = Math.abs(value);
  if (v < 2 ** -24) return sign;
  const e = Math.max(-14, Math.floor(Math.log2(v)));
  const m = Math.round((v / 2 ** e - (v < 2 ** -14 ? 0 : 1)) * 1024);
  return sign | (v < 2 ** -14 ? m : ((e + 15) << 10) + m);
}

function bytesOf({ values, dtype, quantization }) {
  if (quantization?.dtype === 'float16') return Buffer.from(Uint16Array.from(values, float16).buffer);
  if (quantization) return Buffer.from(Uint8Array.from(values, (v) => Math.round((v - quantization.min) / quantization.scale)));
  return Buffer.from((dtype === 'int32' ? Int32Array : Float32Array).from(values).buffer);
}

const value = (name, shape, dtype = f) => ({ name, dtype, tensorShape: { dim: shape.map((size) => ({ size: String(size) })) } });

async function load(topology, specs, data) {
  return tf.loadGraphModel({ load: async () => ({ format: 'graph-model', modelTopology: topology, weightSpecs: specs, weightData: data }) });
}

const round = (values) => Array.from(values, (v) => Number(v.toPrecision(9)));

const cases = [];
for (const { name, inputs, weights, nodes, outputs } of CASES) {
  const constants = weights.map(({ name: own, dtype }) => ({ name: own, op: 'Const', attr: { dtype: type(dtype === 'int32' ? 'DT_INT32' : f) } }));
  const topology = {
    node: [...Object.entries(inputs).map(([own, shape]) => placeholder(own, shape)), ...constants, ...nodes],
    library: {},
    versions: {},
  };
  const specs = weights.map(({ name: own, shape, dtype, quantization }) => ({ name: own, shape, dtype, ...(quantization ? { quantization } : {}) }));
  const data = Buffer.concat(weights.map(bytesOf));
  const signature = {
    inputs: Object.fromEntries(Object.entries(inputs).map(([own, shape]) => [own, value(own, shape)])),
    outputs: Object.fromEntries(outputs.map(([own, shape, dtype]) => [own, value(own, shape, dtype)])),
  };
  const model = await load(topology, specs, data.buffer.slice(data.byteOffset, data.byteOffset + data.length));
  const feeds = {};
  const given = {};
  for (const [k, [own, shape]] of Object.entries(inputs).entries()) {
    const n = shape.reduce((a, b) => a * b, 1);
    given[own] = Array.from({ length: n }, (_, i) => Math.fround(4 * noise(i, 100 + k) - 2));
    feeds[own] = tf.tensor(given[own], shape);
  }
  const results = model.execute(
    feeds,
    outputs.map(([own]) => own),
  );
  const expected = {};
  for (const [i, [own, shape]] of outputs.entries()) {
    const result = Array.isArray(results) ? results[i] : results;
    if (result.shape.join() !== shape.join()) throw new Error(`${name}: ${own} is [${result.shape}], said [${shape}]`);
    expected[own] = round(await result.data());
  }
  cases.push({
    name,
    model: { format: 'graph-model', signature, modelTopology: topology, weightsManifest: [{ paths: ['w.bin'], weights: specs }] },
    weights: data.toString('base64'),
    inputs: Object.fromEntries(Object.entries(given).map(([own, values]) => [own, round(values)])),
    outputs: expected,
  });
}

const [out, folder] = process.argv.slice(2);
const networks = existsSync(out) ? JSON.parse(readFileSync(out, 'utf8')).networks : {};
if (folder)
  for (const [name, input, shape, scale, shift] of [
    ['centernet', 'tower_0/images', [1, 512, 512, 3], 255, 0],
    ['nanodet', 'input_1', [1, 3, 416, 416], 4, -2],
    ['blazeface', 'input', [1, 256, 256, 3], 2, -1],
  ]) {
    if (!existsSync(join(folder, `${name}.json`))) continue;
    const json = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
    const bytes = readFileSync(join(folder, `${name}.bin`));
    const model = await load(json.modelTopology, json.weightsManifest[0].weights, bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    const n = shape.reduce((a, b) => a * b, 1);
    // Blocks of 16 pixels: features that a picture has, not white noise.
    const blocks = (i) => {
      const [, , side, last] = shape; // channels last, or [1, 3, side, side]
      const [x, y, c] =
        last === 3 ? [Math.floor(i / 3) % side, Math.floor(i / 3 / side), i % 3] : [i % side, Math.floor(i / side) % side, Math.floor(i / side / side)];
      return noise((Math.floor(y / 16) * 64 + Math.floor(x / 16)) * 3 + c);
    };
    const x = Float32Array.from({ length: n }, (_, i) => scale * blocks(i) + shift);
    const names = Object.values((json.signature ?? json.userDefinedMetadata.signature).outputs).map(({ name: own }) => own.replace(/:0$/, ''));
    const results = model.execute({ [input]: tf.tensor(x, shape) }, names);
    networks[name] = { input, shape, scale, shift, outputs: {} };
    for (const [i, own] of names.entries()) {
      const data = await results[i].data();
      const step = Math.max(1, Math.floor(data.length / 200));
      const samples = round(Array.from(data).filter((_, k) => k % step === 0));
      networks[name].outputs[own] = { shape: results[i].shape, step, samples };
    }
    console.error(name);
  }
writeFileSync(out, `${JSON.stringify({ tfjs: tf.version.tfjs, cases, networks })}\n`);
