// Mllm: a multimodal model ready to be asked: network, weights, tokenizer, chat template and image processor together.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { input, type Parameter } from '../graph/index.js';
import { ClipImageProcessor, decodeImage, type ImageLimits, type ImagePart, isRgbImage, type RgbImage } from '../media/index.js';
import { MllmNetwork, mllmConfig } from '../models/index.js';
import { compile, type Program } from '../runtime/compile.js';
import type { Runtime, RuntimeName } from '../runtime/runtime.js';
import { assertFits, type ChatMessage, ChatTemplate, encodeChat, isImagePart, Tokenizer } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { loadWeights, readConfig, readMatched } from '../weights/index.js';
import { type BeamOptions, type BeamSequence, beamSearch } from './beam.js';
import { type Box, parseBoxes } from './boxes.js';
import { Decoder } from './decoder.js';
import type { TokenChoice } from './processors/row.js';
import {
  type FinishReason,
  type GenerateOptions,
  generateMany,
  generateTokens,
  type ManyOptions,
  type Piece,
  type Prompt,
} from './tokens.js';

export interface MllmParts {
  network: MllmNetwork;
  values: ReadonlyMap<Parameter, HostTensor>;
  tokenizer: Tokenizer;
  template: ChatTemplate;
  processor: ClipImageProcessor;
}

export interface LoadOptions {
  runtime?: Runtime | RuntimeName;
  threads?: number;
  limits?: ImageLimits;
}

export interface Reply {
  text: string;
  /** Boxes written in the reply as [x0,y0,x1,y1] in 0..1 (Shikra's form). */
  boxes: Box[];
  /** With the most probable alternatives of each, where `topLogProbs` asks for them. */
  tokens: TokenChoice[];
  finish: FinishReason;
  /** What the text says, where `responseFormat` asks for JSON and the reply is complete: absent at 'length', or cut by a stop string. */
  value?: unknown;
  /** With `beams`: all `returnSequences` replies, best first; `text` is that of the first. */
  sequences?: BeamSequence[];
}

export interface ChatOptions extends GenerateOptions {
  messages: readonly ChatMessage[];
  /** More variables for the chat template, such as `tools`. */
  variables?: Readonly<Record<string, unknown>>;
}

/** Content of one user message: texts and images in order. */
export type Content = readonly (string | ImagePart)[];

/** What `Mllm.prepare` makes of a conversation. */
export interface PreparedChat {
  ids: Int32Array;
  /** In order; `run` is where the image's tokens stand in `ids`. */
  images: { image: RgbImage; run: readonly [start: number, length: number] }[];
}

/** A multimodal model that can be asked. Programs are compiled at the first use and freed by `dispose`. */
export class Mllm {
  private vision: Promise<Program> | undefined;
  private decoder: Promise<Decoder> | undefined;
  private constructor(
    readonly parts: MllmParts,
    private readonly options: LoadOptions,
  ) {}

  static from(parts: MllmParts, options: LoadOptions = {}): Mllm {
    return new Mllm(parts, options);
  }

  /** Loads a folder in Hugging Face layout. Errors name the file and what is wrong with it. */
  static async load(dir: string, options: LoadOptions = {}): Promise<Mllm> {
    const config = mllmConfig.safeParse(await readConfig(dir));
    const place = join(dir, 'config.json');
    if (!config.success)
      throw new SensoriumError('generate.config', 'this is not a model that can be asked about images', {
        place,
        got: config.error.issues[0] ? `${config.error.issues[0].path.join('.')}: ${config.error.issues[0].message}` : undefined,
        expected: "model_type 'llava' or 'sensorium_llava'",
      });
    const network = new MllmNetwork(config.data);
    const expected = [...new Map([...network.namedParameters()].map(([, p]) => [p.name, { name: p.name, shape: p.dims }])).values()];
    const weights = await readMatched(expected, await loadWeights(dir), { place: dir });
    const values = new Map(network.parameters().map((p) => [p, weights[p.name] as HostTensor]));
    const tokenizer = await Tokenizer.fromFolder(dir);
    assertFits(tokenizer, { vocabSize: config.data.text_config.vocab_size, imageTokenId: config.data.image_token_index });
    const template = new ChatTemplate(await readFile(join(dir, 'chat_template.jinja'), 'utf8'), {
      specialTokens: tokenizer.specialTokens.keys(),
      eosToken: tokenizer.specialIds.eos === undefined ? undefined : tokenizer.token(tokenizer.specialIds.eos),
      place: join(dir, 'chat_template.jinja'),
    });
    const processor = await ClipImageProcessor.load(join(dir, 'preprocessor_config.json'));
    return new Mllm({ network, values, tokenizer, template, processor }, options);
  }

  /** Answers one message. @example (await model.generate([image('kitchen.png'), 'What is left of the cup?'])).text */
  async generate(content: Content | string, options: GenerateOptions & BeamOptions = {}): Promise<Reply> {
    const parts = typeof content === 'string' ? [content] : content;
    const messages: ChatMessage[] = [
      { role: 'user', content: parts.map((p) => (typeof p === 'string' ? { type: 'text', text: p } : { ...p })) },
    ];
    const reply: Reply = { text: '', boxes: [], tokens: [], finish: 'stop' };
    if (options.beams !== undefined) {
      const sequences = await beamSearch(await this.decoding(), this.parts.tokenizer, await this.prompt(messages), options);
      return complete({ ...reply, ...pickReply(sequences), sequences }, options);
    }
    for await (const piece of this.stream({ messages, ...options })) {
      reply.text += piece.text;
      if (piece.token) reply.tokens.push(piece.token);
      if (piece.finish) reply.finish = piece.finish;
    }
    return complete(reply, options);
  }

  /** Streams the reply to a conversation (messages as in the OpenAI chat API). */
  async *stream({ messages, variables, ...options }: ChatOptions): AsyncGenerator<Piece> {
    const prompt = await this.prompt(messages, variables);
    yield* generateTokens(await this.decoding(), this.parts.tokenizer, prompt, options);
  }

  /** Replies to many single questions, batched. `image` is RGB at any size; the same object is encoded once. */
  async answer(questions: readonly { image: RgbImage; question: string }[], options: ManyOptions = {}): Promise<string[]> {
    const images = [...new Set(questions.map((q) => q.image))];
    const features = new Map<RgbImage, HostTensor<'float32'>>();
    for (let i = 0; i < images.length; i += 32) {
      options.signal?.throwIfAborted();
      const chunk = images.slice(i, i + 32);
      const rows = await this.encodeImages(chunk);
      const each = this.parts.network.imageTokens;
      const width = this.parts.network.language_model.width;
      for (const [k, im] of chunk.entries())
        features.set(im, { dtype: 'float32', shape: [each, width], data: rows.data.subarray(k * each * width, (k + 1) * each * width) });
    }
    const prompts = questions.map(({ image, question }): Prompt => {
      const { ids, imageRuns } = this.encode([{ role: 'user', content: [{ type: 'image' }, { type: 'text', text: question }] }]);
      return { ids, features: features.get(image), imagePositions: positionsOf(imageRuns) };
    });
    return generateMany(await this.decoding(), this.parts.tokenizer, prompts, options);
  }

  /** Image rows for the language model: [images * imageTokens, width]. */
  async encodeImages(images: readonly RgbImage[]): Promise<HostTensor<'float32'>> {
    const { network, processor } = this.parts;
    const size = network.config.vision_config.image_size;
    const pixels = hostTensor('float32', [images.length, 3, size, size]);
    for (const [i, im] of images.entries()) processor.processInto(im, pixels.data, i * 3 * size * size);
    const { features } = await (await this.seeing()).run({ pixels });
    return features as HostTensor<'float32'>;
  }

  /** Tokens of a conversation's prompt, its images included. Throws what `stream` would for messages that it cannot take. */
  countTokens(messages: readonly ChatMessage[], variables?: ChatOptions['variables']): number {
    return this.encode(messages, variables).ids.length;
  }

  private encode(messages: readonly ChatMessage[], variables?: ChatOptions['variables']) {
    const { tokenizer, template, network } = this.parts;
    return encodeChat(messages, {
      tokenizer,
      template,
      imageTokens: network.imageTokens,
      addGenerationPrompt: true,
      variables,
      maxLength: network.config.text_config.max_position_embeddings - 1,
    });
  }

  /** A conversation as the decoder will see it: ids with a place for every image token, and the images, read but not encoded. */
  async prepare(messages: readonly ChatMessage[], variables?: ChatOptions['variables']): Promise<PreparedChat> {
    const { ids, imageRuns } = this.encode(messages, variables);
    const images: RgbImage[] = [];
    for (const m of imageRuns.length > 0 ? messages : [])
      if (Array.isArray(m.content)) for (const part of m.content) if (isImagePart(part)) images.push(await this.open(part));
    return { ids, images: images.map((image, i) => ({ image, run: imageRuns[i] as [number, number] })) };
  }

  private async prompt(messages: readonly ChatMessage[], variables?: ChatOptions['variables']): Promise<Prompt> {
    const { ids, images } = await this.prepare(messages, variables);
    if (images.length === 0) return { ids };
    return { ids, features: await this.encodeImages(images.map((i) => i.image)), imagePositions: positionsOf(images.map((i) => i.run)) };
  }

  /** `{type:'image', source}` as `image()` makes, or an `image_url` part holding a data URL or a path. */
  private async open(part: { type: string; [key: string]: unknown }): Promise<RgbImage> {
    const url = part.image_url as string | { url?: string } | undefined;
    const source = part.source ?? (typeof url === 'object' ? url?.url : url);
    if (isRgbImage(source)) return source;
    if (typeof source !== 'string' && !(source instanceof Uint8Array) && !(source instanceof URL))
      throw new SensoriumError('generate.image', 'an image part has no source', {
        expected: 'a path, bytes or a data URL',
        got: typeof source,
      });
    return decodeImage(source, this.options.limits);
  }

  private seeing(): Promise<Program> {
    const { network, values } = this.parts;
    const size = network.config.vision_config.image_size;
    this.vision ??= compile(
      { features: network.connect(network.encode(input('pixels', ['images', 3, size, size]))) },
      { ...this.compileOptions(), frozen: values, name: 'vision' },
    );
    return this.vision;
  }
  /** The decoder, compiled when first asked for and kept until `dispose`: engines and streams share it and its weights. */
  decoding(): Promise<Decoder> {
    this.decoder ??= Decoder.create({ network: this.parts.network, values: this.parts.values, ...this.compileOptions() });
    return this.decoder;
  }
  private compileOptions() {
    return { runtime: this.options.runtime, threads: this.options.threads };
  }

  /** Frees the programs. */
  async dispose(): Promise<void> {
    const programs = await Promise.allSettled([this.vision, this.decoder]);
    for (const p of programs) if (p.status === 'fulfilled') p.value?.dispose();
    this.vision = undefined;
    this.decoder = undefined;
  }
}

function positionsOf(runs: readonly (readonly [number, number])[]): Int32Array {
  return Int32Array.from(runs.flatMap(([start, length]) => Array.from({ length }, (_, i) => start + i)));
}

function pickReply([first]: readonly BeamSequence[]): Pick<Reply, 'text' | 'tokens' | 'finish'> {
  const { text, tokens, finish } = first as BeamSequence;
  return { text, tokens, finish };
}

/** Reads what is written in the text: boxes, and the value of a JSON reply. */
function complete(reply: Reply, { responseFormat }: GenerateOptions): Reply {
  reply.boxes = parseBoxes(reply.text);
  const isJson = responseFormat?.type === 'json_schema' || responseFormat?.type === 'json_object';
  if (isJson && reply.finish === 'stop') {
    try {
      reply.value = JSON.parse(reply.text) as unknown;
    } catch (error) {
      // Only a stop string can end a reply in the middle of its form, and who gave it wants the text.
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return reply;
}
