// The vision graphs of transformers.js, family by family: from the pixels that its image processors make to rows of the prompt.

import {
  arange,
  cast,
  concat,
  constant,
  cumSum,
  gather,
  greater,
  input,
  lessEqual,
  max,
  patchify,
  stack,
  type Tensor,
} from '../../graph/index.js';
import {
  type Idefics3,
  ideficsPositions,
  type LlavaNetwork,
  type LlavaTilesNetwork,
  type MllmNetwork,
  type QwenVl,
  sameGroup,
} from '../../networks/index.js';
import { hostTensor } from '../../util/host.js';
import type { LazyModel } from './onnx-file.js';

/** pixel_values [batch, 3, size, size] -> image_features [batch, tokens, width]. */
export function llavaVision(network: LlavaNetwork | MllmNetwork): Record<string, Tensor> {
  return { image_features: features(network) };
}

/**
 * The same for LLaVA-OneVision, of pictures that are not cut: what the network sees of one that has the tower's own size, which is its
 * features and, for the only tile, the same again with `image_newline` after each line.
 */
export function onevisionVision(network: LlavaTilesNetwork): Record<string, Tensor> {
  const { side } = network;
  const whole = features(network);
  const [batch, width] = [whole.dim(0), network.language_model.width];
  const newlines = network.image_newline.reshape([1, 1, 1, width]).expand([batch, side, 1, width]);
  const lines = concat([whole.reshape([batch, side, side, width]), newlines], 2);
  return { image_features: concat([whole, lines.reshape([batch, side * (side + 1), width])], 1) };
}

/** What the LLaVAs have in common. */
interface Seeing {
  readonly config: { vision_config: { image_size: number } };
  readonly multi_modal_projector: { project(tokens: Tensor): Tensor };
  encode(pixels: Tensor): Tensor;
}
function features(network: Seeing): Tensor {
  const size = network.config.vision_config.image_size;
  return network.multi_modal_projector.project(network.encode(input('pixel_values', ['batch_size', 3, size, size])));
}

const IMAGES = 'num_images';
const ALL_TILES = 'image_features_of_all_tiles';
const REAL = 'real_tiles';

/**
 * pixel_values [batch, tiles, 3, size, size] and pixel_attention_mask bool [batch, tiles, size, size] -> the features of all tiles, those that
 * fill up prompts of fewer tiles included, and which of them are real: `withoutFilling` leaves the others out.
 */
export function idefics3Vision(network: Idefics3): Record<string, Tensor> {
  const { side } = network;
  const { image_size: size, patch_size: patch } = network.config.vision_config;
  const tiles = ['batch_size', IMAGES] as const;
  const pixels = input('pixel_values', [...tiles, 3, size, size]).reshape([-1, 3, size, size]);
  const whole = [2, 3].reduce((x, axis) => (side * patch === size ? x : x.slice({ axis, end: side * patch })), pixels);
  const positions = constant(hostTensor('int32', [side ** 2], ideficsPositions(side, side, side)));
  const seen = max(cast(input('pixel_attention_mask', [...tiles, size, size], 'bool'), 'float32'), [2, 3]);
  return {
    [ALL_TILES]: network.connector.project(network.vision_model.tokens(patchify(whole, patch), positions)),
    [REAL]: greater(seen.reshape([-1]), 0),
  };
}

/** The lowered graph with one output: image_features [real tiles, tokens, width]. */
export function withoutFilling(model: LazyModel): LazyModel {
  const name = 'image_features';
  const all = model.outputs.find((o) => o.name === ALL_TILES) as LazyModel['outputs'][number];
  return {
    ...model,
    nodes: [...model.nodes, { opType: 'Compress', name, inputs: [ALL_TILES, REAL], outputs: [name], attributes: { axis: 0 } }],
    outputs: [{ ...all, name, shape: ['num_real_images', ...all.shape.slice(1)] }],
  };
}

/**
 * pixel_values [patches, values], group by group, and a grid int64 [images, 3] of times, rows and columns -> image_features [groups, width].
 * Where each patch stands, and which others it sees, is worked out from the grid inside the graph.
 */
export function qwenVision(network: QwenVl): Record<string, Tensor> {
  const { visual, windowSide: windows, config } = network;
  const merge = config.vision_config.spatial_merge_size;
  const n = `${merge ** 2}*num_groups`; // patches
  const grid = cast(input(windows === undefined ? 'grid_thw' : 'image_grid_thw', [IMAGES, 3], 'int64'), 'int32');
  const [times, rows, columns] = [0, 1, 2].map((k) => grid.slice({ axis: 1, start: k, end: k + 1 }).reshape([IMAGES])) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const counts = times.mul(rows).mul(columns);
  const ends = cumSum(counts, 0);
  const each = arange(n);
  const image = cast(lessEqual(ends.reshape([1, IMAGES]), each.reshape([n, 1])), 'int32').sum(1); // ended before it
  const of = (values: Tensor): Tensor => gather(values, image); // [patches]
  const [height, width] = [of(rows).div(merge), of(columns).div(merge)]; // in groups
  const { quotient: frame, rest: inFrame } = divide(each.sub(of(ends.sub(counts))), height.mul(width).mul(merge ** 2));
  const { quotient: group, rest: inGroup } = divide(inFrame, merge ** 2);
  const { quotient: down, rest: across } = divide(group, width);
  const { quotient: y, rest: x } = divide(inGroup, merge);
  const places = stack([down.mul(merge).add(y), across.mul(merge).add(x)]).reshape([2, 1, n]);
  const whole = sameGroup(of(cumSum(times, 0).sub(times)).add(frame).reshape([1, n]));
  let within: Tensor | undefined;
  if (windows !== undefined) {
    const wide = width.add(windows - 1).div(windows);
    const window = down.div(windows).mul(wide).add(across.div(windows));
    within = whole.add(sameGroup(window.reshape([1, n])));
  }
  const patches = input('pixel_values', [n, visual.patchValues]).unsqueeze(0);
  return { image_features: visual.rows(patches, places, { within, whole }) };
}

/** Whole numbers of int32, which ONNX divides towards zero. */
function divide(a: Tensor, b: Tensor | number): { quotient: Tensor; rest: Tensor } {
  const quotient = a.div(b);
  return { quotient, rest: a.sub(quotient.mul(b)) };
}
