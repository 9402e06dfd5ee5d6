// `stage.vq`: a tokenizer of images learns to make pictures of its codes; before that, without a codebook, of its vectors.

import type { Conversation } from '../data/index.js';
import { input } from '../graph/index.js';
import type { RgbImage } from '../media/index.js';
import { openMedia } from '../model/index.js';
import { type VqVae, vqImages } from '../networks/index.js';
import { compile } from '../runtime/compile.js';
import { mediaParts } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { Rng } from '../util/rng.js';
import { show } from '../util/show.js';
import { placeOf } from './conversation-samples.js';
import { type ConversationData, isConversations } from './fine-tune.js';
import type { Batch, Objective } from './objective.js';
import type { TrainOptions } from './options.js';
import { rowOrder } from './order.js';
import type { BatchPart } from './parallel/share.js';
import { defineStage } from './recipe.js';
import { allPasses, checkOrder, type DataStage, ORDER, orderOf } from './stage-options.js';
import { ModelState, type StateOptions } from './state.js';

/** Options of the stage. */
export interface VqStage extends DataStage {
  /** False leaves the codebook out: what is learned then is what it is made of (`codebookOf`). */
  quantized: boolean;
}

/** The state of a tokenizer of images. */
export class VqState extends ModelState {
  constructor(
    readonly vq: VqVae,
    options: StateOptions,
  ) {
    super(vq.parameters(), options);
  }
}

/** The first image of a row. Errors: `train.data` for a row without one. */
async function pictureOf(row: Conversation, signal?: AbortSignal): Promise<RgbImage> {
  const [part] = mediaParts(row.messages);
  if (part?.type !== 'image')
    throw new SensoriumError('train.data', 'a row has no image', { place: placeOf(row), expected: 'a message with an image', got: 'none' });
  return (await openMedia(part, { signal })) as RgbImage;
}

function check({ data, ...options }: TrainOptions & VqStage, place: string): void {
  checkOrder({ ...options, data }, place);
  if (data !== undefined && !isConversations(data))
    throw new SensoriumError('train.data', 'a tokenizer of images learns from conversations with images', {
      place: `${place}: data`,
      expected: "conversations('captions.json')",
      got: show(data),
    });
}

/** The stage. Its recipe's `state` makes a `VqState`. */
export const vqStage = defineStage<VqStage>(
  'vq',
  { data: undefined, batch: 32, quantized: true, ...ORDER },
  async ({ state, options, stage: { name }, signal }): Promise<Objective> => {
    if (!(state instanceof VqState))
      throw new SensoriumError('train.recipe', `the stage '${name}' needs a tokenizer of images`, {
        place: `stage ${name}`,
        expected: 'a recipe whose state is new VqState(vq, { seed })',
        got: state.constructor.name,
      });
    if (options.data === undefined) throw new SensoriumError('train.data', 'the stage has no data', { place: `stage ${name}: data` });
    const { vq } = state;
    const given = options.data as ConversationData;
    const data = 'get' in given ? given : await given.open(signal);
    const rowsOf = rowOrder(orderOf(options, data));
    const { image_size: size } = vq.config;
    const images = vqImages(size);
    const { quantized } = options;
    const trained = quantized ? vq.parameters() : vq.parameters().filter((p) => p !== vq.embedding.weight);
    const batchPart = async (index: number, { part, parts }: BatchPart): Promise<Batch> => {
      const rows = rowsOf(index).filter((_, i) => i % parts === part);
      const n = rows.length;
      if (n === 0) return { bucket: '0', feeds: {}, tokens: 0, items: 0, weight: 0 };
      const pixels = hostTensor('float32', [n, 3, size, size]);
      for (const [i, row] of rows.entries())
        images.processInto(await pictureOf(await data.get(row), signal), pixels.data, i * 3 * size * size);
      return { bucket: String(n), feeds: { pixels }, tokens: n * vq.codes, items: n, weight: n, rows };
    };
    return {
      name: 'vq',
      trained,
      frozen: state.frozen(trained),
      graph: (bucket) => {
        const { loss, reconstruction, quantization } = vq.loss(input('pixels', [Number(bucket), 3, size, size]), { quantized });
        return { loss, metrics: { reconstruction, ...(quantization ? { quantization } : {}) } };
      },
      batch: (index) => batchPart(index, { part: 0, parts: 1 }),
      batchPart,
      describe: { data: data.describe, quantized },
    };
  },
  { steps: allPasses, check },
);

/** Rounds of k-means. */
const ROUNDS = 8;

/**
 * A codebook of what an encoder makes of pictures: k-means on the unit sphere over their vectors (Łańcucki et al. 2020), from `seed`.
 * Returns [num_embeddings, embedding_dim]. Errors: `train.data` for fewer vectors than codes.
 */
export async function codebookOf(
  { vq, values }: Pick<VqState, 'vq' | 'values'>,
  pictures: readonly RgbImage[],
  { seed = 0 }: { seed?: number } = {},
): Promise<HostTensor<'float32'>> {
  const { image_size: size, num_embeddings: codes, embedding_dim: dim } = vq.config;
  const images = vqImages(size);
  const program = await compile({ y: vq.vectors(input('pixels', [1, 3, size, size])) }, { frozen: values, name: 'vectors' });
  const all = new Float32Array(pictures.length * vq.codes * dim);
  try {
    for (const [i, picture] of pictures.entries()) {
      const { y } = await program.run({ pixels: hostTensor('float32', [1, 3, size, size], images.process(picture)) });
      all.set((y as HostTensor<'float32'>).data, i * vq.codes * dim);
    }
  } finally {
    program.dispose();
  }
  const n = pictures.length * vq.codes;
  if (n < codes)
    throw new SensoriumError('train.data', 'there are fewer vectors than codes', { expected: `at least ${codes}`, got: String(n) });
  const rng = new Rng(seed).fork('codebook');
  const at = (i: number): Float32Array => all.subarray(i * dim, (i + 1) * dim);
  const centers = hostTensor('float32', [codes, dim]);
  const first = rng.sample(
    Array.from({ length: n }, (_, i) => i),
    codes,
  );
  for (const [c, i] of first.entries()) centers.data.set(at(i), c * dim);
  for (let round = 0; round < ROUNDS; round++) {
    const sums = new Float32Array(codes * dim);
    const counts = new Int32Array(codes);
    for (let i = 0; i < n; i++) {
      const c = nearest(at(i), centers.data, dim);
      counts[c] = (counts[c] as number) + 1;
      for (let d = 0; d < dim; d++) sums[c * dim + d] = (sums[c * dim + d] as number) + (all[i * dim + d] as number);
    }
    for (let c = 0; c < codes; c++) {
      // A center that nothing is near begins anew somewhere else.
      const own = counts[c] === 0 ? at(rng.int(n)) : sums.subarray(c * dim, (c + 1) * dim);
      const length = Math.hypot(...own) || 1;
      for (let d = 0; d < dim; d++) centers.data[c * dim + d] = (own[d] as number) / length;
    }
  }
  return centers;
}

/** The row of `table` with the largest product with `x`. */
function nearest(x: Float32Array, table: Float32Array, dim: number): number {
  let [best, most] = [0, Number.NEGATIVE_INFINITY];
  for (let c = 0; c * dim < table.length; c++) {
    let y = 0;
    for (let d = 0; d < dim; d++) y += (x[d] as number) * (table[c * dim + d] as number);
    if (y > most) [best, most] = [c, y];
  }
  return best;
}
