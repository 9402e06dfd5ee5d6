// Learning to draw: images and their texts, noise and a time for each, and the flow-matching loss over what the generator makes of them.

import { input } from '../../graph/index.js';
import type { ClipImageProcessor, RgbImage } from '../../media/index.js';
import { GeneratorTexts, type SensoriumGenerator } from '../../networks/index.js';
import type { Tokenizer } from '../../text/index.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import { Rng } from '../../util/rng.js';
import type { Batch, Objective, ObjectiveGraph } from '../objective.js';
import { type OrderOptions, rowOrder } from '../order.js';
import type { BatchPart } from '../parallel/share.js';
import type { ModelState } from '../state.js';

/** An image and the text that it is drawn after. */
export interface DrawingSample {
  image: RgbImage;
  text: string;
}

/** Where conditions come from, other than from texts: the rows of a language model. */
export interface ConditionSource {
  /** [samples, condition_length, condition_size], a function of the samples and the index of their batch. */
  of(samples: readonly DrawingSample[], index: number): Promise<HostTensor<'float32'>>;
  readonly describe: Readonly<Record<string, unknown>>;
}

/** What the stage is made from. */
export interface FlowMatchingOptions extends OrderOptions {
  network: SensoriumGenerator;
  state: ModelState;
  /** Of the texts; not needed where `conditions` are given. */
  tokenizer?: Tokenizer;
  processor: ClipImageProcessor;
  sample(index: number): Promise<DrawingSample>;
  /** Of noise, times and texts left out. */
  seed: number;
  /** Share of the texts that are left out, so that guidance knows what is drawn without one. */
  unconditional: number;
  /** The text tower learns too. */
  text: boolean;
  /** Conditions of another origin than texts. */
  conditions?: ConditionSource;
  describe?: Record<string, unknown>;
}

/** Mean and deviation of the logit of times (Esser et al. 2024; Li and He 2025): most are where the image begins to be told from noise. */
const [MEAN, DEVIATION] = [-0.6, 0.9];

/** A time between noise and image. */
export const drawTime = (rng: Rng): number => 1 / (1 + Math.exp(-(MEAN + DEVIATION * rng.normal())));

/** The stage of a generator. */
export function flowMatchingObjective(o: FlowMatchingOptions): Objective {
  const { network, state, processor } = o;
  const { image_size: size, condition_length: length, condition_size: width } = network.config;
  const { conditions } = o;
  const texts = conditions ? undefined : new GeneratorTexts(network.config, o.tokenizer as Tokenizer);
  const rowsOf = rowOrder(o);
  const root = new Rng(o.seed).fork('flow');
  const trained = network.parameters().filter(({ name }) => o.text || !name.startsWith('text_model.'));
  const each = 3 * size * size;

  const graph = (bucket: string): ObjectiveGraph => {
    const n = Number(bucket);
    const condition = conditions
      ? input('condition', [n, length, width])
      : network.condition(input('ids', [n, length], 'int32'), input('kept', [n, length, 1]));
    const whole = [n, 3, size, size];
    return { loss: network.flowMatching({ image: input('image', whole), noise: input('noise', whole), t: input('t', [n]), condition }) };
  };

  const batchPart = async (index: number, { part, parts }: BatchPart): Promise<Batch> => {
    const taken = rowsOf(index).flatMap((row, i) => (i % parts === part ? [{ row, i }] : []));
    const n = taken.length;
    if (n === 0) return { bucket: '0', feeds: {}, tokens: 0, items: 0, weight: 0 };
    const image = hostTensor('float32', [n, 3, size, size]);
    const noise = hostTensor('float32', [n, 3, size, size]);
    const t = hostTensor('float32', [n]);
    const samples: DrawingSample[] = [];
    const left = new Set<number>();
    for (const [at, { row, i }] of taken.entries()) {
      const sample = await o.sample(row);
      const rng = root.fork(index, i);
      processor.processInto(sample.image, image.data, at * each);
      t.data[at] = drawTime(rng);
      samples.push(sample);
      if (rng.bool(o.unconditional)) left.add(at);
      for (let k = at * each; k < (at + 1) * each; k++) noise.data[k] = rng.normal();
    }
    const led: Record<string, HostTensor> = {};
    if (texts) Object.assign(led, texts.batch(samples.map(({ text }, at) => (left.has(at) ? '' : text))));
    else {
      const condition = await (conditions as ConditionSource).of(samples, index);
      for (const at of left) condition.data.fill(0, at * length * width, (at + 1) * length * width);
      led.condition = condition;
    }
    return { bucket: String(n), feeds: { image, noise, t, ...led }, tokens: n, items: n, weight: n, rows: taken.map(({ row }) => row) };
  };

  /** The same images, each led by what leads the next one. */
  const blind = (batch: Batch): Batch | undefined => {
    if (batch.items < 2) return undefined;
    const turned = ['ids', 'kept', 'condition'].flatMap((name) => {
      const given = batch.feeds[name] as HostTensor<'float32'> | undefined;
      if (!given) return [];
      const own = given.data.length / batch.items;
      const data = given.data.slice();
      data.set(given.data.subarray(own));
      data.set(given.data.subarray(0, own), given.data.length - own);
      return [[name, { ...given, data }] as const];
    });
    return { ...batch, feeds: { ...batch.feeds, ...Object.fromEntries(turned) } };
  };

  return {
    name: 'generator',
    trained,
    frozen: state.frozen(trained),
    graph,
    batch: (index) => batchPart(index, { part: 0, parts: 1 }),
    batchPart,
    blind,
    describe: { ...o.describe, unconditional: o.unconditional, text: o.text, ...(conditions ? { conditions: conditions.describe } : {}) },
  };
}
