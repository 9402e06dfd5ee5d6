// What is measured: something that replies to conversations; and every kind of model as one.

import { CausalLm } from '../generate/causal-lm.js';
import { requireTokenizer } from '../generate/language-folder.js';
import type { AnyModel } from '../generate/load-model.js';
import { Mllm } from '../generate/mllm.js';
import { collectReply } from '../generate/reply.js';
import { generateMany } from '../generate/tokens.js';
import type { RgbImage } from '../media/index.js';
import { type ChatMessage, type ContentPart, framedIds, isImagePart, type MediaPart, mediaParts } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import { questionOf } from './benchmark.js';
import { pixelsOf, sourceOf } from './mean-image.js';

/** How replies are asked for. */
export interface ReplyOptions {
  /** Longest reply in tokens. */
  maxTokens: number;
  signal?: AbortSignal;
}

/** A model under test, or a baseline. It is given conversations only, never the truth. */
export interface Responder {
  /** One reply to each conversation, in order. */
  replies(conversations: readonly (readonly ChatMessage[])[], options: ReplyOptions): Promise<string[]>;
}

/**
 * A model as a responder: greedy replies. Conversations of one image and one question are batched where the model sees, those of text alone
 * where it is a decoder of text; all others are answered one by one. A text model without a chat template is given the bare question.
 * Errors: `evaluate.media` for images shown to a model of text.
 */
export function responderOf(model: AnyModel): Responder {
  if (model instanceof Mllm) return mllmResponder(model);
  if (model instanceof CausalLm) return textResponder(model);
  return {
    replies: (conversations, options) =>
      oneByOne(conversations, (messages) => collectReply(model.chat({ messages, temperature: 0, ...options }), {})),
  };
}

async function oneByOne(
  conversations: readonly (readonly ChatMessage[])[],
  reply: (messages: readonly ChatMessage[]) => Promise<{ text: string }>,
): Promise<string[]> {
  const replies: string[] = [];
  for (const messages of conversations) replies.push((await reply(messages)).text);
  return replies;
}

/** The part of a conversation that is one user message of one image and a question behind it. */
function singleImage([message, ...others]: readonly ChatMessage[]): { part: MediaPart; question: string } | undefined {
  if (message?.role !== 'user' || others.length > 0 || !Array.isArray(message.content)) return undefined;
  const [part, text, ...more] = message.content as readonly ContentPart[];
  if (!part || !isImagePart(part) || text?.type !== 'text' || more.length > 0) return undefined;
  return { part: part as MediaPart, question: (text as { text: string }).text };
}

function mllmResponder(model: Mllm): Responder {
  return {
    async replies(conversations, options) {
      const read = new Map<unknown, RgbImage>(); // the model encodes the same object once
      const pixels = async (part: MediaPart): Promise<RgbImage> => {
        const source = sourceOf(part);
        const image = read.get(source) ?? (await pixelsOf(part));
        read.set(source, image);
        return image;
      };
      const single = conversations.map(singleImage);
      const asked: { image: RgbImage; question: string }[] = [];
      for (const item of single) {
        options.signal?.throwIfAborted();
        if (item) asked.push({ image: await pixels(item.part), question: item.question });
      }
      const answers = asked.length > 0 ? await model.answer(asked, { temperature: 0, ...options }) : [];
      const others = conversations.filter((_, i) => !single[i]);
      const streamed = await oneByOne(others, (messages) => collectReply(model.stream({ messages, temperature: 0, ...options }), {}));
      return single.map((item) => (item ? answers.shift() : streamed.shift()) as string);
    },
  };
}

function textResponder(model: CausalLm): Responder {
  return {
    async replies(conversations, options) {
      const { template, generation } = model.folder;
      const tokenizer = requireTokenizer(model.folder, model.dir);
      const prompts = conversations.map((messages) => {
        if (mediaParts(messages).length > 0)
          throw new SensoriumError('evaluate.media', 'this model takes no images', {
            place: model.dir,
            expected: 'rows of text',
            got: 'a row with an image',
            hint: 'Measure it on data without images',
          });
        return { ids: template ? model.chatIds(messages) : framedIds(tokenizer, questionOf(messages)) };
      });
      return generateMany(await model.decoder(), tokenizer, prompts, { temperature: 0, ...options }, generation);
    },
  };
}
