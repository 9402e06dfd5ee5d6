// Images of replies: signal tokens (NExT-GPT) or regressed rows (Emu) that a reply holds, with the generator that draws them, or codes.

import { join } from 'node:path';
import { input } from '../graph/index.js';
import type { RgbImage } from '../media/index.js';
import type { EncodedSequence, Model, SequenceMedia } from '../model/index.js';
import { endAdapter, LatentHead, SignalProjector, UnifiedNetwork } from '../networks/index.js';
import { compile, type Program } from '../runtime/compile.js';
import type { Tokenizer } from '../text/index.js';
import { ifThere, SensoriumError } from '../util/errors.js';
import { readText } from '../util/fs.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { FILES } from '../util/model-files.js';
import { codePainter } from './code-images.js';
import { type DrawOptions, type GeneratorOptions, ImageGenerator } from './draw.js';
import { HiddenStates, type KnownSequence } from './hidden-states.js';
import { joinRows } from './media-encoder.js';
import type { EncodeMedia } from './policy.js';
import type { ProgramOptions, Programs } from './programs.js';
import type { EndOptions } from './resolve.js';

/** The folder of a model's generator, inside its own. */
export const GENERATOR_FOLDER = 'generator';

/** A prompt and the ids of its reply, without its end. */
export interface RepliedSequence {
  prompt: EncodedSequence;
  reply: readonly number[];
}

/** What computes with a model: its policy, and rows of its media. */
export type DrawSource = Pick<Programs, 'encodeMedia' | 'policy'>;

/** The tokens of a reply that lead to images. */
export interface ImageTokensOf {
  /** Text of tokens that no reader is shown. */
  readonly hidden: readonly string[];
  /** Behind this token an image is made (Emu, codes), and the reply has ended. */
  readonly stop?: string;
}

/** What makes the images of replies. */
export interface ReplyPainter extends ImageTokensOf {
  /** The images of a reply, in order. */
  draw(replied: RepliedSequence, source: DrawSource, options: DrawOptions): Promise<RgbImage[]>;
  dispose(): Promise<void>;
}

/** What a head makes of replies: the conditions of their images, in order. */
interface Conditions extends ImageTokensOf {
  of(replied: RepliedSequence, encode: EncodeMedia): Promise<HostTensor<'float32'>[]>;
  dispose(): Promise<void>;
}

/** Id of a token that the model was trained with. Errors: `model.tokenizer`. */
function idOf(tokenizer: Tokenizer, token: string): number {
  const id = tokenizer.tokenId(token);
  if (id !== undefined) return id;
  throw new SensoriumError('model.tokenizer', 'the tokenizer lacks a token that leads to images', {
    place: tokenizer.place,
    expected: token,
  });
}

/** The whole of a prompt, its media encoded, with `more` ids behind it. */
async function whole({ prompt, reply }: RepliedSequence, encode: EncodeMedia, more: readonly number[] = []): Promise<KnownSequence> {
  const media = prompt.media as readonly SequenceMedia[];
  const ids = Int32Array.from([...prompt.ids, ...reply, ...more]);
  if (media.length === 0) return { ids };
  return { ids, features: joinRows([...(await encode(media))]), imagePositions: Int32Array.from(media.flatMap(({ at }) => [...at])) };
}

/** One program over [1, n, width], compiled once. */
class Projection {
  private compiled: Promise<Program> | undefined;
  constructor(private readonly make: () => Promise<Program>) {}
  async run(x: HostTensor<'float32'>): Promise<HostTensor<'float32'>> {
    this.compiled ??= this.make();
    return (await (await this.compiled).run({ x })).y as HostTensor<'float32'>;
  }
  async dispose(): Promise<void> {
    const [program] = await Promise.allSettled([this.compiled]);
    if (program.status === 'fulfilled') program.value?.dispose();
  }
}

/** Runs of all signal tokens in a reply, projected. */
function signalConditions(model: Model, projector: SignalProjector, options: GeneratorOptions): Conditions {
  const { tokens } = projector;
  const { tokenizer } = model.processor;
  const ids = tokens.map((token) => idOf(tokenizer, token));
  const states = new HiddenStates(model, options);
  const { runtime, threads } = options;
  const projection = new Projection(async () => {
    const width = projector.fc.inputs;
    return compile(
      { y: projector.project(input('x', [1, ids.length, width])) },
      { frozen: model.values, runtime, threads, name: 'signals' },
    );
  });
  return {
    hidden: tokens,
    async of({ prompt, reply }, encode) {
      const starts = reply.flatMap((_, i) => (ids.every((id, k) => reply[i + k] === id) ? [prompt.ids.length + i] : []));
      if (starts.length === 0) return [];
      const sequence = await whole({ prompt, reply }, encode);
      const out: HostTensor<'float32'>[] = [];
      for (const start of starts) {
        const { data, shape } = await states.at(
          sequence,
          ids.map((_, k) => start + k),
        );
        out.push(await projection.run({ dtype: 'float32', shape: [1, ...shape], data }));
      }
      return out;
    },
    async dispose() {
      await states.dispose();
      await projection.dispose();
    },
  };
}

/** Rows regressed one after another behind the token that begins an image. */
function latentConditions(model: Model, head: LatentHead, options: GeneratorOptions): Conditions {
  const { begin, end, rows } = head.options;
  const { tokenizer } = model.processor;
  const beginId = idOf(tokenizer, begin);
  const imageId = model.media?.imageTokenId;
  if (imageId === undefined)
    throw new SensoriumError('model.architecture', 'rows of images are regressed by a model that takes images', {
      place: model.dir,
      got: 'a model of text',
    });
  const states = new HiddenStates(model, options);
  const { runtime, threads } = options;
  const projection = new Projection(async () => {
    const width = head.stu_regress_head.inputs;
    return compile({ y: head.next(input('x', [1, width])) }, { frozen: model.values, runtime, threads, name: 'latents' });
  });
  return {
    hidden: [begin, end],
    stop: begin,
    async of({ prompt, reply }, encode) {
      const at = reply.indexOf(beginId);
      if (at < 0) return [];
      const sequence = await whole({ prompt, reply: reply.slice(0, at + 1) }, encode, new Array<number>(rows).fill(imageId));
      const first = prompt.ids.length + at + 1;
      const width = head.stu_regress_head.inputs;
      const made = hostTensor('float32', [rows, width]);
      const places = Int32Array.from({ length: rows }, (_, i) => first + i);
      const known = sequence.features?.data ?? new Float32Array();
      for (let row = 0; row < rows; row++) {
        // Rows that are not there yet stand behind the place that is read, which they do not change.
        const features = hostTensor('float32', [known.length / width + rows, width], Float32Array.from([...known, ...made.data]));
        const imagePositions = Int32Array.from([...(sequence.imagePositions ?? []), ...places]);
        const state = await states.at({ ids: sequence.ids, features, imagePositions }, [first + row - 1]);
        made.data.set((await projection.run(state)).data, row * width);
      }
      return [made];
    },
    async dispose() {
      await states.dispose();
      await projection.dispose();
    },
  };
}

/** A generator that draws from what a head makes of replies. */
class GeneratorPainter implements ReplyPainter {
  constructor(
    readonly conditions: Conditions,
    private readonly generator: ImageGenerator,
  ) {}
  get hidden(): readonly string[] {
    return this.conditions.hidden;
  }
  get stop(): string | undefined {
    return this.conditions.stop;
  }
  async draw(replied: RepliedSequence, source: DrawSource, { seed = 0, ...options }: DrawOptions): Promise<RgbImage[]> {
    const images: RgbImage[] = [];
    for (const [i, rows] of (await this.conditions.of(replied, source.encodeMedia)).entries())
      images.push(await this.generator.draw(rows, { ...options, seed: seed + i }));
    return images;
  }
  async dispose(): Promise<void> {
    await this.conditions.dispose();
    await this.generator.dispose();
  }
}

/** Draws what the replies of one model ask for. */
export class ReplyImages {
  private constructor(private readonly painter: ReplyPainter) {}

  /**
   * For a model that writes codes of images; for one with signal tokens or a head for rows, and a generator: the folder named, else the one inside the model's.
   * Undefined for other models, and for one without a generator. Errors: `generate.input` for a generator with other conditions, `model.tokenizer`, those of `ImageGenerator.load`.
   */
  static async open(
    model: Model,
    { generator, runtime, threads }: ProgramOptions & { generator?: string } = {},
  ): Promise<ReplyImages | undefined> {
    const options = { runtime, threads };
    if (model.network instanceof UnifiedNetwork) return new ReplyImages(codePainter(model, model.network, options));
    const projector = endAdapter(model.network, SignalProjector);
    const head = endAdapter(model.network, LatentHead);
    if (!projector && !head) return undefined;
    const inside = model.dir === '' ? undefined : join(model.dir, GENERATOR_FOLDER);
    const dir = generator ?? (inside && (await ifThere(() => readText(join(inside, FILES.config)))) !== undefined ? inside : undefined);
    return dir === undefined ? undefined : ReplyImages.of(model, await ImageGenerator.load(dir, options), options);
  }

  /** With a generator that is open already, which is disposed with it. Errors: as `open`. */
  static of(model: Model, generator: ImageGenerator, options: GeneratorOptions = {}): ReplyImages {
    const projector = endAdapter(model.network, SignalProjector);
    const head = endAdapter(model.network, LatentHead);
    const conditions = projector ? signalConditions(model, projector, options) : latentConditions(model, head as LatentHead, options);
    const wanted = projector ? [projector.options.rows, projector.options.size] : [head?.options.rows, head?.stu_regress_head.outputs];
    const { condition_length, condition_size } = generator.config;
    if (wanted[0] !== condition_length || wanted[1] !== condition_size)
      throw new SensoriumError('generate.input', 'this generator draws from other rows than the model gives', {
        expected: `[${wanted.join(', ')}]`,
        got: `[${condition_length}, ${condition_size}]`,
      });
    return new ReplyImages(new GeneratorPainter(conditions, generator));
  }

  /** A request whose reply also ends where an image is begun; `stops`: where the model's replies end without any. */
  ending<O extends EndOptions>(request: O, stops: readonly string[]): O {
    const { stop } = this.painter;
    if (stop === undefined) return request;
    const { stop: given = stops } = request;
    return { ...request, stop: [stop, ...(typeof given === 'string' ? [given] : given)] };
  }

  /** A text without the tokens that lead to images. */
  shown(text: string): string {
    return this.painter.hidden.reduce((rest, token) => rest.replaceAll(token, ''), text);
  }

  /** The conditions of a reply's images, in order; none of a model that writes codes. */
  async conditionsOf(replied: RepliedSequence, encode: EncodeMedia): Promise<HostTensor<'float32'>[]> {
    return this.painter instanceof GeneratorPainter ? this.painter.conditions.of(replied, encode) : [];
  }

  /** The images of a reply, in order, with seeds that count on; none where it asks for none. */
  draw(replied: RepliedSequence, source: DrawSource, options: DrawOptions = {}): Promise<RgbImage[]> {
    return this.painter.draw(replied, source, options);
  }

  /** Frees programs and generator. */
  async dispose(): Promise<void> {
    await this.painter.dispose();
  }
}
