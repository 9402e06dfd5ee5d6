// POST /v1/completions: prompts that are continued, without a chat template.

import type { Context } from 'hono';
import { chosenModel } from './catalog.js';
import { type CompletionAnswer, type CompletionLogprobs, type CompletionRequest, completionRequest } from './completions-schema.js';
import type { AppEnv, ServerContext } from './context.js';
import type { EngineRequest } from './engine.js';
import { badRequest } from './errors.js';
import type { Answer as HttpAnswer } from './event-stream.js';
import { type AnswerHead, answerHead, choicesOf, type Replies, startReplies, streamReplies, wholeReplies } from './replies.js';
import type { ReplyDelta } from './reply.js';
import { readJson } from './request.js';
import { samplingOf } from './sampling-schema.js';
import type { SseEvent } from './sse.js';

/** OpenAI's default length. */
const DEFAULT_TOKENS = 16;

/** Answers a completion request. Choice i of prompt p has the index `p * n + i`. */
export async function completions(c: Context<AppEnv>, server: ServerContext): Promise<HttpAnswer> {
  const started = performance.now();
  const request = await readJson(c, completionRequest);
  const model = await chosenModel(c, server, request.model);
  check(request);
  const prompts = promptsOf(request);
  const n = request.n ?? 1;
  const logprobs = typeof request.logprobs === 'number';
  const wanted = prompts.flatMap((prompt) => choicesOf({ ...wishesOf(request), prompt, adapter: model.adapter }, n));
  const replies = await startReplies(c, model, wanted, { logprobs, param: 'prompt', started });
  const answer = new Answer(request, prompts, answerHead('cmpl', request.model));
  const usage = (): CompletionAnswer['usage'] => usageOf(c, replies, n);
  try {
    if (request.stream) return await streamReplies(c, replies, (deltas) => chunks(request, answer, deltas, usage));
    const choices = (await wholeReplies(c, replies)).map((reply, index) => answer.choice(index, reply, reply.finish ?? 'stop'));
    return c.json(answer.body(choices, usage()));
  } catch (error) {
    replies.abort();
    throw error;
  }
}

function check(request: CompletionRequest): void {
  if (request.stream_options && !request.stream)
    throw badRequest("'stream_options' is only allowed when 'stream' is true", 'stream_options');
  if (request.echo && typeof request.logprobs === 'number')
    throw badRequest('Log-probabilities of prompts are not computed', 'echo', {
      code: 'unsupported_parameter',
      hint: 'Leave out echo, or logprobs.',
    });
  if (request.echo && promptsOf(request).some((prompt) => typeof prompt !== 'string'))
    throw badRequest('Only prompts that are texts can be sent back', 'echo', { code: 'unsupported_parameter' });
  if (request.best_of && request.best_of !== (request.n ?? 1))
    throw badRequest("'best_of' other than 'n' is not available", 'best_of', { code: 'unsupported_parameter' });
}

function wishesOf(request: CompletionRequest): EngineRequest {
  return {
    messages: [],
    ...samplingOf(request),
    maxTokens: request.max_tokens ?? DEFAULT_TOKENS,
    topLogProbs: request.logprobs || undefined,
  };
}

function promptsOf({ prompt }: CompletionRequest): (string | number[])[] {
  if (typeof prompt === 'string') return [prompt];
  return typeof prompt[0] === 'number' ? [prompt as number[]] : (prompt as (string | number[])[]);
}

/** Every prompt counts once, however many continuations it has. */
function usageOf(c: Context<AppEnv>, { all, readers }: Replies, n: number): NonNullable<CompletionAnswer['usage']> {
  const record = c.get('record');
  const prompt_tokens = all.reduce((sum, reply, i) => (i % n === 0 ? sum + reply.promptTokens : sum), 0);
  const completion_tokens = readers.reduce((sum, reader) => sum + reader.tokens, 0);
  record.promptTokens = prompt_tokens;
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
}

type Choice = CompletionAnswer['choices'][number];

/** Puts choices together; knows how far the text of each has come. */
class Answer {
  private readonly lengths: number[];
  private readonly echoes: string[];

  constructor(
    private readonly request: CompletionRequest,
    prompts: readonly (string | number[])[],
    private readonly head: AnswerHead,
  ) {
    const n = request.n ?? 1;
    this.echoes = prompts.flatMap((prompt) => new Array<string>(n).fill(request.echo && typeof prompt === 'string' ? prompt : ''));
    this.lengths = this.echoes.map((text) => text.length);
  }

  /** The next part of a choice; the first one begins with the prompt, where that is asked for. */
  choice(index: number, { text, logprobs }: Pick<ReplyDelta, 'text' | 'logprobs'>, finish: ReplyDelta['finish']): Choice {
    const echo = this.echoes[index] as string;
    this.echoes[index] = '';
    return {
      index,
      text: echo + text,
      logprobs: typeof this.request.logprobs === 'number' ? this.logprobs(index, logprobs) : null,
      finish_reason: finish === undefined ? null : finish === 'length' ? 'length' : 'stop',
    };
  }

  body(choices: Choice[], usage?: CompletionAnswer['usage']): CompletionAnswer {
    return { ...this.head, object: 'text_completion', choices, ...(usage === undefined ? {} : { usage }) };
  }

  private logprobs(index: number, tokens: ReplyDelta['logprobs']): CompletionLogprobs {
    const text_offset: number[] = [];
    for (const { token } of tokens) {
      text_offset.push(this.lengths[index] as number);
      this.lengths[index] = (this.lengths[index] as number) + token.length;
    }
    return {
      tokens: tokens.map(({ token }) => token),
      token_logprobs: tokens.map(({ logprob }) => logprob),
      top_logprobs: this.request.logprobs
        ? tokens.map(({ top_logprobs: top }) => Object.fromEntries(top.map(({ token, logprob }) => [token, logprob])))
        : null,
      text_offset,
    };
  }
}

async function* chunks(
  request: CompletionRequest,
  answer: Answer,
  deltas: AsyncGenerator<[number, ReplyDelta]>,
  usage: () => CompletionAnswer['usage'],
): AsyncGenerator<SseEvent> {
  const withUsage = request.stream_options?.include_usage === true;
  const event = (choices: Choice[], total: CompletionAnswer['usage']): string =>
    JSON.stringify(answer.body(choices, withUsage ? total : undefined));
  for await (const [index, delta] of deltas)
    if (delta.text !== '' || delta.logprobs.length > 0 || delta.finish) yield event([answer.choice(index, delta, delta.finish)], null);
  if (withUsage) yield event([], usage());
  yield '[DONE]';
}
