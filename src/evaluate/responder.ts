// A responder, which replies to conversations and is measured by the answers; and every kind of model as one.

import { Engine, type EngineRequest, Seq2SeqEngine } from '../generate/engine/index.js';
import { bytesPerPosition } from '../generate/engine/kv-memory.js';
import type { ChatOptions, Mllm } from '../generate/mllm.js';
import { type RankedOption, rankOptions } from '../generate/rank-options.js';
import { collectReply } from '../generate/reply.js';
import { endAdapter, MaskHead } from '../networks/index.js';
import { type ChatMessage, conventionOfVocabulary, decimals, framedIds, mediaParts, rewriteBoxes, withThinking } from '../text/index.js';
import { writeMask } from '../text/mask-text.js';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { questionOf, type Row } from './benchmark.js';

/** A reply that has come: to which of the conversations, and whether it was there before. */
export interface ReplyTold {
  place: number;
  reply: string;
  kept?: boolean;
}

/** How replies are drawn; equal seeds draw the same reply to the same conversation. */
export interface SamplingOfReply {
  temperature: number;
  seed?: number;
}

/** How replies are asked for. */
export interface ReplyOptions {
  /** Longest reply in tokens. */
  maxTokens: number;
  /** Default: the likeliest reply. Responders that do not draw, such as recorded ones, have one reply. */
  sampling?: SamplingOfReply;
  signal?: AbortSignal;
  /** May be called after each reply, in any order; with the reply, it is kept at once. */
  onReply?: (told?: ReplyTold) => void;
  /** Called for a conversation, by its place, that has no reply, and why: the server refused it, its file has none. What stands for its reply is not read. */
  onFailed?: (index: number, reason: string) => void;
}

/** How replies to rows are asked for. */
export type RowReplyOptions = Pick<ReplyOptions, 'signal' | 'onFailed'> & { bench: string };

/** How choices are ranked. */
export interface RankOptions {
  signal?: AbortSignal;
  /** May be called after each item, with its place and that of its most probable choice. */
  onRank?: (place: number, best: number) => void;
}

/** A conversation whose reply is one of some choices. */
export interface RankItem {
  messages: readonly ChatMessage[];
  choices: readonly string[];
}

/** What benchmarks ask: a model, or a baseline. It is given conversations only, never the truth. */
export interface Responder {
  /** One reply to each conversation, in order. */
  replies(conversations: readonly (readonly ChatMessage[])[], options: ReplyOptions): Promise<string[]>;
  /** The place of the most probable of some choices as reply, for each conversation; absent where probabilities are not to be had. */
  rank?(items: readonly RankItem[], options: RankOptions): Promise<number[]>;
  /** The mean log-probability a token of each choice as reply, for each conversation; where `rank` is, of a model in a folder. */
  scores?(items: readonly RankItem[], options: Pick<RankOptions, 'signal'>): Promise<number[][]>;
  /**
   * In place of `replies` for what knows rows by their ids, such as a file of replies: one reply to each row of a benchmark, in order. It is
   * not asked about the mean image.
   */
  repliesToRows?(rows: readonly Row[], options: RowReplyOptions): Promise<string[]>;
}

/** A responder that may lack some replies, as recorded ones do: undefined stands in their place, and the runner names their rows. */
export interface PartialResponder {
  replies(conversations: readonly (readonly ChatMessage[])[], options: ReplyOptions): Promise<(string | undefined)[]>;
  rank?(items: readonly RankItem[], options: RankOptions): Promise<(number | undefined)[]>;
  scores?: Responder['scores'];
  repliesToRows?: Responder['repliesToRows'];
}

/** A responder that holds memory. */
export interface ModelResponder extends Responder {
  /** Frees what is held beside the model, which stays its owner's. */
  dispose(): Promise<void>;
}

/** Bytes of keys and values that conversations may take together. */
const KV_BYTES = 2 ** 31;
/** Conversations wait in the runner, not in the engine. */
const QUEUE = 2 ** 20;

/**
 * A model as a responder: greedy replies of an engine to up to `slots` conversations at once (default 32; fewer where the whole context of
 * each takes more than 2 GiB together). A text model without a chat template is given the bare question. Boxes in location tokens are reported as
 * decimals, which benchmarks read. Errors: `evaluate.media` for images
 * in conversations with a model of text; those of the engine.
 */
export async function responderOf(model: Mllm, options: { slots?: number } = {}): Promise<ModelResponder> {
  const plain = await plainResponder(model, options);
  const tokens = model.model.tokenizer && conventionOfVocabulary(model.model.tokenizer);
  if (!tokens) return plain;
  const read = (reply: string): string => rewriteBoxes(reply, tokens, decimals());
  return {
    ...plain,
    replies: async (conversations, { onReply, ...o }) =>
      (await plain.replies(conversations, { ...o, onReply: (told) => onReply?.(told && { ...told, reply: read(told.reply) }) })).map(read),
  };
}

async function plainResponder(model: Mllm, { slots: most = 32 }: { slots?: number }): Promise<ModelResponder> {
  const { kind } = model.model;
  if (kind === 'seq2seq') {
    const engine = await Seq2SeqEngine.create(model, { slots: most, maxQueue: QUEUE });
    return {
      replies: (conversations, options) => replyAll(engine, conversations, options),
      ...ranker(model),
      dispose: () => engine.dispose(),
    };
  }
  // Masks are read off a whole conversation. They stand behind the words, as text that benchmarks read.
  if (endAdapter(model.model.network, MaskHead))
    return {
      replies: (conversations, options) =>
        replyInTurn(model, conversations, options, async (request) => {
          const { text, masks = [] } = await model.reply(request);
          return [text, ...masks.map(writeMask)].join(' ');
        }),
      ...ranker(model),
      dispose: async () => undefined,
    };
  // Adapters that attend to images at every step are not served in one batch with others.
  const { language_model: language } = model.model.network as { language_model?: { readsMedia?: boolean } };
  if (language?.readsMedia)
    return {
      replies: (conversations, options) => replyInTurn(model, conversations, options),
      ...ranker(model),
      dispose: async () => undefined,
    };
  const { program, capacity } = await model.programs.decoder();
  const slots = Math.max(1, Math.min(most, Math.floor(KV_BYTES / (capacity * bytesPerPosition(program)))));
  const engine = await Engine.create(model, { slots, maxQueue: QUEUE });
  const promptOf = kind === 'causal' ? textPrompt(model) : undefined;
  return {
    replies: (conversations, options) => replyAll(engine, conversations, options, promptOf),
    ...ranker(model),
    dispose: () => engine.dispose(),
  };
}

type Prompt = Pick<EngineRequest, 'messages' | 'ids'>;

/** How a model of text is given a conversation. */
function textPrompt({ tokenizer, model: { template, dir } }: Mllm): (messages: readonly ChatMessage[]) => Prompt {
  return (messages) => {
    if (mediaParts(messages).length > 0)
      throw new SensoriumError('evaluate.media', 'this model takes no images', {
        place: dir,
        expected: 'rows of text',
        got: 'a row with an image',
        hint: 'Measure it on data without images',
      });
    return template ? { messages } : { ids: framedIds(tokenizer, questionOf(messages)) };
  };
}

const GREEDY: SamplingOfReply = { temperature: 0 };

/** All replies; the first that fails ends the others. */
async function replyAll(
  engine: Engine | Seq2SeqEngine,
  conversations: readonly (readonly ChatMessage[])[],
  { maxTokens, sampling = GREEDY, signal, onReply }: ReplyOptions,
  promptOf: (messages: readonly ChatMessage[]) => Prompt = (messages) => ({ messages }),
): Promise<string[]> {
  const prompts = conversations.map(promptOf);
  const failed = new AbortController();
  const either = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal;
  const reply = async (prompt: Prompt, place: number): Promise<string> => {
    try {
      const said = await collectReply(engine.submit({ ...prompt, maxTokens, ...sampling, signal: either }), {});
      const text = withThinking(said);
      onReply?.({ place, reply: text });
      return text;
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  };
  return Promise.all(prompts.map(reply));
}

/** Greedy replies one after the other. */
async function replyInTurn(
  model: Mllm,
  conversations: readonly (readonly ChatMessage[])[],
  { maxTokens, sampling = GREEDY, signal, onReply }: ReplyOptions,
  replyTo = async (request: ChatOptions): Promise<string> => withThinking(await model.reply(request)),
): Promise<string[]> {
  const replies: string[] = [];
  for (const [place, messages] of conversations.entries()) {
    const reply = await replyTo({ messages: [...messages], maxTokens, ...sampling, signal });
    replies.push(reply);
    onReply?.({ place, reply });
  }
  return replies;
}

/** Scores choices by their mean log-probability a token, so that long ones have a chance. */
function ranker(model: Mllm): Required<Pick<Responder, 'rank' | 'scores'>> {
  const scored = async ({ messages, choices }: RankItem): Promise<RankedOption[]> => {
    const ids = choices.map((choice) => model.tokenizer.encode(choice));
    return rankOptions(await model.policy(), await model.encode([...messages]), ids, { normalize: 'mean' });
  };
  return {
    async rank(items, { signal, onRank }) {
      const best: number[] = [];
      for (const [place, item] of items.entries()) {
        throwIfAborted(signal);
        const [first] = await scored(item);
        const { index } = first as RankedOption;
        best.push(index);
        onRank?.(place, index);
      }
      return best;
    },
    async scores(items, { signal }) {
      const all: number[][] = [];
      for (const item of items) {
        throwIfAborted(signal);
        const list = new Array<number>(item.choices.length);
        for (const { index, score } of await scored(item)) list[index] = score;
        all.push(list);
      }
      return all;
    },
  };
}
