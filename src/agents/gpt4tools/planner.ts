// Planners in the form of GPT4Tools: a model of ours whose replies are held to the form, so that every call names a listed tool and real files, or any responder.

import { replyPattern } from '../../data/gpt4tools/index.js';
import { questionOf } from '../../evaluate/benchmark.js';
import type { Responder } from '../../evaluate/responder.js';
import { constraintFor } from '../../generate/constrain/index.js';
import type { Mllm } from '../../generate/mllm.js';

/**
 * A model as a responder to prompts of GPT4Tools' form: greedy replies under the regular expression of each prompt, so every reply can be read. What the
 * model chooses is whether a tool is needed, which of the listed ones, which of the images that the prompt names, and the words.
 */
export function gpt4toolsPlanner(model: Mllm): Responder {
  return {
    async replies(conversations, { maxTokens, signal, onReply }) {
      const out: string[] = [];
      for (const [place, messages] of conversations.entries()) {
        const responseFormat = { type: 'regex', pattern: replyPattern(questionOf(messages)) } as const;
        // A few milliseconds: not worth a worker, which large forms are compiled in.
        constraintFor(model.tokenizer, responseFormat);
        const { text } = await model.reply({ messages: [...messages], maxTokens, temperature: 0, signal, responseFormat });
        out.push(text);
        onReply?.({ place, reply: text });
      }
      return out;
    },
  };
}
