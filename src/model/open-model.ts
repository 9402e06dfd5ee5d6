// A model folder opened: any family that writes text, with its weights, tokenizer, chat template and processor.

import { join } from 'node:path';
import type { Parameter } from '../graph/index.js';
import type { ImageLimits } from '../media/index.js';
import {
  type AttachedLora,
  type Family,
  type FamilyKind,
  families,
  type MultimodalNetwork,
  openedBy,
  setTokenBudget,
  type TokenBudget,
} from '../networks/index.js';
import { type MultimodalProcessor, processorOf } from '../networks/processor.js';
import type { Module } from '../nn/index.js';
import {
  assertFits,
  ChatTemplate,
  endTokensOf,
  type NewToken,
  NO_FRAME,
  readChatTemplates,
  Tokenizer,
  templateTokens,
  textFrame,
  withOrdinary,
} from '../text/index.js';
import { ifThere, SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import {
  adapterFolder,
  FILES,
  type FolderContents,
  type HubOptions,
  type LoadNetworkOptions,
  loadNetwork,
  modelFolders,
  type NameMap,
  putAdapters,
} from '../weights/index.js';
import { type GenerationConfig, readGenerationConfig, withoutPlaceholders } from './generation-config.js';
import { type Growable, growForAdapter, growVocabulary, type Vocabulary } from './grow-vocabulary.js';
import { Processor } from './processor.js';

/** How a model writes: a decoder over text or over text and media, or an encoder-decoder. */
export type ModelKind = 'causal' | 'multimodal' | 'seq2seq';

/** A model: what every recipe, command and server holds. */
export interface Model {
  readonly kind: ModelKind;
  /** The folder that it was opened from; empty for a model that was built. */
  readonly dir: string;
  readonly family: Family;
  /** config.json as the family reads it, and as it is in the file. */
  readonly config: unknown;
  readonly raw: Readonly<Record<string, unknown>>;
  readonly network: Module;
  readonly values: ReadonlyMap<Parameter, HostTensor>;
  /** Names of parameters in the folder's weights. */
  readonly names: NameMap;
  /** True for weights that were stored in fewer bits. */
  readonly quantized: boolean;
  readonly tokenizer?: Tokenizer;
  readonly template?: ChatTemplate;
  /** True for a classifier of texts without a language model's head, which scores and writes nothing. */
  readonly headless?: boolean;
  /** What the family does with images and videos. */
  readonly media?: MultimodalProcessor;
  readonly processor: Processor;
  /** Settings of generation_config.json, and the ids that end a reply. */
  readonly generation: GenerationConfig;
  /** Low-rank adapters on the network; their values are among `values`. */
  readonly adapters: readonly AttachedLora[];
  /** Tokens that the folder does not have; undefined where none were asked for. */
  readonly vocabulary?: Vocabulary;
  /** Of a model that was built: what its folder holds beside config and weights. */
  readonly files?: Omit<FolderContents, 'config' | 'weights' | 'extra'>;
}

/** How a model is opened. */
export interface OpenModelOptions {
  /** Default: every kind that writes text. */
  kinds?: readonly FamilyKind[];
  /** Jinja source in place of the folder's chat template. */
  template?: string;
  limits?: ImageLimits;
  /** Adapters in peft's layout, as folders or ids of the hub, and new ones: `lora({ rank })`, `gatedCrossAttention()`. */
  adapters?: LoadNetworkOptions['adapters'];
  /** Tokens to add, ordinary ones unless they are `{ content, special: true }`: see `growVocabulary`. */
  tokens?: readonly (string | NewToken)[];
  /** Tokens that an image may have at most: redundant ones are merged or pruned behind the connector (`setTokenBudget`). Default: all. */
  imageTokens?: TokenBudget;
  /** Of new adapters. Default 0. */
  seed?: number;
  signal?: AbortSignal;
  /** How a model of the hub is fetched. */
  hub?: HubOptions;
}

type Adapters = NonNullable<LoadNetworkOptions['adapters']>;

/** The language model of a network: itself, or the part of that name. */
export function languageModel<N extends Module = Module>(network: Module): N & { config: { vocab_size: number } } {
  return ((network as { language_model?: Module }).language_model ?? network) as N & { config: { vocab_size: number } };
}

/** How models of a family write, by its row and config. Throws `model.architecture` for an encoder, which writes nothing. */
export function modelKind(family: Family, config: unknown, place: string): ModelKind {
  if (family.kind === 'encoder')
    throw new SensoriumError('model.architecture', 'this model writes no text', {
      place,
      expected: `one of ${[...new Set(families().flatMap((f) => (f.kind === 'encoder' ? [] : f.architectures)))].join(', ')}`,
      got: `${family.architectures[0]}, an encoder`,
      hint: openedBy(family),
    });
  const { model_type } = (config as { text_config?: { model_type?: unknown } }).text_config ?? {};
  return families().find((row) => row.modelType === model_type)?.kind === 'seq2seq' ? 'seq2seq' : family.kind;
}

/**
 * Opens a folder in Hugging Face layout, or a model of the hub (`org/name`, `org/name@revision`); for the folder of an adapter its base,
 * with the adapter. Text-only folders may lack a tokenizer or a chat template. Errors: `model.architecture`, `model.config`, `media.config`, `weights.*`, `text.*`, each naming the file.
 */
export async function openModel(name: string, options: OpenModelOptions = {}): Promise<Model> {
  const { signal, kinds = ['causal', 'seq2seq', 'multimodal'], limits } = options;
  const hub: HubOptions = { signal, ...options.hub };
  const { dir, adapters } = await modelFolders(name, hub);
  const base = await loadNetwork(dir, { kinds, signal });
  const { family } = base;
  const kind = modelKind(family, base.config, join(dir, FILES.config));
  const sees = family.processor !== undefined || family.kind === 'multimodal';
  const published = sees ? await Tokenizer.fromFolder(dir) : await ifThere(() => Tokenizer.fromFolder(dir));
  const own = published && family.ordinaryTokens ? withOrdinary(published, family.ordinaryTokens) : published;
  const wanted = [...adapters, ...(await adapterFolders(options.adapters ?? [], hub))];
  const grown = await withVocabulary({ dir, loaded: base, tokenizer: own }, { adapters: wanted, tokens: options.tokens });
  const { tokenizer, vocabulary } = grown;
  const loaded = await putAdapters(grown.loaded, wanted, { seed: options.seed, signal });
  const { config, network } = loaded;
  if (options.imageTokens) setTokenBudget(network, options.imageTokens);
  const media =
    sees && tokenizer ? await processorOf(family, { dir, config, network: network as MultimodalNetwork, tokenizer }) : undefined;
  const { vocab_size: vocabSize } = languageModel(network).config;
  const image = media && tokenizer ? imageToken(tokenizer, vocabSize, media, kind) : undefined;
  const generation = withoutPlaceholders(await readGenerationConfig({ dir, tokenizer, vocabSize }), media);
  const template = tokenizer && (await templateOf(dir, { tokenizer, media, image, generation, source: options.template }));
  const { startId, endIds } = generation;
  const processor = new Processor({
    dir,
    tokenizer,
    template,
    media,
    limits,
    seq2seq: kind === 'seq2seq' ? { startId: startId ?? startOf(config), endIds } : undefined,
  });
  return { kind, dir, ...loaded, tokenizer, template, media, processor, generation, ...(vocabulary ? { vocabulary } : {}) };
}

/** Adapters with the folders that names mean. */
async function adapterFolders(given: Adapters, hub: HubOptions): Promise<Adapters> {
  const found: Adapters[number][] = [];
  for (const adapter of given)
    found.push(typeof adapter === 'string' ? await adapterFolder(adapter, { ...hub, revision: undefined }) : adapter);
  return found;
}

/** With the tokens that adapters were trained with, then with `tokens`. */
async function withVocabulary(
  base: Growable,
  { adapters, tokens = [] }: { adapters: Adapters; tokens?: OpenModelOptions['tokens'] },
): Promise<Growable & { vocabulary?: Vocabulary }> {
  let grown: Growable & { vocabulary?: Vocabulary } = base;
  const add = (next: Growable & { vocabulary?: Vocabulary }): void => {
    grown = { ...next, vocabulary: joined(grown.vocabulary, next.vocabulary) };
  };
  for (const adapter of adapters) if (typeof adapter === 'string') add(await growForAdapter(grown, adapter));
  if (tokens.length > 0) add(growVocabulary(grown, tokens));
  return grown;
}

const joined = (one: Vocabulary | undefined, two: Vocabulary | undefined): Vocabulary | undefined =>
  one && two ? { ...two, added: [...one.added, ...two.added], known: [...one.known, ...two.known], before: one.before } : (two ?? one);

/** The token that replies of an encoder-decoder begin behind, where generation_config.json has none. */
function startOf(config: unknown): number {
  const c = ((config as { text_config?: unknown }).text_config ?? config) as { decoder_start_token_id?: number; pad_token_id?: number };
  return c.decoder_start_token_id ?? c.pad_token_id ?? 0;
}

/** The placeholder as the template writes it. Errors: `text.fit` when the tokenizer is another model's or has no such token. */
function imageToken(
  tokenizer: Tokenizer,
  vocabSize: number,
  { imageTokenId: id, marked = true }: MultimodalProcessor,
  kind: ModelKind,
): string {
  const token = tokenizer.token(id);
  const isSpecial = token !== undefined && (!marked || tokenizer.specialTokens.has(token));
  // `<image>` with another id, or no token of the role at all, is for assertFits to tell.
  assertFits(tokenizer, { vocabSize, imageTokenId: isSpecial && kind !== 'seq2seq' ? undefined : id });
  if (isSpecial) return token;
  throw new SensoriumError('text.fit', 'the tokenizer does not fit the model: its image token is an ordinary one', {
    place: tokenizer.place,
    expected: `a special token with the id ${id}`,
    got: token,
    hint: 'Mark it as special in added_tokens of tokenizer.json',
  });
}

interface TemplateParts {
  tokenizer: Tokenizer;
  media: MultimodalProcessor | undefined;
  image: string | undefined;
  generation: GenerationConfig;
  source: string | undefined;
}

/** The given template, else the folder's, else the family's. Errors: `text.template` where a model that takes media has none. */
async function templateOf(dir: string, { tokenizer, media, image, generation, source }: TemplateParts): Promise<ChatTemplate | undefined> {
  const found = source === undefined ? await readChatTemplates(dir) : undefined;
  const place = found?.place ?? dir;
  const text = source ?? found?.source ?? media?.template;
  if (!media) {
    const { endIds } = generation;
    if (text === undefined) return undefined;
    return ChatTemplate.forTokenizer(tokenizer, source ?? found, dir, { frame: NO_FRAME, endIds });
  }
  if (text === undefined)
    throw new SensoriumError('text.template', 'the model has no chat template', {
      place: dir,
      expected: `${FILES.chatTemplate}, chat_template.json, or chat_template in tokenizer_config.json`,
      hint: 'Add the file',
    });
  const endIds = ownEndFirst(generation.endIds, tokenizer);
  return new ChatTemplate(text, {
    specialTokens: tokenizer.specialTokens.keys(),
    imageToken: image,
    videoToken: media.videoTokenId === undefined ? undefined : tokenizer.token(media.videoTokenId),
    region: media.region && tokenizer.token(media.region.tokenId)?.repeat(media.region.rows),
    tokens: templateTokens(tokenizer),
    toolTemplate: found?.toolUse,
    endTokens: endTokensOf(tokenizer, { endIds }),
    layout: {
      frame: textFrame(tokenizer),
      endIds,
      adapt: media.adapt?.bind(media),
      sharesImageEdges: media.sharesImageEdges,
      prompt: media.prompt?.bind(media),
      reply: media.reply,
    },
    place,
  });
}

/** End ids, the tokenizer's own first: replies to train on end with it. */
function ownEndFirst(endIds: readonly number[], { specialIds: { eos } }: Tokenizer): number[] {
  return [...endIds.filter((id) => id === eos), ...endIds.filter((id) => id !== eos)];
}
