// One small batch of every objective that stages train with, for the comparison of gradient graphs: losses over sequences through the golden Llama,
// the others through networks of their own.

import { join } from 'node:path';
import { gradOrNone, input, type Parameter, type Tensor } from '../../src/graph/index.js';
import { ClipImageProcessor } from '../../src/media/index.js';
import { openModel, type Sequence } from '../../src/model/index.js';
import type { TextQFormerConnector } from '../../src/networks/connectors/qformer-text.js';
import {
  Clip,
  clipConfig,
  detectorConfig,
  endAdapter,
  generatorConfig,
  HaclHead,
  hacl as haclAdapter,
  LatentHead,
  latents,
  lisa,
  MaskHead,
  qformer,
  RewardHead,
  rewardHead,
  SensoriumDetector,
  SensoriumGenerator,
  SignalProjector,
  signals,
  ValueHead,
  valueHead,
} from '../../src/networks/index.js';
import { denseScenes, PHRASE_GROUPS } from '../../src/train/dense-world.js';
import { GeneratorState, generatorProcessor } from '../../src/train/generator-stage.js';
import {
  contrastiveObjective,
  denseHead,
  detectionObjective,
  ModelState,
  type Objective,
  OpenedState,
  onlineObjective,
  type SequenceLoss,
  selectParameters,
  sequenceObjective,
} from '../../src/train/index.js';
import { flowMatchingObjective } from '../../src/train/objectives/flow-matching.js';
import { GROUP_FORMS, groupLoss } from '../../src/train/objectives/group.js';
import { hacl } from '../../src/train/objectives/hacl.js';
import { kto } from '../../src/train/objectives/kto.js';
import { latentRegression } from '../../src/train/objectives/latents.js';
import { masks } from '../../src/train/objectives/masks.js';
import { PAIR_LOSSES, type PairLoss } from '../../src/train/objectives/pair-losses.js';
import { NONE, pairs, sidesOf } from '../../src/train/objectives/pairs.js';
import { ppoLoss } from '../../src/train/objectives/ppo.js';
import { qformerLosses } from '../../src/train/objectives/qformer.js';
import { rewardLoss } from '../../src/train/objectives/reward.js';
import { signalAlignment } from '../../src/train/objectives/signals.js';
import { supervised } from '../../src/train/objectives/supervised.js';
import { VOCABULARY, worldTokenizer } from '../../src/train/world-tokenizer.js';
import { type HostTensor, hostTensor, sizeOf } from '../../src/util/host.js';
import { Rng } from '../../src/util/rng.js';
import { loadSprites } from '../../src/world/index.js';
import { FAMILIES } from '../golden/read.js';
import { type Comparison, gradientsOf } from './compare.js';

type Adapters = NonNullable<Parameters<typeof openModel>[1]>['adapters'];

const TEXT = 'llama/untied';
const VOCAB = 60;
/** Stands for a mask, an image row or a signal, where a loss looks for one. */
const SPECIAL = 61;

const floats = (shape: readonly number[], seed: string, scale = 1): HostTensor<'float32'> => {
  const rng = new Rng(`device ${seed}`);
  return hostTensor(
    'float32',
    shape,
    Float32Array.from({ length: sizeOf(shape) }, () => scale * rng.normal()),
  );
};
const ids = (n: number, seed: string): number[] => {
  const rng = new Rng(`device ids ${seed}`);
  return Array.from({ length: n }, () => 3 + rng.int(VOCAB - 3));
};
/** A prompt with a reply that is learned; ids of `own` stand at the end of the reply, before one more. */
const sequence = (seed: string, reply: number, own: readonly number[] = []): Sequence => {
  const prompt = ids(5, `${seed} prompt`);
  const all = [...prompt, ...ids(reply, seed), ...own, 2];
  return { ids: Int32Array.from(all), weights: Float32Array.from(all, (_, i) => (i < prompt.length ? 0 : 1)), media: [] };
};
/** One that is read at its end alone. */
const ended = (seed: string, n: number): Sequence => ({ ids: Int32Array.from(ids(n, seed)), media: [], ends: [[n - 1, 2]] });

/** Values of a state, those that begin at zero moved: nothing would pass through them. */
const moved =
  (value: (p: Parameter) => HostTensor<'float32'>) =>
  (p: Parameter): HostTensor => {
    const own = value(p);
    return own.data.every((v) => v === 0) ? floats(own.shape, p.name, 0.1) : own;
  };

/** The golden Llama with an adapter, all of it trained. */
async function opened(adapters?: Adapters) {
  const model = await openModel(join(FAMILIES, TEXT), { adapters, seed: 1 });
  const state = new OpenedState(model, { seed: 0 });
  const parts = adapters ? ['all', 'adapters'] : ['all'];
  const trained = selectParameters(model.network as Parameters<typeof selectParameters>[0], parts, 'device');
  return { model, state, trained, maxLength: 64, pad: 0 };
}

/** The gradients of a loss over samples of sequences. */
async function through(
  samples: readonly (readonly Sequence[])[],
  make: SequenceLoss | ((network: Awaited<ReturnType<typeof opened>>['model']['network']) => SequenceLoss),
  adapters?: Adapters,
): Promise<Comparison> {
  const on = await opened(adapters);
  const loss = typeof make === 'function' ? make(on.model.network) : make;
  const objective = sequenceObjective({
    ...{ ...on, loss, count: samples.length, batch: samples.length },
    sample: async (i) => ({ sequences: samples[i] as readonly Sequence[] }),
  });
  return gradientsOf(
    objective,
    moved((p) => on.state.value(p)),
  );
}

/** The gradients of a loss over replies that were drawn, with values at their tokens. */
async function online(
  loss: (network: Awaited<ReturnType<typeof opened>>['model']['network']) => Parameters<typeof onlineObjective>[0]['loss'],
  values: readonly string[],
  adapters?: Adapters,
): Promise<Comparison> {
  const on = await opened(adapters);
  const sequences = [7, 5, 4, 2].map((n) => sequence(`online ${n}`, n));
  const each = (name: string): Float32Array[] =>
    sequences.map((s, i) => {
      // Log-probabilities lie around that of a guess, everything else around 0.
      const { data } = floats([s.ids.length], `${name} ${i}`, 0.3);
      return name === 'old' || name === 'start' ? data.map((v) => v - Math.log(VOCAB)) : data;
    });
  const objective = onlineObjective({
    ...{ ...on, name: 'online', accumulate: 1, given: async () => ({}), collect: async () => 0 },
    assemble: async () => ({
      ...{ sequences, weight: sequences.length, rows: [], metrics: {} },
      values: Object.fromEntries(values.map((name) => [name, each(name)])),
    }),
    loss: loss(on.model.network),
  });
  return gradientsOf(
    objective,
    moved((p) => on.state.value(p)),
  );
}

const reference = async (sequences: readonly Sequence[]): Promise<Float32Array> =>
  Float32Array.from(sequences, (s, i) => -4 * s.ids.length + i);
const TWO = [
  [sequence('chosen 0', 6), sequence('rejected 0', 4)],
  [sequence('chosen 1', 3), sequence('rejected 1', 5)],
];
const LABELS = new Map(TWO.map(([first], i) => [first, i === 0]));

/** Losses over a few numbers, each with its gradients: one graph of all of them. `make` gives the loss of a name from trained inputs. */
function small(
  names: readonly string[],
  at: Readonly<Record<string, HostTensor<'float32'>>>,
  make: (name: string, x: Readonly<Record<string, Tensor>>) => Tensor,
): Comparison {
  const x = Object.fromEntries(Object.entries(at).map(([name, { shape }]) => [name, input(name, shape)]));
  const outputs: Record<string, Tensor> = {};
  for (const name of names) {
    const loss = make(name, x);
    outputs[`loss.${name}`] = loss;
    for (const [i, gradient] of gradOrNone(loss, Object.values(x)).entries())
      if (gradient) outputs[`grad.${name}.${Object.keys(x)[i]}`] = gradient;
  }
  return { outputs, feeds: at };
}

const TOWERS = { hidden_size: 16, intermediate_size: 32, num_hidden_layers: 1, num_attention_heads: 2 };

/** By name, what an objective's first batch gives. */
export const OBJECTIVES: Readonly<Record<string, () => Promise<Comparison>>> = {
  supervised: () => through([[sequence('a', 6)], [sequence('b', 4)]], supervised()),
  kto: () => through(TWO, kto({ beta: 0.1, desirable: 1, undesirable: 1.3, labelOf: (s) => LABELS.get(s) as boolean, reference })),
  dpo: () => through(TWO, pairs({ loss: 'sigmoid', labelSmoothing: 0.1, reference })),
  orpo: () => through(TWO, pairs({ loss: 'orpo', reference })),
  'all losses of pairs': async () => {
    const strengths = (name: string) => ({ ...NONE, ...(PAIR_LOSSES as Record<string, PairLoss>)[name]?.strengths });
    const sums = { policy: floats([3, 2], 'policy', 3), gained: floats([3, 2], 'gained', 2) };
    for (const [i, v] of sums.policy.data.entries()) sums.policy.data[i] = v - 12;
    const tokens = hostTensor('float32', [3, 2], [5, 4, 7, 3, 2, 6]);
    const counts = sidesOf(input('tokens', [3, 2]));
    const all = small(Object.keys(PAIR_LOSSES), sums, (name, { policy, gained }) => {
      const loss = (PAIR_LOSSES as Record<string, PairLoss>)[name] as PairLoss;
      return loss
        .losses(
          { policy: sidesOf(policy as Tensor), gained: sidesOf((loss.reference ? gained : policy) as Tensor), tokens: counts },
          strengths(name),
        )
        .mean();
    });
    return { ...all, feeds: { ...all.feeds, tokens } };
  },
  reward: () =>
    through(TWO, (network) => rewardLoss({ head: endAdapter(network, RewardHead) as RewardHead, centering: 0.01, marginOf: () => 0.5 }), [
      rewardHead(),
    ]),
  grpo: () =>
    online(
      () => (read, feed) => {
        const n = read.weights.shape as number[];
        const [old, start, advantages] = [feed('old', n), feed('start', n), feed('advantages', n)];
        const { perSequence, toTokens, logProbs, weights } = read;
        const values = { logProbs, old, start, advantages, mask: weights, perSequence, toTokens };
        return groupLoss(values, { form: 'grpo', clip: 0.2, clipHigh: 0.28, beta: 0.04, maxTokens: 8 });
      },
      ['old', 'start', 'advantages'],
    ),
  'all forms of grpo': async () => {
    const mine = hostTensor('float32', [2, 5], [1, 1, 0, 0, 0, 0, 0, 1, 1, 1]);
    const at = { logProbs: floats([5], 'now', 0.3) };
    const more = { old: floats([5], 'old', 0.1), start: floats([5], 'start', 0.3), advantages: floats([5], 'advantages') };
    const owners = input('owners', [2, 5]);
    const given = { old: input('old', [5]), start: input('start', [5]), advantages: input('advantages', [5]), mask: input('mask', [5]) };
    const perSequence = (x: Tensor): Tensor => owners.matMul(x.reshape([5, 1])).reshape([2]);
    const toTokens = (x: Tensor): Tensor => x.reshape([1, 2]).matMul(owners).reshape([5]);
    const all = small(GROUP_FORMS, at, (form, { logProbs }) => {
      const o = { form: form as (typeof GROUP_FORMS)[number], clip: 0.2, clipHigh: 0.28, beta: 0.04, maxTokens: 8 };
      return groupLoss({ logProbs: logProbs as Tensor, ...given, perSequence, toTokens }, o).loss;
    });
    return { ...all, feeds: { ...all.feeds, ...more, owners: mine, mask: hostTensor('float32', [5], [1, 1, 1, 0, 1]) } };
  },
  ppo: () =>
    online(
      (network) => (read, feed) => {
        const n = read.weights.shape as number[];
        const [old, advantages] = [feed('old', n), feed('advantages', n)];
        const [oldValues, returns] = [feed('old_values', n), feed('returns', n)];
        const values = (endAdapter(network, ValueHead) as ValueHead).read(read.hidden);
        const { logProbs, weights } = read;
        return ppoLoss(
          { logProbs, old, advantages, values, oldValues, returns, mask: weights },
          { clip: 0.2, valueClip: 0.2, valueWeight: 0.1 },
        );
      },
      ['old', 'advantages', 'old_values', 'returns'],
      [valueHead()],
    ),
  hacl: () => {
    const sample = (i: number): Sequence[] => [
      sequence(`talk ${i}`, 4),
      ...[5, 4, 3].map((n) => ended(`${['image', 'caption', 'wrong'][n - 3]} ${i}`, n)),
    ];
    const make = (network: Parameters<typeof endAdapter>[0]): SequenceLoss =>
      hacl({ head: endAdapter(network, HaclHead) as HaclHead, queue: 4, negatives: 1 });
    return through([sample(0), sample(1)], make, [haclAdapter({ features: 8 })]);
  },
  masks: () => {
    const pixels = (i: number): Sequence['media'][number] => ({
      ...{ at: new Int32Array(), key: `picture ${i}` },
      feeds: () => ({ pixels: floats([1, 3, 16, 16], `picture ${i}`) }),
    });
    const samples = [0, 1].map((i) => [{ ...sequence(`mask ${i}`, 3, [SPECIAL]), media: [pixels(i)] }]);
    const truth = (): Uint8Array[] => [Uint8Array.from({ length: 256 }, (_, i) => Number(i % 16 > 5 && i < 160))];
    const make = (network: Parameters<typeof endAdapter>[0]): SequenceLoss =>
      masks({ head: endAdapter(network, MaskHead) as MaskHead, token: SPECIAL, side: 16, rows: 0, truth });
    return through(samples, make, [lisa({ width: 16, layers: 1, heads: 2, blocks: 1, reader: 0 })]);
  },
  signals: () => {
    const tokens = [VOCAB, SPECIAL];
    const make = (network: Parameters<typeof endAdapter>[0]): SequenceLoss =>
      signalAlignment({
        ...{ projector: endAdapter(network, SignalProjector) as SignalProjector, ids: tokens },
        textOf: (s) => (s.ids.includes(SPECIAL) ? 'a dog' : undefined),
        conditions: async (texts) => floats([texts.length, 3, 6], 'condition'),
      });
    const adapter = signals({ tokens: ['a', 'b'], rows: 3, size: 6, width: 16, layers: 1, heads: 2 });
    return through([[sequence('drawn', 2, tokens)], [sequence('told', 4)]], make, [adapter]);
  },
  latents: () => {
    const shown = sequence('shown', 2, [SPECIAL, SPECIAL]);
    const at = Int32Array.of(7, 8);
    const samples = [[{ ...shown, media: [{ at, key: 'shown', feeds: () => ({}) }] }], [sequence('told', 4)]];
    const make = (network: Parameters<typeof endAdapter>[0]): SequenceLoss => {
      const head = endAdapter(network, LatentHead) as LatentHead;
      const [, width] = head.stu_regress_head.weight.dims as [number, number];
      return latentRegression({ head, imageId: SPECIAL, width, rowsOf: async () => floats([2, width], 'rows') });
    };
    return through(samples, make, [latents({ rows: 2 })]);
  },
  contrastive: async () => {
    const config = clipConfig.parse({
      model_type: 'clip',
      projection_dim: 16,
      vision_config: { ...TOWERS, image_size: 64, patch_size: 16 },
      text_config: { ...TOWERS, vocab_size: VOCABULARY, max_position_embeddings: 28, eos_token_id: 1 },
    });
    const network = new Clip(config).nameParameters();
    const objective = contrastiveObjective({
      network,
      tokenizer: worldTokenizer(),
      processor: ClipImageProcessor.fromConfig({ size: { shortest_edge: 64 }, crop_size: { height: 64, width: 64 } }),
      batchSize: 2,
      sample: denseScenes(await loadSprites(), 4, { seed: 1 }),
      groups: PHRASE_GROUPS,
      head: denseHead(network, PHRASE_GROUPS),
    });
    return own(objective);
  },
  detection: () => {
    const vision_config = { ...TOWERS, image_size: 16, patch_size: 8 };
    const config = detectorConfig.parse({ model_type: 'sensorium_detector', vision_config, id2label: { 0: 'dot', 1: 'dash' } });
    const data = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => (i * 37) % 256);
    const objective = detectionObjective({
      network: new SensoriumDetector(config).nameParameters(),
      processor: ClipImageProcessor.fromConfig({ size: 16, crop_size: 16 }),
      batchSize: 2,
      sample: (i) => ({ image: { width: 16, height: 16, data }, objects: [{ class: i % 2, box: [0, 2 * i, 8, 9 + i] }] }),
    });
    return own(objective);
  },
  'flow matching': () => {
    const sizes = { image_size: 8, patch_size: 4, hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2 };
    const text_config = { ...TOWERS, hidden_size: 8, vocab_size: 1024, max_position_embeddings: 20, eos_token_id: 1 };
    const network = new SensoriumGenerator(
      generatorConfig.parse({ ...sizes, condition_length: 20, condition_size: 8, text_config }),
    ).nameParameters();
    const tokenizer = worldTokenizer();
    const state = new GeneratorState(network, tokenizer, { seed: 1 });
    const image = (i: number) => ({ width: 8, height: 8, data: new Uint8Array(192).fill(20 * i) });
    const objective = flowMatchingObjective({
      ...{ network, state, tokenizer, processor: generatorProcessor(8), seed: 3, unconditional: 0.3, text: true, count: 4, batch: 2 },
      sample: async (i) => ({ image: image(i), text: `a ${['red', 'blue'][i % 2]} dog` }),
    });
    return gradientsOf(
      objective,
      moved((p) => state.value(p)),
    );
  },
  qformer: () => {
    const [n, t, patches, encoder] = [2, 6, 4, 12];
    const made = qformer({ queries: 3, width: 16, layers: 2, heads: 2, feedForward: 32, crossEvery: 2, text: 8, features: 8 });
    const q = (made.build(encoder, 5, VOCAB) as TextQFormerConnector).nameParameters();
    const unused = new Set(q.language_projection.parameters());
    const words = hostTensor('int32', [n, t], [q.clsId, ...ids(3, 'q 0'), 2, 0, q.clsId, ...ids(4, 'q 1'), 2]);
    const mask = hostTensor('int32', [n, t], [1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1]);
    const feeds = { tokens: floats([n, patches, encoder], 'patches'), ids: words, mask, noise: floats([2, n, n], 'noise') };
    return own({
      ...{ name: 'qformer', trained: q.parameters().filter((p) => !unused.has(p)), frozen: new Map() },
      graph: () => {
        const shaped = (name: 'tokens' | 'ids' | 'mask' | 'noise'): Tensor => input(name, feeds[name].shape, feeds[name].dtype);
        const { itc, itm, itg } = qformerLosses(q, {
          ...{ tokens: shaped('tokens'), ids: shaped('ids'), mask: shaped('mask'), noise: shaped('noise') },
        });
        return { loss: itc.add(itm).add(itg), metrics: { itc, itm, itg } };
      },
      batch: async () => ({ bucket: 'all', feeds, tokens: n * t, items: n }),
    });
  },
};

/** Of an objective whose network begins anew. */
function own(objective: Objective): Promise<Comparison> {
  const state = new ModelState([...objective.trained], { seed: 1 });
  return gradientsOf(
    objective,
    moved((p) => state.value(p)),
  );
}
