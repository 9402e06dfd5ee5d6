// Projected gradient descent on pixels (Madry et al. 2018, arXiv:1706.06083), through the gradients of our own graphs, against every model that trains here.

import { grad, type Input, type Parameter, topological } from '../../graph/index.js';
import type { RgbImage } from '../../media/index.js';
import type { Model, Sequence } from '../../model/index.js';
import { VisionNetwork } from '../../networks/index.js';
import { compile, type Program } from '../../runtime/compile.js';
import type { Runtime } from '../../runtime/runtime.js';
import type { ChatMessage } from '../../text/index.js';
import { SequenceGraph } from '../../train/sequence-graph.js';
import { trainingSession } from '../../train/session.js';
import { SensoriumError, throwIfAborted } from '../../util/errors.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import { Rng } from '../../util/rng.js';

/** How far and how long pixels are moved. */
export interface PgdOptions {
  /** Largest change of a value of 0…255. Default 8. */
  epsilon?: number;
  /** Steps of each start. Default 10. */
  steps?: number;
  /** Change of a step. Default a quarter of epsilon, at least 1. */
  step?: number;
  /** Starts at random places within epsilon; the one with the best loss is kept. Default 1. */
  restarts?: number;
  seed?: number;
  signal?: AbortSignal;
}

/** A question about an image, and the reply that is to be made likely or unlikely. */
export interface PgdTarget {
  image: RgbImage;
  question: string;
  reply: string;
  /** `away`: the reply gets less likely; `towards`: more likely. */
  towards: boolean;
}

/** What came of an attack. The image has the size that the model's encoder takes, so that asking about it changes nothing any more. */
export interface PgdResult {
  image: RgbImage;
  /** The same picture at that size, unchanged. */
  clean: RgbImage;
  /** Mean negative log-probability of a token of the reply, before, and after in whole values of 0…255. */
  before: number;
  after: number;
  /** Gradients that were computed. */
  gradients: number;
}

/** Bounds on what is asked for. */
const MOST = { steps: 1000, restarts: 32 } as const;

function checked({ epsilon = 8, steps = 10, step = Math.max(1, epsilon / 4), restarts = 1, seed = 0 }: PgdOptions) {
  const ranges: [string, number, number, number, boolean][] = [
    ['epsilon', epsilon, 0, 255, false],
    ['steps', steps, 1, MOST.steps, true],
    ['step', step, 0, 255, false],
    ['restarts', restarts, 1, MOST.restarts, true],
  ];
  for (const [place, value, low, high, whole] of ranges)
    if (!(value >= low && value <= high) || (whole && !Number.isInteger(value)))
      throw new SensoriumError('trust.attack', 'an option of the attack is out of range', {
        place,
        expected: `${whole ? 'a whole number ' : ''}from ${low} to ${high}`,
        got: String(value),
      });
  return { epsilon, steps, step, restarts, seed };
}

/** A picture of one value. */
const plain = (width: number, height: number, value: number): RgbImage => ({
  width,
  height,
  data: new Uint8Array(3 * width * height).fill(value),
});

/** A compiled gradient and what it is fed. */
interface Gradient {
  program: Program;
  /** The pixels among its inputs. */
  pixels: string;
}

/** Attacks one model; programs are kept for questions of equal lengths. */
export class PixelAttack {
  private readonly graph: SequenceGraph;
  private readonly programs = new Map<string, Gradient>();
  /** What black and white become as pixels of the encoder: what lies between is linear. */
  private range: { black: Float32Array; white: Float32Array } | undefined;

  /** What the program holds. The tower's values are fed, as in training: where they are constants, ONNX Runtime's optimizer breaks the sum of patches and positions. */
  private readonly frozen: ReadonlyMap<Parameter, HostTensor>;

  /** Errors: `trust.attack` for a model without an image encoder. The model stays its owner's. */
  constructor(
    private readonly model: Model,
    private readonly options: { runtime?: Runtime; threads?: number } = {},
  ) {
    const { network, tokenizer, values } = model;
    if (!(network instanceof VisionNetwork))
      throw new SensoriumError('trust.attack', 'only models that take images can be attacked through pixels', {
        place: model.dir,
        got: model.kind,
      });
    // The tower counts as trained, so the graph begins at the pixels.
    const trained = new Set<Parameter>(network.parts().vision);
    this.frozen = new Map([...values].filter(([parameter]) => !trained.has(parameter)));
    this.graph = new SequenceGraph({ model, values, trained, maxLength: 4096, pad: tokenizer?.specialIds.pad ?? 0, ...options });
  }

  async dispose(): Promise<void> {
    for (const { program } of this.programs.values()) program.dispose();
    await this.graph.dispose();
  }

  /** Runs the attack. Errors: `trust.attack` for options out of range and for encoders that do not take one picture; the reason of `signal`. */
  async run({ image, question, reply, towards }: PgdTarget, options: PgdOptions = {}): Promise<PgdResult> {
    const { epsilon, steps, step, restarts, seed } = checked(options);
    const { signal } = options;
    const first = await this.encode(image, question, reply);
    const shape = await this.pixelShape(first);
    const [height, width] = shape.slice(-2) as [number, number];
    const clean = await this.fitted(image, first, width, height);
    const sequence = image === clean ? first : await this.encode(clean, question, reply);
    const batch = await this.graph.batch([sequence]);
    const { program, pixels } = await this.gradient(batch.bucket);
    const fed = Array.from(program.parameters, ([name, parameter]) => [name, this.model.values.get(parameter) as HostTensor] as const);
    const feeds = Object.fromEntries([
      ...program.inputs.flatMap(({ name }) => (batch.feeds[name] ? [[name, batch.feeds[name]] as const] : [])),
      ...fed,
    ]);
    const start = Float32Array.from(toPlanes(clean));
    let gradients = 0;
    /** Loss and gradient at values of 0…255. */
    const at = async (values: Float32Array): Promise<{ loss: number; gradient: Float32Array }> => {
      throwIfAborted(signal);
      const { loss, gradient } = await program.run({ ...feeds, [pixels]: hostTensor('float32', shape, this.toPixels(values)) });
      gradients++;
      const scale = this.scale();
      return {
        loss: (loss as HostTensor<'float32'>).data[0] as number,
        gradient: (gradient as HostTensor<'float32'>).data.map((g, i) => g * (scale[i] as number)),
      };
    };
    const before = (await at(start)).loss;
    const better = (a: number, b: number): boolean => (towards ? a < b : a > b);
    let best: { values: Float32Array; loss: number } = { values: start, loss: before };
    const rng = new Rng(seed);
    const clip = (value: number, i: number): number => {
      const from = start[i] as number;
      return Math.min(Math.min(255, from + epsilon), Math.max(Math.max(0, from - epsilon), value));
    };
    for (let r = 0; r < restarts; r++) {
      let values = start.map((v, i) => clip(v + rng.uniform(-epsilon, epsilon), i));
      for (let s = 0; s < steps; s++) {
        const { gradient } = await at(values);
        values = values.map((v, i) => clip(v + (towards ? -step : step) * Math.sign(gradient[i] as number), i));
      }
      // A file holds whole values: these count. Rounding may not leave epsilon.
      const whole = values.map((v, i) => clip(Math.round(v), i)).map((v, i) => (v > (start[i] as number) ? Math.floor(v) : Math.ceil(v)));
      const { loss } = await at(whole);
      if (better(loss, best.loss)) best = { values: whole, loss };
    }
    return { image: fromPlanes(best.values, width, height), clean, before, after: best.loss, gradients };
  }

  private async encode(image: RgbImage, question: string, reply: string): Promise<Sequence> {
    const content = [
      { type: 'image' as const, source: image },
      { type: 'text' as const, text: question },
    ];
    const messages: ChatMessage[] = [
      { role: 'user', content },
      { role: 'assistant', content: reply },
    ];
    const sequence = await this.model.processor.encode(messages, { addGenerationPrompt: false });
    if (sequence.media.length === 1) return sequence;
    throw this.unfit(`${sequence.media.length} media`);
  }

  private unfit(got: string): SensoriumError {
    return new SensoriumError('trust.attack', 'this encoder cannot be attacked through its pixels', {
      place: this.model.dir,
      expected: 'one picture of 3 channels, [1, 3, height, width]',
      got,
      hint: 'Encoders of tiles or of patches take a picture apart; attack a model whose encoder takes it whole',
    });
  }

  /** The shape of the pixels that a sequence is fed with; both ends of the range of values are found on the way. */
  private async pixelShape(sequence: Sequence): Promise<number[]> {
    const feeds = await (sequence.media[0] as Sequence['media'][number]).feeds();
    const found = Object.values(feeds).filter(
      ({ shape, dtype }) => dtype === 'float32' && shape.length === 4 && shape[0] === 1 && shape[1] === 3,
    );
    if (found.length !== 1)
      throw this.unfit(
        Object.entries(feeds)
          .map(([name, { shape }]) => `${name} [${shape.join(', ')}]`)
          .join(', '),
      );
    const { shape } = found[0] as HostTensor;
    const [height, width] = shape.slice(-2) as [number, number];
    if (this.range?.black.length !== 3 * width * height) {
      const [black, white] = await Promise.all([0, 255].map((value) => this.pixelsOf(plain(width, height, value))));
      this.range = { black: black as Float32Array, white: white as Float32Array };
    }
    return [...shape];
  }

  private async pixelsOf(image: RgbImage): Promise<Float32Array> {
    const { media } = await this.encode(image, ' ', ' ');
    const feeds = await (media[0] as Sequence['media'][number]).feeds();
    return (Object.values(feeds).find(({ shape, dtype }) => dtype === 'float32' && shape.length === 4) as HostTensor<'float32'>).data;
  }

  /** The picture as the encoder takes it, in whole values: itself where it has that size already. */
  private async fitted(image: RgbImage, sequence: Sequence, width: number, height: number): Promise<RgbImage> {
    if (image.width === width && image.height === height) return image;
    const feeds = await (sequence.media[0] as Sequence['media'][number]).feeds();
    const pixels = (Object.values(feeds).find(({ shape, dtype }) => dtype === 'float32' && shape.length === 4) as HostTensor<'float32'>)
      .data;
    const { black } = this.range as { black: Float32Array };
    const scale = this.scale();
    return fromPlanes(
      pixels.map((v, i) => Math.round(Math.min(255, Math.max(0, (v - (black[i] as number)) / (scale[i] as number))))),
      width,
      height,
    );
  }

  /** Change of an encoder's pixel for a change of 1 of 0…255. */
  private scale(): Float32Array {
    const { black, white } = this.range as { black: Float32Array; white: Float32Array };
    return white.map((v, i) => (v - (black[i] as number)) / 255);
  }

  private toPixels(values: Float32Array): Float32Array {
    const { black } = this.range as { black: Float32Array };
    const scale = this.scale();
    return values.map((v, i) => (black[i] as number) + v * (scale[i] as number));
  }

  /** Mean loss of the reply and its gradient with respect to the pixels, compiled once for each bucket. */
  private async gradient(bucket: string): Promise<Gradient> {
    const known = this.programs.get(bucket);
    if (known) return known;
    const { logProbs, weights } = this.graph.trace(bucket);
    const loss = logProbs.mul(weights).sum().neg().div(weights.sum());
    const pixels = topological([loss]).leaves.find((leaf) => leaf.dtype === 'float32' && leaf.rank === 4 && isInput(leaf)) as
      | Input
      | undefined;
    if (!pixels) throw this.unfit('a graph without pixels');
    const outputs = { loss, gradient: grad(loss, pixels) };
    const program = await compile(outputs, { ...trainingSession(outputs), ...this.options, frozen: this.frozen, name: 'attack' });
    const made = { program, pixels: pixels.name };
    this.programs.set(bucket, made);
    return made;
  }
}

const isInput = (leaf: unknown): leaf is Input => typeof (leaf as Partial<Input>).name === 'string';

/** Values by channel, rows within: [3, height, width]. */
function toPlanes({ width, height, data }: RgbImage): Float32Array {
  const out = new Float32Array(3 * width * height);
  for (let c = 0; c < 3; c++) for (let i = 0; i < width * height; i++) out[c * width * height + i] = data[3 * i + c] as number;
  return out;
}

function fromPlanes(values: Float32Array, width: number, height: number): RgbImage {
  const data = new Uint8Array(3 * width * height);
  for (let c = 0; c < 3; c++) for (let i = 0; i < width * height; i++) data[3 * i + c] = values[c * width * height + i] as number;
  return { width, height, data };
}
