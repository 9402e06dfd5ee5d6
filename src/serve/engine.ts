// What the server needs of a model: take a request, give back tokens as they come. Any engine behind this interface can be served.

import type { HalleOptions, NamedMethod } from '../generate/index.js';
import type { ChatMessage } from '../text/index.js';
import type { ToolDefinition } from '../text/tool-calls.js';
import type { Products } from './products.js';

/** One reply that is asked for: to messages, or the continuation of a `prompt`. */
export interface EngineRequest {
  /** Images are parts `{type: 'image', source}` with the bytes of an image file; they are decoded when a slot is free. */
  messages: readonly ChatMessage[];
  /** One of the engine's `adapters`. Default: the model without any. */
  adapter?: string;
  /** Text to be continued, special tokens in it included, or token ids; `messages` is then empty. */
  prompt?: string | readonly number[];
  /** More variables for the chat template. */
  variables?: Readonly<Record<string, unknown>>;
  /** The reply continues the last message, which is of the assistant. */
  continueFinalMessage?: boolean;
  /** Only for engines that can render them. */
  tools?: readonly ToolDefinition[];
  /** With tools: 'auto' (the default) leaves it to the model; otherwise the reply is nothing but calls, of any tool or of one. */
  toolChoice?: 'auto' | 'required' | { name: string };
  /** One call at most. Default: as many as the model likes. */
  singleCall?: boolean;
  /** JSON schema that the reply must satisfy. Only for engines that can constrain. */
  schema?: Readonly<Record<string, unknown>>;
  /** Regular expression that the reply must match as a whole. Only for engines that can constrain. */
  pattern?: string;
  /** The field that `schema` or `pattern` comes from, for errors. Default `response_format`. */
  formField?: string;
  /** Of a `prompt`: its tokens come first, with their log-probabilities and so many of the likeliest. */
  promptLogProbs?: number;
  /** Default: as far as the context reaches. 0 only of a `prompt`: nothing is added to it. */
  maxTokens?: number;
  /** 0 is greedy. Default 1. */
  temperature?: number;
  topP?: number;
  topK?: number;
  minP?: number;
  repetitionPenalty?: number;
  /** End tokens do not end the reply. */
  ignoreEos?: boolean;
  /** Tokens of thinking, after which the reply begins. Only of models that think. */
  maxThinking?: number;
  /** The reply does not end before so many tokens. */
  minTokens?: number;
  /** Default: a random one. */
  seed?: number;
  stop?: readonly string[];
  /** As in the OpenAI API. */
  frequencyPenalty?: number;
  presencePenalty?: number;
  /** Added to the logits of tokens, by id. */
  logitBias?: Readonly<Record<number, number>>;
  /** A way of decoding over the model. */
  method?: NamedMethod;
  /** How far the HallE switch of the model is turned, -1 to 1. */
  halle?: HalleOptions;
  /** The last event has boxes and masks of what the reply means. */
  places?: boolean;
  /** The last event has the images that the reply draws. Only for engines that draw. */
  draw?: boolean;
  /** Alternatives to report with each token. */
  topLogProbs?: number;
  /** Engines share what they computed for a prompt only among requests with the same salt. */
  cacheSalt?: string;
  /** Who asks: owners take turns in the queue. Default: `cacheSalt`. */
  owner?: string;
  /** Ends the request at once and frees its slot. */
  signal?: AbortSignal;
}

/** A token with its text and its natural log-probability under the untouched logits. */
export interface EngineChoice {
  id: number;
  text: string;
  bytes: readonly number[];
  logProb: number;
}

/** A piece of a reply. */
export interface EngineEvent extends Products {
  /** Text that is certain by now; may be empty while a character or a stop string is undecided. */
  text: string;
  /** What the model thinks before it says something. */
  thinking?: string;
  /** Tokens of the prompt, on the first event, where `promptLogProbs` asks for them. The first of them has no log-probability. */
  prompt?: readonly (Omit<EngineChoice, 'logProb'> & { logProb: number | undefined; top: readonly EngineChoice[] })[];
  /** Absent where text that was held back comes at the end. */
  token?: EngineChoice & { top: readonly EngineChoice[] };
  /** On the last event. */
  finish?: 'stop' | 'length';
}

/** A reply in the making. Leaving the iteration early ends the request. */
export interface EngineReply extends AsyncIterable<EngineEvent> {
  /** Tokens of the prompt, images included. */
  readonly promptTokens: number;
}

/** What an engine can do beyond text. */
export interface EngineAbilities {
  /** The model takes images. */
  readonly images: boolean;
  /** The model takes videos by their frames. Default: as it takes images. */
  readonly videos?: boolean;
  /** The model takes sound. */
  readonly audio: boolean;
  /** The chat template renders tools, and calls in the reply can be read. */
  readonly tools: boolean;
  /** Replies can be constrained to a JSON schema. */
  readonly schema: boolean;
  /** Images can be pointed into: parts `{type: 'region', …}`. Default false. */
  readonly regions?: boolean;
  /** Replies can mean masks. Default false. */
  readonly masks?: boolean;
  /** Replies can draw images. Default false. */
  readonly draws?: boolean;
  /** The model marks what it thinks, so that it can be bounded. */
  readonly thinking?: boolean;
  /** The model answers messages. Default true; without a chat template it only continues prompts. */
  readonly chat?: boolean;
}

/** What is to be put into tokens: a conversation, or a prompt. */
export interface EngineText extends Pick<EngineRequest, 'messages' | 'prompt' | 'tools' | 'variables' | 'continueFinalMessage' | 'signal'> {
  /** A prompt without what the tokenizer puts around texts. Default false. */
  bare?: boolean;
}

/** The tokens of an engine's model. */
export interface EngineTokenizer {
  /** Ids as a request would have them. Throws what `submit` throws for texts that the model cannot take. */
  encode(text: EngineText): readonly number[] | Promise<readonly number[]>;
  /** The text of ids, special tokens included. Throws an `ApiError` 400 for an id that there is not. */
  decode(ids: readonly number[]): string;
}

/** How busy an engine is. */
export interface EngineStats {
  readonly running: number;
  readonly queued: number;
  /** Requests that run at the same time, at most. */
  readonly slots: number;
  /** Requests that may wait, at most. */
  readonly maxQueue: number;
}

/** Bytes by what they are for; each is bounded by an option of the engine. */
export interface EngineBytes {
  readonly weights: number;
  /** Keys and values of running replies, and of prompts seen before. */
  readonly kv: number;
  readonly prefix: number;
  /** Features of images seen before. */
  readonly features: number;
  readonly logits: number;
  /** What `prefix` and `features` may grow to, together. Default: what they are. */
  readonly caches?: number;
}

/** Bytes of an engine when its caches are full; 0 of one that does not know. */
export function engineBytes(engine: Engine): number {
  const memory = engine.memory?.();
  if (!memory) return 0;
  const { weights, kv, logits, prefix, features, caches = prefix + features } = memory;
  return weights + kv + logits + caches;
}

/** A model that is ready to be served. */
export interface Engine {
  readonly abilities: EngineAbilities;
  /** Only of engines that work on tokens. */
  readonly tokenizer?: EngineTokenizer;
  /** Names of adapters that a request can choose. */
  readonly adapters?: readonly string[];
  /** Tokens of prompt and reply together; of an encoder-decoder, of the prompt alone. */
  readonly contextLength: number;
  /**
   * Takes a request into the queue. Rejects for a prompt that the model cannot take, with an `ApiError` 429 when the queue is full, and with the
   * reason of the request's signal; what goes wrong later is thrown by the iteration.
   */
  submit(request: EngineRequest): Promise<EngineReply>;
  stats(): EngineStats;
  /** Only of engines that know. */
  memory?(): EngineBytes | undefined;
  /** What was found in caches since the start: tokens of prompts, and images. */
  cacheHits?(): { readonly prefix: number; readonly features: number } | undefined;
  /** Called by engines that measure it when a request gets its slot, with the milliseconds that it waited. */
  onStart?: (waitedMs: number) => void;
  dispose(): Promise<void>;
}
