// Texts and images as unit vectors in one space: a CLIP, SigLIP or ImageBind folder, compiled once for single inputs and once for batches.

import { basename, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { input, type Parameter, valueBytes } from '../graph/index.js';
import { type ImageProcessor, imageProcessor, type RgbImage, type Sound } from '../media/index.js';
import { towerPixels } from '../networks/families/llava/tower-pixels.js';
import { readProcessorConfigs } from '../networks/processor-files.js';
import { compile, type Program } from '../runtime/compile.js';
import { Tokenizer, textFrame } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { loadNetwork, modelFolder, readConfig } from '../weights/index.js';
import { type DualEncoder, dualEncoder, type OtherTower } from './dual-encoder.js';
import { Turns } from './turns.js';

/** Inputs of one run. Two sizes only: a program's shapes are static and each is compiled once. */
const BATCHES = [1, 16] as const;

/** Longer texts are refused before they are tokenised, which would take seconds for megabytes. */
const MAX_TOKEN_LENGTH = 256;

/** Characters that are measured at a time, and tokens that such a piece may have fewer as a part of its text than by itself. */
const PIECE = 1024;
const PIECE_SLACK = 4;
/** Characters that are tokenized before others have their turn. */
const TURN = 16_384;

/** `model_type` of models that embed. */
const EMBEDDING: readonly string[] = ['clip', 'sensorium_clip', 'siglip', 'imagebind'];

/** Who asks. */
export interface EmbedOptions {
  /** Owners take turns, batch by batch. */
  owner?: string | undefined;
}

/** Vectors and the tokens that they took (0 for images). */
export interface Embedded {
  vectors: Float32Array[];
  tokens: number;
}

/** A CLIP model that embeds texts and images, or an ImageBind, which embeds more. */
export class ClipEmbedder {
  private readonly programs = new Map<string, Promise<Program>>();
  /** One batch is computed at a time: they would only take the cores from each other, and from what else is served. */
  private readonly turns = new Turns(1);
  /** What stands around every text. Tokenizers without a frame (ours) get the end token that the model pools at. */
  private readonly frame: { before: readonly number[]; after: readonly number[] };
  private constructor(
    readonly name: string,
    private readonly encoder: DualEncoder,
    private readonly values: ReadonlyMap<Parameter, HostTensor>,
    private readonly tokenizer: Tokenizer,
    private readonly processor: ImageProcessor,
    private readonly threads: number | undefined,
  ) {
    const { before, after } = textFrame(tokenizer);
    this.frame = { before, after: after.length > 0 ? after : encoder.after(tokenizer) };
  }

  /**
   * Loads a CLIPModel, SiglipModel or ImageBind folder in Hugging Face layout, or one of the hub. Errors: `serve.embeddings` for another model, `model.config`,
   * `weights.*`, `text.*`, `media.config`.
   */
  static async load(model: string, options: { threads?: number; name?: string } = {}): Promise<ClipEmbedder> {
    const dir = await modelFolder(model);
    const { model_type: type } = await readConfig(dir);
    if (typeof type !== 'string' || !EMBEDDING.includes(type))
      throw new SensoriumError('serve.embeddings', 'this is not a CLIP, SigLIP or ImageBind model', {
        place: `${dir}/config.json: model_type`,
        expected: EMBEDDING.map((name) => `'${name}'`).join(', '),
        got: type === undefined ? 'nothing' : JSON.stringify(type),
        hint: 'Embeddings of texts and images come from the folder of a CLIPModel, a SiglipModel or an ImageBind',
      });
    const { network, values } = await loadNetwork(dir, { kinds: ['encoder'] });
    const { image, place } = await readProcessorConfigs(dir);
    const [tokenizer, processor] = [await Tokenizer.fromFolder(dir), imageProcessor(image, place)];
    return new ClipEmbedder(
      options.name ?? (dir === model ? basename(resolve(dir)) : model),
      dualEncoder(network, tokenizer, dir),
      values,
      tokenizer,
      processor,
      options.threads,
    );
  }

  /** Side of the images that the model takes, in pixels. */
  get side(): number {
    return this.encoder.side;
  }

  /** Length of the vectors. */
  get width(): number {
    return this.encoder.width;
  }

  /**
   * Embeds texts, each in the frame of the tokenizer's post-processor; ids of tokens are put into it unless they have it. Throws
   * `text.length`, with the index as its place, for one that is longer than the model's context, unless `truncate` cuts it before the
   * end token as transformers does, and `text.id` for ids that the model does not have.
   */
  async texts(
    texts: readonly (string | readonly number[])[],
    signal?: AbortSignal,
    { truncate = false, owner }: EmbedOptions & { truncate?: boolean } = {},
  ): Promise<Embedded> {
    const { context: length } = this.encoder;
    const { before, after } = this.frame;
    const rows: number[][] = [];
    let characters = 0;
    for (const [i, text] of texts.entries()) {
      const tooLong = (got: string): SensoriumError =>
        new SensoriumError('text.length', 'the text is too long', { place: `input[${i}]`, expected: `at most ${length} tokens`, got });
      if (!truncate && text.length > length * MAX_TOKEN_LENGTH)
        throw tooLong(`${text.length} ${typeof text === 'string' ? 'characters' : 'tokens'}`);
      characters += text.length;
      if (characters > TURN) {
        await setImmediate(); // others want their turn
        signal?.throwIfAborted();
        characters = 0;
      }
      const room = length - before.length - after.length;
      const ids = typeof text === 'string' ? this.tokenizer.encode(this.beginning(text, room)) : this.ownIds(text, i);
      if (!truncate && ids.length > room) throw tooLong(`at least ${before.length + ids.length + after.length}`);
      rows.push([...before, ...ids.slice(0, room), ...after]);
    }
    const vectors = await this.batches(rows, { signal, owner }, async (members, size) => {
      const program = await this.program(`texts${size}`, () => this.encoder.texts(size));
      return (await program.run(this.encoder.feeds(members, size, [...before, ...after]))).y as HostTensor<'float32'>;
    });
    return { vectors, tokens: rows.reduce((sum, row) => sum + row.length, 0) };
  }

  /** All of a text that may have `room` tokens or fewer, of others a beginning that has more: the rest need not be tokenized. */
  private beginning(text: string, room: number): string {
    const all = text.slice(0, this.encoder.context * MAX_TOKEN_LENGTH);
    for (let at = 0, tokens = 0; at < all.length && all.length > PIECE; ) {
      const end = at + PIECE + ((all.codePointAt(at + PIECE - 1) ?? 0) > 0xffff ? 1 : 0); // no character is cut in half
      tokens += Math.max(0, this.tokenizer.encode(all.slice(at, end)).length - PIECE_SLACK);
      if (tokens > room) return all.slice(0, end);
      at = end;
    }
    return all;
  }

  /** Ids without the frame. */
  private ownIds(ids: readonly number[], index: number): readonly number[] {
    const { before, after } = this.frame;
    const size = this.encoder.vocabulary;
    const wrong = ids.find((id) => !(Number.isInteger(id) && id >= 0 && id < size));
    if (wrong !== undefined)
      throw new SensoriumError('text.id', 'there is no such token', {
        place: `input[${index}]`,
        expected: `0 to ${size - 1}, ids of this model's own tokenizer`,
        got: String(wrong),
        hint: 'Send texts instead: clients that count tokens by themselves (LangChain: check_embedding_ctx_length) have the ids of another tokenizer',
      });
    const starts = before.every((id, i) => ids[i] === id);
    const ends = after.every((id, i) => ids[ids.length - after.length + i] === id);
    return starts && ends && ids.length >= before.length + after.length ? ids.slice(before.length, ids.length - after.length) : ids;
  }

  /** Bytes of the weights. */
  get bytes(): number {
    let bytes = 0;
    for (const value of this.values.values()) bytes += valueBytes(value);
    return bytes;
  }

  /** Embeds images of any size. */
  async images(images: readonly RgbImage[], signal?: AbortSignal, { owner }: EmbedOptions = {}): Promise<Embedded> {
    const { side } = this.encoder;
    const vectors = await this.batches(images, { signal, owner }, async (members, size) => {
      const pixels = hostTensor('float32', [size, 3, side, side]);
      pixels.data.set((await towerPixels(members, this.processor, side, { signal })).data);
      const program = await this.program(`images${size}`, () => this.encoder.images(input('pixels', [size, 3, side, side])));
      return (await program.run({ pixels })).y as HostTensor<'float32'>;
    });
    return { vectors, tokens: 0 };
  }

  /** Modalities beside texts and images: of an ImageBind `audio`, `depth`, `thermal` and `imu`. */
  get modalities(): readonly string[] {
    return Object.keys(this.encoder.others ?? {});
  }

  /** Shape of one input of such a modality. Errors: `serve.embeddings` for one that the model does not have. */
  shapeOf(modality: string): readonly number[] {
    return this.other(modality).shape;
  }

  /** Embeds sounds of any length and rate: the mean of their cuts. Errors: `serve.embeddings` for a model that does not hear, `media.sound`. */
  async sounds(sounds: readonly Sound[], signal?: AbortSignal, options: EmbedOptions = {}): Promise<Embedded> {
    const { cuts } = this.other('audio');
    if (!cuts) throw this.without('audio');
    return this.others('audio', sounds.map(cuts), signal, options);
  }

  /**
   * Embeds inputs of another modality, each one tensor of `shapeOf(modality)` as its tower was trained to take it, or several, such as cuts of
   * a recording, whose vector is that of their mean. Errors: `serve.embeddings` for another modality, or a tensor of another shape.
   */
  async others(
    modality: string,
    items: readonly (HostTensor<'float32'> | readonly HostTensor<'float32'>[])[],
    signal?: AbortSignal,
    { owner }: EmbedOptions = {},
  ): Promise<Embedded> {
    const tower = this.other(modality);
    const each = items.map((item) => ('data' in item ? [item] : item));
    const flat = each.flat();
    const count = tower.shape.reduce((a, b) => a * b, 1);
    for (const [i, { shape }] of flat.entries())
      if (shape.join() !== tower.shape.join())
        throw new SensoriumError('serve.embeddings', 'an input has another shape than the tower takes', {
          place: `${modality}[${i}]`,
          expected: `[${tower.shape.join(', ')}]`,
          got: `[${shape.join(', ')}]`,
        });
    const vectors = await this.batches(flat, { signal, owner }, async (members, size) => {
      const inputs = hostTensor('float32', [size, ...tower.shape]);
      members.forEach(({ data }, b) => void inputs.data.set(data, b * count));
      const program = await this.program(`${modality}${size}`, () => tower.embed(input('inputs', [size, ...tower.shape])));
      return (await program.run({ inputs })).y as HostTensor<'float32'>;
    });
    let at = 0;
    const whole = each.map(({ length }) => {
      at += length;
      return unitMean(vectors.slice(at - length, at));
    });
    return { vectors: whole, tokens: 0 };
  }

  private other(modality: string): OtherTower {
    const tower = Object.hasOwn(this.encoder.others ?? {}, modality) ? this.encoder.others?.[modality] : undefined;
    if (tower) return tower;
    throw this.without(modality);
  }

  private without(modality: string): SensoriumError {
    return new SensoriumError('serve.embeddings', 'this model does not embed inputs of this modality', {
      place: this.name,
      expected: ['texts', 'images', ...this.modalities].join(', '),
      got: modality,
      hint: 'An ImageBind embeds sounds, depth, heat and motion',
    });
  }

  /** Frees the programs. */
  async dispose(): Promise<void> {
    const programs = await Promise.allSettled(this.programs.values());
    this.programs.clear();
    for (const p of programs) if (p.status === 'fulfilled') p.value.dispose();
  }

  private async batches<T>(
    items: readonly T[],
    { signal, owner }: EmbedOptions & { signal: AbortSignal | undefined },
    run: (members: readonly T[], size: number) => Promise<HostTensor<'float32'>>,
  ): Promise<Float32Array[]> {
    const vectors: Float32Array[] = [];
    for (let at = 0; at < items.length; ) {
      signal?.throwIfAborted();
      const size = items.length - at === 1 ? BATCHES[0] : BATCHES[1];
      const members = items.slice(at, at + size);
      const leave = await this.turns.take(signal, owner);
      const { data } = await run(members, size).finally(leave);
      members.forEach((_, b) => void vectors.push(data.slice(b * this.width, (b + 1) * this.width)));
      at += members.length;
    }
    return vectors;
  }

  private program(key: string, graph: () => Parameters<typeof compile>[0][string]): Promise<Program> {
    let program = this.programs.get(key);
    if (!program) {
      program = compile({ y: graph() }, { frozen: this.values, name: key, threads: this.threads });
      this.programs.set(key, program);
    }
    return program;
  }
}

/** The mean of unit vectors, as one; a single one as it is. */
function unitMean(vectors: readonly Float32Array[]): Float32Array {
  const [first] = vectors as [Float32Array];
  if (vectors.length === 1) return first;
  const sum = first.map((_, i) => vectors.reduce((total, vector) => total + (vector[i] as number), 0));
  const length = Math.hypot(...sum) || 1;
  return sum.map((v) => v / length);
}

/** How near things are to each query in a space of unit vectors, nearest first: retrieval from any modality to any other. */
export function nearestTo(
  queries: readonly Float32Array[],
  items: readonly Float32Array[],
  k = items.length,
): { index: number; similarity: number }[][] {
  return queries.map((query) =>
    items
      .map((item, index) => ({ index, similarity: item.reduce((sum, v, i) => sum + v * (query[i] as number), 0) }))
      .sort((a, b) => b.similarity - a.similarity || a.index - b.index)
      .slice(0, k),
  );
}
