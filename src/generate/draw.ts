// Drawing: from noise to an image along the flow of a generator, step by step, led by a text or by rows of another origin.

import { input, type Parameter } from '../graph/index.js';
import type { RgbImage } from '../media/index.js';
import { type GeneratorConfig, GeneratorTexts, SensoriumGenerator } from '../networks/index.js';
import { compile, type Program } from '../runtime/compile.js';
import type { Runtime, RuntimeName } from '../runtime/runtime.js';
import { Tokenizer } from '../text/index.js';
import { ifThere, SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { Rng } from '../util/rng.js';
import { loadNetwork } from '../weights/index.js';

/** How a step along the flow is made: with the velocity where it begins, or with the mean of those where it begins and ends. */
export const SOLVERS = ['euler', 'heun'] as const;
/** How an image is integrated from noise. */
export type Solver = (typeof SOLVERS)[number];

/** How an image is drawn. */
export interface DrawOptions {
  /** 1 to 1000. Default 24. */
  steps?: number;
  /** Classifier-free guidance, 0 to 100: 1 is the text alone, more is more of it. Default 1.5, at which recipes/generator.ts draws what is asked for most often. */
  guidance?: number;
  /** The same seed gives the same pixels. Default 0. */
  seed?: number;
  /** Default `euler`. */
  solver?: Solver;
  /** Of a model that writes an image as codes: 0, default, takes the most probable ones; above it they are drawn by the seed. */
  temperature?: number;
  signal?: AbortSignal;
}

/** Where programs run. */
export interface GeneratorOptions {
  runtime?: Runtime | RuntimeName;
  threads?: number;
}

/** Throws `generate.option` for what cannot be. */
function checked({ steps = 24, guidance = 1.5, seed = 0, solver = 'euler' }: DrawOptions) {
  const wrong = (place: string, expected: string, got: unknown): SensoriumError =>
    new SensoriumError('generate.option', 'an image cannot be drawn in this way', { place, expected, got: String(got) });
  if (!Number.isInteger(steps) || steps < 1 || steps > 1000) throw wrong('steps', 'a whole number from 1 to 1000', steps);
  if (!(guidance >= 0 && guidance <= 100)) throw wrong('guidance', 'a number from 0 to 100', guidance);
  if (!Number.isSafeInteger(seed)) throw wrong('seed', 'a whole number', seed);
  if (!SOLVERS.includes(solver)) throw wrong('solver', SOLVERS.join(' or '), solver);
  return { steps, guidance, seed, solver };
}

/** A generator that draws; `dispose` frees its programs, which are compiled at the first use. */
export class ImageGenerator {
  private readonly programs = new Map<string, Promise<Program>>();
  private constructor(
    readonly network: SensoriumGenerator,
    private readonly values: ReadonlyMap<Parameter, HostTensor>,
    private readonly tokenizer: Tokenizer | undefined,
    private readonly options: GeneratorOptions,
  ) {}

  /** Opens a folder. Errors: `model.architecture` for a model of another kind, those of `loadNetwork` and of the tokenizer. */
  static async load(dir: string, { signal, ...options }: GeneratorOptions & { signal?: AbortSignal } = {}): Promise<ImageGenerator> {
    const { network, values } = await loadNetwork(dir, { kinds: ['encoder'], signal });
    if (!(network instanceof SensoriumGenerator))
      throw new SensoriumError('model.architecture', 'this model does not draw', {
        place: dir,
        expected: 'model_type sensorium_generator',
        got: network.constructor.name,
      });
    return ImageGenerator.of(network, { values, tokenizer: await ifThere(() => Tokenizer.fromFolder(dir)) }, options);
  }

  /** A generator from a network with its values; without a tokenizer it draws from rows alone. */
  static of(
    network: SensoriumGenerator,
    { values, tokenizer }: { values: ReadonlyMap<Parameter, HostTensor>; tokenizer?: Tokenizer },
    options: GeneratorOptions = {},
  ): ImageGenerator {
    return new ImageGenerator(network, values, tokenizer, options);
  }

  get config(): GeneratorConfig {
    return this.network.config;
  }

  /** The condition of texts, [n, length, size]. Errors: `text.length`; `model.tokenizer`, `model.architecture` where no text is read. */
  async condition(texts: readonly string[]): Promise<HostTensor<'float32'>> {
    const { condition_length: length, condition_size: size } = this.config;
    if (!this.tokenizer)
      throw new SensoriumError('model.tokenizer', 'this generator has no tokenizer, so it reads no text', { place: 'generator' });
    const prepared = new GeneratorTexts(this.config, this.tokenizer).batch(texts);
    const program = await this.program('condition', () =>
      this.network.condition(input('ids', [1, length], 'int32'), input('kept', [1, length, 1])),
    );
    const out = hostTensor('float32', [texts.length, length, size]);
    for (let i = 0; i < texts.length; i++) {
      const ids = hostTensor('int32', [1, length], prepared.ids.data.slice(i * length, (i + 1) * length));
      const kept = hostTensor('float32', [1, length, 1], prepared.kept.data.slice(i * length, (i + 1) * length));
      out.data.set((await program.run({ ids, kept })).y?.data as Float32Array, i * length * size);
    }
    return out;
  }

  /**
   * Draws a text, or what the rows [length, size] or [1, length, size] say. One image at a time, so that its pixels depend on nothing that is drawn beside it.
   * Errors: `generate.option`, `generate.input` for rows of another shape, those of `condition`.
   */
  async draw(what: string | HostTensor<'float32'>, options: DrawOptions = {}): Promise<RgbImage> {
    const { steps, guidance, seed, solver } = checked(options);
    const { image_size: side, condition_length: length, condition_size: size } = this.config;
    const rows = typeof what === 'string' ? await this.condition([what]) : what;
    if (rows.data.length !== length * size || rows.shape.at(-1) !== size)
      throw new SensoriumError('generate.input', 'these rows are not what the generator draws from', {
        expected: `[${length}, ${size}]`,
        got: `[${rows.shape.join(', ')}]`,
      });
    const x = hostTensor('float32', [1, 3, side, side]);
    const rng = new Rng(seed).fork('noise');
    for (let i = 0; i < x.data.length; i++) x.data[i] = rng.normal();
    const condition = hostTensor('float32', [1, length, size], rows.data);
    const velocity = await this.velocity(condition, guidance);
    for (let step = 0; step < steps; step++) {
      options.signal?.throwIfAborted();
      const [from, to] = [step / steps, (step + 1) / steps];
      const first = await velocity(x, from);
      const ahead = hostTensor(
        'float32',
        x.shape,
        x.data.map((v, i) => v + (to - from) * (first[i] as number)),
      );
      // At the image itself there is no velocity to take a mean with.
      if (solver === 'heun' && step + 1 < steps) {
        const second = await velocity(ahead, to);
        for (let i = 0; i < x.data.length; i++)
          x.data[i] = (x.data[i] as number) + ((to - from) / 2) * ((first[i] as number) + (second[i] as number));
      } else x.data.set(ahead.data);
    }
    return toImage(x.data, side);
  }

  /** What the network expects the velocity to be at a point of the flow. */
  private async velocity(condition: HostTensor<'float32'>, guidance: number) {
    const { image_size: side } = this.config;
    const point = () => [input('x', [1, 3, side, side]), input('t', [1]), input('condition', condition.shape)] as const;
    const program =
      guidance === 1
        ? await this.program('plain', () => this.network.expected(...point()))
        : await this.program('guided', () => this.network.guided(...point(), input('guidance', [1])));
    const strength: Record<string, HostTensor> = guidance === 1 ? {} : { guidance: hostTensor('float32', [1], [guidance]) };
    return async (x: HostTensor<'float32'>, t: number): Promise<Float32Array> => {
      const { y } = await program.run({ x, t: hostTensor('float32', [1], [t]), condition, ...strength });
      return (y as HostTensor<'float32'>).data.map((v, i) => (v - (x.data[i] as number)) / (1 - t));
    };
  }

  private program(name: string, graph: () => Parameters<typeof compile>[0][string]): Promise<Program> {
    let program = this.programs.get(name);
    if (!program) {
      program = compile({ y: graph() }, { frozen: this.values, name, ...this.options });
      this.programs.set(name, program);
    }
    return program;
  }

  /** Frees the programs. */
  async dispose(): Promise<void> {
    const programs = await Promise.allSettled(this.programs.values());
    this.programs.clear();
    for (const p of programs) if (p.status === 'fulfilled') p.value.dispose();
  }
}

/** Values of -1 to 1, [3, side, side], as bytes. */
export function toImage(values: Float32Array, side: number): RgbImage {
  const data = new Uint8Array(3 * side * side);
  const area = side * side;
  for (let i = 0; i < area; i++)
    for (let c = 0; c < 3; c++) data[3 * i + c] = Math.max(0, Math.min(255, Math.round(((values[c * area + i] as number) + 1) * 127.5)));
  return { width: side, height: side, data };
}
