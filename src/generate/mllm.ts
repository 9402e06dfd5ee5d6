// Mllm: a model ready to be asked, whatever its kind: text, media, encoder-decoder. A `Model` and its policy behind one class.

import { clipBox, type ImageLimits, type ImagePart, type Mask, type RegionPart, type RgbImage, type VideoPart } from '../media/index.js';
import { type EncodedSequence, type EncodeOptions, languageModel, type Model, openModel, type SequenceMedia } from '../model/index.js';
import type { MultimodalNetwork, TokenBudget } from '../networks/index.js';
import { type PreparedImage, rowPositions } from '../networks/processor.js';
import type { DeviceName } from '../runtime/runtime.js';
import { selectRuntime } from '../runtime/select.js';
import type { Box } from '../text/boxes.js';
import type { Entity } from '../text/grounding.js';
import {
  type AsideOptions,
  type ChatMessage,
  type Convention,
  conventionOfVocabulary,
  type Exceeded,
  encodeAside,
  frameText,
  historyWithoutThinking,
  readBoxes,
  type Tokenizer,
  thinkingMarks,
  type WrittenPrompt,
} from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import type { HubOptions } from '../weights/index.js';
import { type BeamOptions, type BeamSequence, beamSearch } from './beam.js';
import { checkIds, generateIds, type IdOptions } from './ids.js';
import { MaskReader } from './mask-reader.js';
import { joinRows, type Medium } from './media-encoder.js';
import type { EncodeMedia, Policy, Prompt } from './policy.js';
import type { TokenChoice } from './processors/row.js';
import { checkSourceLength, type ProgramOptions, Programs } from './programs.js';
import { type PromptChoice, promptChoices } from './prompt-choices.js';
import { type RankedOption, rankOptions } from './rank-options.js';
import { collectReply, type TextReply, withValue } from './reply.js';
import { ReplyImages } from './reply-images.js';
import { type GenerateOptions, generateMany, generateTokens, type ManyOptions, type Piece, type PromptOptions } from './tokens.js';

export interface LoadOptions extends ProgramOptions {
  /** Where programs run, in place of `runtime`. Default: that of SENSORIUM_DEVICE, else the CPU. Errors: `runtime.device`. */
  device?: DeviceName;
  limits?: ImageLimits;
  /** Adapters in peft's layout: folders, or ids of the hub. */
  adapters?: readonly string[];
  /** Jinja source in place of the folder's chat template. */
  template?: string;
  /** Tokens that an image may have at most, as in `OpenModelOptions`. */
  imageTokens?: TokenBudget;
  signal?: AbortSignal;
  /** How a model of the hub is fetched. */
  hub?: HubOptions;
  /** Folder of the generator that draws images of replies. Default: `generator/` in the model's own, where there is one. */
  generator?: string;
}

/** A reply of an `Mllm`. */
export interface Reply extends TextReply {
  /** Boxes written in the reply of a model that takes images, in whatever convention, as [x0,y0,x1,y1] in 0..1 of the image. */
  boxes: Box[];
  /** Of a model with a mask head: the masks that the reply means, in order, of the size of the image. */
  masks?: Mask[];
  /** What a model that grounds its phrases (Kosmos-2, Florence-2) names, with boxes; `text` is then without tags. */
  entities?: Entity[];
  /** Of a model that draws: the images of the reply, whose tokens are not in `text`. */
  images?: RgbImage[];
  /** With `beams`: all `returnSequences` replies, best first; `text` is that of the first. */
  sequences?: BeamSequence[];
}

/** A conversation, and what its reply is asked for with. */
export interface ChatOptions extends GenerateOptions, PromptOptions {
  messages: readonly ChatMessage[];
}

/** A text as it is, and what its continuation is asked for with; of an encoder-decoder a source. */
export interface TextOptions extends GenerateOptions {
  text: string;
}

/** Content of one user message: texts, images and regions of them in order. */
export type Content = readonly (string | ImagePart | VideoPart | RegionPart)[];

/** `written`: the prompt without its images, where `write` has been asked for it already. */
type EncodePrompt = PromptOptions & { signal?: AbortSignal; written?: WrittenPrompt };

/** A model that can be asked. Programs are compiled at the first use and freed by `dispose`. */
export class Mllm {
  readonly programs: Programs;
  /** Of a model that draws. */
  images: ReplyImages | undefined;
  private readonly masks: MaskReader | undefined;
  /** How the model writes boxes, where its vocabulary has tokens for them. */
  private readonly convention: Convention | undefined;
  private constructor(
    readonly model: Model,
    options: ProgramOptions,
  ) {
    if (model.headless)
      throw new SensoriumError('model.architecture', 'this model scores texts and writes none: it has no head of a language model', {
        place: model.dir,
        expected: `weights with lm_head.weight, such as those of ${model.family.architectures[0]}`,
        got: String((model.raw.architectures as readonly unknown[] | undefined)?.[0]),
        hint: 'Score replies with it: rewardModel(folder), or --reward FOLDER of ppo, grpo and data best-of',
      });
    this.programs = new Programs(model, options);
    const { runtime, threads } = options;
    this.masks = MaskReader.of(model, { programs: this.programs, runtime, threads });
    this.convention = model.tokenizer && conventionOfVocabulary(model.tokenizer);
  }

  /** A model that is open already. Its values are read when its programs are compiled. */
  static of(model: Model, options: ProgramOptions = {}): Mllm {
    return new Mllm(model, options);
  }

  /**
   * Loads a folder in Hugging Face layout, or a model of the hub (`org/name`, `org/name@revision`), of any kind that writes text.
   * Errors: those of `openModel`, which name the file and what is wrong with it.
   */
  static async load(name: string, options: LoadOptions = {}): Promise<Mllm> {
    const { signal, hub, limits, adapters, template, imageTokens, device } = options;
    const on = device ? { ...options, runtime: await selectRuntime(undefined, device) } : options;
    const model = new Mllm(await openModel(name, { signal, hub, limits, adapters, template, imageTokens }), on);
    model.images = await ReplyImages.open(model.model, on);
    return model;
  }

  /** True for a model with a mask head, whose replies can mean masks. */
  get drawsMasks(): boolean {
    return this.masks !== undefined;
  }

  /** Errors: `model.tokenizer` where the folder has none. */
  get tokenizer(): Tokenizer {
    return this.model.processor.tokenizer;
  }

  /** Answers one message. @example (await model.generate([image('kitchen.png'), 'What is left of the cup?'])).text */
  async generate(content: Content | string, options: GenerateOptions & BeamOptions = {}): Promise<Reply> {
    const messages = [userMessage(content)];
    if (options.beams === undefined) return this.reply({ messages, ...options });
    const prompt = await this.encode(messages, { signal: options.signal });
    const sequences = await beamSearch(await this.policy(), this.tokenizer, prompt, options, this.model.generation);
    const { score: _, ...first } = sequences[0] as BeamSequence;
    return this.readForms({ boxes: [], ...first, sequences }, options, messages);
  }

  /** The whole reply to a conversation, with its boxes, masks and images. Errors: those of `stream`. */
  async reply(request: ChatOptions): Promise<Reply> {
    const prompt = await this.encode(request.messages, request);
    const reply = await this.collect(this.pieces(prompt, request), request, request.messages);
    const { images, programs } = this;
    const { draw, signal } = request;
    if (images) reply.images = await images.draw({ prompt, reply: reply.tokens.map(({ id }) => id) }, programs, { ...draw, signal });
    return { ...reply, ...(reply.entities ? {} : await this.places(prompt, reply)) };
  }

  /**
   * The boxes that a reply writes, in 0..1 of the image, what it names with them (of a model that grounds its phrases), and the masks that it
   * means, of `maxPixels` pixels together at most; masks are undefined of a model without a mask head.
   */
  async placesOf(
    messages: readonly ChatMessage[],
    { text, tokens }: Pick<TextReply, 'text' | 'tokens'>,
    o: { maxPixels?: number } = {},
  ): Promise<Pick<Reply, 'boxes' | 'entities' | 'masks'>> {
    const entities = this.model.media?.readReply?.(text, messages).entities;
    if (entities) return { boxes: entities.flatMap((e) => e.boxes), entities };
    return this.places(await this.encode(messages), { text, tokens }, o);
  }

  /** Continues a text, which needs no chat template. @example (await model.complete('The capital of France is')).text */
  async complete(text: string, options: GenerateOptions = {}): Promise<Reply> {
    return this.collect(this.stream({ text, ...options }), options);
  }

  /** Streams the reply to a conversation (messages as in the OpenAI chat API), or the continuation of a text. */
  async *stream(request: ChatOptions | TextOptions): AsyncGenerator<Piece> {
    if ('messages' in request) yield* this.pieces(await this.encode(request.messages, request), request);
    else yield* this.pieces(this.promptOf(await this.textIds(request)), { keepThinking: true, ...request });
  }

  /** The pieces of a reply; of a model that draws without the tokens that lead to images. */
  private async *pieces(prompt: Prompt, request: GenerateOptions): AsyncGenerator<Piece> {
    const { images, model, tokenizer } = this;
    const asked = images?.ending(request, model.generation.stop) ?? request;
    const pieces = generateTokens(await this.policy(), tokenizer, prompt, asked, model.generation);
    if (!images) yield* pieces;
    else for await (const piece of pieces) yield { ...piece, text: images.shown(piece.text) };
  }

  /** The images that a reply to `messages` asks for by its tokens; none of a model that does not draw. */
  async draw(
    messages: readonly ChatMessage[],
    tokens: readonly TokenChoice[],
    { draw, signal }: GenerateOptions = {},
  ): Promise<RgbImage[]> {
    if (!this.images) return [];
    const prompt = await this.encode(messages, { signal });
    const replied = { prompt, reply: tokens.map(({ id }) => id) };
    return this.images.draw(replied, this.programs, { ...draw, signal });
  }

  /**
   * Continues token ids, of an encoder-decoder those of a source, or a prompt, until an end token (which is yielded) or the limit.
   * Errors: `generate.input`, `text.length`, `generate.context`.
   */
  async *continueIds(prompt: ArrayLike<number> | Prompt, options: IdOptions = {}): AsyncGenerator<TokenChoice> {
    const { tokenizer, generation: config } = this.model;
    const whole = 'ids' in prompt ? prompt : this.promptOf(prompt);
    yield* generateIds(await this.policy(), { prompt: whole, config, tokenizer }, options);
  }

  /**
   * Options as replies to one message, the most probable first: multiple choice without generating. `normalize`: 'mean' divides by the number
   * of tokens. @example (await model.rank([image('cup.png'), 'What color is it?'], ['red', 'blue']))[0].index
   */
  async rank(content: Content | string, options: readonly string[], o: { normalize?: 'sum' | 'mean' } = {}): Promise<RankedOption[]> {
    const ids = options.map((option) => this.tokenizer.encode(option));
    return rankOptions(await this.policy(), await this.encode([userMessage(content)]), ids, o);
  }

  /** Replies to many single questions, batched. `image` is RGB at any size; equal images are encoded once. */
  async answer(questions: readonly { image: RgbImage; question: string }[], options: ManyOptions = {}): Promise<string[]> {
    const known = new Map<string, HostTensor<'float32'>>();
    const encode: EncodeMedia = async (media) => {
      const fresh = media.filter(({ key }) => !known.has(key));
      for (const [i, rows] of (await this.programs.encodeMedia(fresh)).entries()) known.set((fresh[i] as SequenceMedia).key, rows);
      return media.map(({ key }) => known.get(key) as HostTensor<'float32'>);
    };
    const prompts: Prompt[] = [];
    for (const { image, question } of questions) {
      options.signal?.throwIfAborted();
      prompts.push(
        await this.encode([
          {
            role: 'user',
            content: [
              { type: 'image', source: image },
              { type: 'text', text: question },
            ],
          },
        ]),
      );
    }
    return generateMany(await this.programs.policy(encode), this.tokenizer, prompts, options, this.model.generation);
  }

  /** Image rows for the language model, [rows, width], those of each image after those of the one before. */
  async encodeImages(images: readonly (RgbImage | Medium)[]): Promise<HostTensor<'float32'>> {
    const media = images.map((image, i): SequenceMedia => {
      if ('feeds' in image) return { key: String(i), ...image };
      const prepared = this.model.media?.prepare([image], [])[0] as PreparedImage;
      return { at: Int32Array.from(rowPositions(prepared, 0)), key: String(i), feeds: prepared.feeds };
    });
    return joinRows(await this.programs.encodeMedia(media));
  }

  /**
   * Tokens of a conversation's prompt, its images included. Throws what `stream` would for messages that it cannot take. Where images
   * differ in their number of tokens, one that is not given as pixels counts as a single token.
   */
  countTokens(messages: readonly ChatMessage[], options: PromptOptions = {}): number {
    return this.promptIds(messages, options).length;
  }

  /** The ids that `countTokens` counts; without images they are the prompt itself. */
  promptIds(messages: readonly ChatMessage[], options: Omit<EncodePrompt, 'signal'> = {}): Int32Array {
    return this.model.processor.ids(this.history(messages), this.encodeOptions(options));
  }

  /**
   * The prompt of a conversation without its images, for `promptIds` and `encode`; long ones are written in a worker thread. With a limit
   * `exceeded` for what is certainly longer; undefined for models that put images and text together in a way of their own.
   */
  write(messages: readonly ChatMessage[], options: PromptOptions & AsideOptions = {}): Promise<WrittenPrompt | Exceeded | undefined> {
    return this.model.processor.write(this.history(messages), { ...this.encodeOptions(options), ...options });
  }

  /** A conversation opened for a reply: ids with a place for every image token, and the images, read but not encoded. */
  encode(messages: readonly ChatMessage[], options: EncodePrompt = {}): Promise<EncodedSequence> {
    return this.model.processor.encode(this.history(messages), this.encodeOptions(options));
  }

  /** How probable the tokens of a prompt are, with the `top` likeliest at each place. Errors: `model.architecture` for an encoder-decoder. */
  async promptChoices(ids: ArrayLike<number>, o: { top?: number; signal?: AbortSignal } = {}): Promise<PromptChoice[]> {
    return promptChoices(await this.programs.decoder(), Int32Array.from(ids), o);
  }

  /** The model as a policy: media are encoded anew each time. */
  policy(): Promise<Policy> {
    return this.programs.policy();
  }

  /** Frees the programs. */
  async dispose(): Promise<void> {
    await this.masks?.dispose();
    await this.images?.dispose();
    await this.programs.dispose();
  }

  /** Messages without what earlier replies thought. */
  private history(messages: readonly ChatMessage[]): readonly ChatMessage[] {
    const marks = this.model.tokenizer && thinkingMarks(this.model.tokenizer);
    return marks ? historyWithoutThinking(messages, marks) : messages;
  }

  /** Ids of a text to be continued. */
  private async textIds({ text, signal }: TextOptions): Promise<Int32Array> {
    const { tokenizer } = this;
    const [ids] = (await encodeAside(tokenizer, [text], { signal })) as readonly ArrayLike<number>[];
    return frameText(tokenizer, ids as ArrayLike<number>);
  }

  private encodeOptions({ variables, continueFinalMessage, signal, written }: EncodePrompt): EncodeOptions {
    return { variables, continueFinalMessage, signal, written, addGenerationPrompt: !continueFinalMessage, maxLength: this.maxPrompt };
  }

  /** Where images may be many, a prompt that is too long is refused before they are read. */
  private get maxPrompt(): number | undefined {
    const { kind, network } = this.model;
    if (kind === 'seq2seq') return this.programs.maxSource;
    return kind === 'multimodal'
      ? languageModel<MultimodalNetwork['language_model']>(network).config.max_position_embeddings - 1
      : undefined;
  }

  /** Ids as a prompt. Of a reply of an encoder-decoder, as in transformers, only what the decoder is given counts as generated before. */
  private promptOf(prompt: ArrayLike<number>): Prompt {
    const { network, processor } = this.model;
    checkIds(prompt, languageModel(network).config.vocab_size);
    const ids = Int32Array.from(prompt);
    const { seq2seq } = processor.parts;
    if (!seq2seq) return { ids };
    checkSourceLength(ids.length, this.programs.maxSource);
    return { ids: Int32Array.of(seq2seq.startId), source: { ids, media: [] } };
  }

  private async collect(pieces: AsyncIterable<Piece>, options: GenerateOptions, asked?: readonly ChatMessage[]): Promise<Reply> {
    return this.readForms({ boxes: [], ...(await collectReply(pieces, options)) }, options, asked);
  }

  /** Reads what is written in the text: boxes and the value of a JSON reply. */
  private readForms(reply: Reply, options: GenerateOptions, asked?: readonly ChatMessage[]): Reply {
    const { media } = this.model;
    const grounded = media?.readReply?.(reply.text, asked);
    if (grounded) Object.assign(reply, grounded);
    if (media) reply.boxes = grounded ? grounded.entities.flatMap((e) => e.boxes) : readBoxes(reply.text, this.convention);
    return withValue(reply, options);
  }

  /** Boxes brought back to the image, where there is one alone, and masks. */
  private async places(
    prompt: EncodedSequence,
    { text, tokens }: Pick<TextReply, 'text' | 'tokens'>,
    o: { maxPixels?: number } = {},
  ): Promise<Pick<Reply, 'boxes' | 'masks'>> {
    const { media } = this.model;
    const [image, second] = prompt.media;
    const placement = image?.size && !second ? media?.placement?.(image.size) : undefined;
    const found = media ? readBoxes(text, this.convention) : [];
    const boxes = placement && !placement.whole ? found.map((box) => clipBox(placement.boxBack(box))) : found;
    if (!this.masks) return { boxes };
    const ids = tokens.map(({ id }) => id);
    return { boxes, masks: await this.masks.read(prompt, ids, o) };
  }
}

/** Content as the message of a user. */
function userMessage(content: Content | string): ChatMessage {
  const parts = typeof content === 'string' ? [content] : content;
  return { role: 'user', content: parts.map((part) => (typeof part === 'string' ? { type: 'text', text: part } : { ...part })) };
}
