// One choice of a reply as it grows: text, calls of tools, log-probabilities and the reason it ended, from the events of the engine.

import { randomUUID } from 'node:crypto';
import type { ChainStep } from '../reason/chains/index.js';
import { type ToolCall, ToolCallReader } from '../text/tool-calls.js';
import type { FinishReason, Logprobs, TokenLogprob } from './chat-reply-schema.js';
import type { EngineChoice, EngineEvent, EngineRequest } from './engine.js';
import type { Products } from './products.js';

/** A call as the API shows it. */
export interface ShownCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

/** A token of a prompt with its log-probability, which the first one has not. */
export type PromptLogprob = Omit<Logprobs['content'][number], 'logprob'> & { logprob: number | null };

/** What one event adds. */
export interface ReplyDelta extends Products {
  text: string;
  thinking?: string;
  calls: ShownCall[];
  logprobs: Logprobs['content'];
  /** Tokens of the prompt, where they come first. */
  prompt?: readonly PromptLogprob[];
  /** The step of a chain that the thinking is. */
  step?: ChainStep;
  finish: FinishReason | undefined;
}

/** What a reader expects of the reply to a request. */
export function expectedCalls({ tools, toolChoice = 'auto', singleCall }: EngineRequest): Pick<ReplyOptions, 'tools' | 'single'> {
  return { tools: toolChoice === 'auto' ? tools !== undefined : 'forced', single: singleCall };
}

/** Options of a `ReplyReader`. */
export interface ReplyOptions {
  logprobs: boolean;
  /** The request has tools: calls are looked for, or, where they are forced, nothing else is expected. */
  tools: boolean | 'forced';
  /** Calls after the first are left out. */
  single?: boolean;
}

/** Turns the engine's events into what the API shows. */
export class ReplyReader {
  tokens = 0;
  calls = 0;
  private readonly reader: ToolCallReader | undefined;

  constructor(private readonly options: ReplyOptions) {
    this.reader = options.tools ? new ToolCallReader(options.tools === 'forced') : undefined;
  }

  read(event: EngineEvent): ReplyDelta {
    if (event.token) this.tokens++;
    const read = this.reader?.push(event.text) ?? { text: event.text, calls: [] };
    if (event.finish && this.reader) {
      const rest = this.reader.end();
      read.text += rest.text;
      read.calls.push(...rest.calls);
    }
    if (this.options.single) read.calls.splice(this.calls === 0 ? 1 : 0);
    this.calls += read.calls.length;
    const finish = event.finish === 'stop' && this.calls > 0 ? 'tool_calls' : event.finish;
    const logprobs = this.options.logprobs && event.token ? [shownToken(event.token)] : [];
    const prompt = event.prompt?.map(({ logProb, ...token }) => ({
      ...shownToken({ ...token, logProb: logProb ?? 0 }),
      ...(logProb === undefined ? { logprob: null } : {}),
    }));
    const { thinking, boxes, masks, images } = event;
    const more = {
      ...(boxes ? { boxes } : {}),
      ...(masks ? { masks } : {}),
      ...(images ? { images } : {}),
      ...(thinking === undefined ? {} : { thinking }),
      ...(prompt ? { prompt } : {}),
    };
    return { text: read.text, calls: read.calls.map(shownCall), logprobs, finish, ...more };
  }
}

function shownCall({ name, arguments: args }: ToolCall): ShownCall {
  return { id: `call_${randomUUID().replaceAll('-', '').slice(0, 24)}`, type: 'function', function: { name, arguments: args } };
}

function shown({ text, bytes, logProb }: EngineChoice): TokenLogprob {
  // JSON has no -Infinity; OpenAI's own stand-in for "practically never".
  return { token: text, logprob: Number.isFinite(logProb) ? logProb : -9999, bytes: [...bytes] };
}

function shownToken(token: NonNullable<EngineEvent['token']>): Logprobs['content'][number] {
  return { ...shown(token), top_logprobs: token.top.map(shown) };
}
