// `stage.qformer`: BLIP-2's first stage over images with texts; the vision tower is frozen and its tokens are computed once.

import type { Conversation, Dataset } from '../data/index.js';
import { input, withInputs } from '../graph/index.js';
import type { SequenceMedia } from '../model/index.js';
import { MultimodalNetwork, TextQFormerConnector } from '../networks/index.js';
import { textOf } from '../text/plain-text.js';
import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { Rng } from '../util/rng.js';
import { placeOf } from './conversation-samples.js';
import { isConversations, isMade, openData } from './fine-tune.js';
import { MediaCache } from './media-cache.js';
import type { Batch, Objective, ObjectiveGraph } from './objective.js';
import { qformerLosses } from './objectives/qformer.js';
import { optionError } from './options.js';
import { rowOrder } from './order.js';
import { defineStage, type StageContext } from './recipe.js';
import { allPasses, checkOrder, checkParts, type DataStage, type Options, ORDER, orderOf } from './stage-options.js';
import { type TrainedModel, trainedModel } from './trained-model.js';
import { assertSource, type SceneSource } from './world-samples.js';

/** Options of `stage.qformer`: the connector alone is trained. */
export interface QFormerStage extends DataStage {
  train: readonly ['connector'];
}

/** The Q-Former of a model. Errors: `train.recipe` for another connector, or one without a text side. */
function qformerOf({ model }: TrainedModel, stage: string): { network: MultimodalNetwork; qformer: TextQFormerConnector } {
  const network = model.network as MultimodalNetwork & { multi_modal_projector?: unknown };
  const qformer = network.multi_modal_projector;
  if (network instanceof MultimodalNetwork && qformer instanceof TextQFormerConnector) return { network, qformer };
  throw new SensoriumError('train.recipe', 'the model has no Q-Former that reads and writes texts', {
    place: `stage ${stage}`,
    expected: 'mllm({ connector: qformer({ queries, width, layers, heads, text }), … })',
    got: qformer === undefined ? 'a model without a connector of its own' : (qformer as object).constructor.name,
  });
}

/** An image with its text, made ready. */
interface Pair {
  media: SequenceMedia;
  ids: readonly number[];
}

/** The image and the last reply of a row. Errors: `train.data`. */
async function pairOf(row: Conversation, { model }: TrainedModel, qformer: TextQFormerConnector): Promise<Pair> {
  const { media } = await model.processor.encode(row.messages);
  const text = row.messages.findLast(({ role }) => role === 'assistant');
  const image = media[0];
  if (!image || !text)
    throw new SensoriumError('train.data', 'a row is not an image with a text', {
      place: placeOf(row),
      expected: 'a message with an image, and a reply that describes it',
      got: image ? 'no reply' : 'no image',
    });
  const words = model.processor.tokenizer.encode(textOf([text]).trim());
  const end = model.processor.tokenizer.specialIds.eos;
  return { media: image, ids: [qformer.clsId, ...[...words, ...(end === undefined ? [] : [end])].slice(0, qformer.positions - 1)] };
}

/** Texts are filled up to a multiple of this, which keeps the number of compiled programs small. */
const STEP = 8;

/** The objective: batches of pairs, and the sum of the three losses. */
async function qformerObjective({ state, options, runtime, dir, stage, signal }: StageContext<QFormerStage>): Promise<Objective> {
  const place = `stage ${stage.name}`;
  const trainedState = trainedModel(state, stage.name);
  const { network, qformer } = qformerOf(trainedState, stage.name);
  const scenes = !isConversations(options.data);
  const data: Dataset<Conversation> = await openData(
    options.data as Parameters<typeof openData>[0],
    trainedState.model,
    `${place}`,
    signal,
  );
  if (data.length < 2)
    throw new SensoriumError('train.data', 'a contrastive stage needs at least two rows', {
      place: `${place}: data`,
      got: String(data.length),
    });
  const { vision } = network.parts();
  const unused = new Set(qformer.language_projection.parameters());
  const trained = qformer.parameters().filter((p) => !unused.has(p));
  const cache = new MediaCache({
    runtime,
    trace: () => withInputs({}, () => network.encode()),
    values: new Map(vision.map((p) => [p, trainedState.value(p)])),
    ...(scenes ? {} : { dir: `${dir}/cache/${stage.name}` }),
  });
  const order = rowOrder(orderOf(options, data));
  const noiseRng = new Rng(options.seed).fork('hard negatives');
  const shapes = new Map<string, { n: number; t: number; tokens: readonly number[] }>();

  const graph = (bucket: string): ObjectiveGraph => {
    const { n, t, tokens } = shapes.get(bucket) as { n: number; t: number; tokens: readonly number[] };
    const losses = qformerLosses(qformer, {
      tokens: input('tokens', [n, ...tokens]),
      ids: input('ids', [n, t], 'int32'),
      mask: input('mask', [n, t], 'int32'),
      noise: input('noise', [2, n, n]),
    });
    const { itc, itm, itg, retrieved, matched } = losses;
    return { loss: itc.add(itm).add(itg), metrics: { itc, itm, itg, retrieved, matched, temperature: qformer.temp.sum() } };
  };

  const batch = async (index: number): Promise<Batch> => {
    const rows = order(index);
    // One pair has no negatives.
    if (rows.length < 2) return { bucket: 'empty', feeds: {}, tokens: 0, items: rows.length, weight: 0, rows };
    const pairs: Pair[] = [];
    for (const row of rows) pairs.push(await pairOf(await data.get(row), trainedState, qformer));
    const each: HostTensor<'float32'>[] = [];
    for (const { media } of pairs) each.push(await cache.get(media));
    const n = pairs.length;
    const longest = Math.max(...pairs.map(({ ids }) => ids.length));
    const t = Math.min(Math.ceil(longest / STEP) * STEP, qformer.positions);
    const shape = (each[0] as HostTensor).shape.slice(1);
    const tokens = hostTensor('float32', [n, ...shape]);
    const [ids, mask] = [hostTensor('int32', [n, t]), hostTensor('int32', [n, t])];
    pairs.forEach((pair, i) => {
      tokens.data.set((each[i] as HostTensor<'float32'>).data, i * (tokens.data.length / n));
      ids.data.set(pair.ids, i * t);
      mask.data.fill(1, i * t, i * t + pair.ids.length);
    });
    const noise = hostTensor('float32', [2, n, n]);
    const rng = noiseRng.fork('batch', index);
    for (let i = 0; i < noise.data.length; i++) noise.data[i] = -Math.log(-Math.log(Math.min(Math.max(rng.float(), 1e-12), 1 - 1e-12)));
    const bucket = `${n}x${t}:${shape.join('x')}`;
    shapes.set(bucket, { n, t, tokens: shape });
    return {
      bucket,
      feeds: { tokens, ids, mask, noise },
      tokens: pairs.reduce((sum, pair) => sum + pair.ids.length, 0),
      items: n,
      weight: n,
      rows,
    };
  };

  return {
    name: stage.name,
    trained,
    frozen: trainedState.frozen(trained),
    graph,
    batch,
    describe: { data: data.describe },
    dispose: () => {
      void cache.dispose();
      if (data !== (options.data as unknown)) data.dispose?.();
    },
  };
}

/** Throws for options of the stage that cannot be. */
function checkQFormer(options: Options<QFormerStage>, place: string): void {
  checkOrder(options, place);
  checkParts(options.train, place, ['connector']);
  if (options.batch < 2)
    throw optionError('batch', { place, expected: 'at least 2: each image is told from the others', got: String(options.batch) });
  const { data } = options;
  if (isMade(data)) throw optionError('data', { place, expected: 'scenes, or conversations about images', got: 'data that a stage makes' });
  if (data !== undefined && data !== null && !isConversations(data)) assertSource(data as SceneSource, place);
}

/** The stage. A model that it trains has `qformer({ …, text })` as its connector; the tower stays as it is. */
export const qformerStage = defineStage<QFormerStage>(
  'qformer',
  { train: ['connector'], data: undefined, batch: 32, ...ORDER },
  qformerObjective,
  { steps: allPasses, check: checkQFormer },
);
