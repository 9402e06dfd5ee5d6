// POST /v1/completions: prompts that are continued, without a chat template.

import type { Context } from 'hono';
import { chosenModel } from './catalog.js';
import type { CompletionAnswer, CompletionLogprobs, CompletionRequest } from './completions-schema.js';
import type { AppEnv, ServerContext } from './context.js';
import type { Engine, EngineRequest } from './engine.js';
import { badRequest } from './errors.js';
import type { Answer as HttpAnswer } from './event-stream.js';
import { type AnswerHead, answerHead, choicesOf, type Replies, startReplies, streamReplies, wholeReplies } from './replies.js';
import type { PromptLogprob, ReplyDelta } from './reply.js';
import { readJson } from './request.js';
import { samplingOf } from './sampling-schema.js';
import type { SseEvent } from './sse.js';
import { sendJson } from './write-json.js';

/** OpenAI's default length. */
const DEFAULT_TOKENS = 16;

/** Answers a completion request. Choice i of prompt p has the index `p * n + i`. */
export async function completions(c: Context<AppEnv>, server: ServerContext): Promise<HttpAnswer> {
  const started = performance.now();
  const request = await readJson(c, 'completions');
  const model = await chosenModel(c, server, request.model);
  check(request, model.engine);
  const prompts = promptsOf(request);
  const n = request.n ?? 1;
  const logprobs = typeof request.logprobs === 'number';
  const wanted = prompts.flatMap((prompt) => choicesOf({ ...wishesOf(request), prompt, adapter: model.adapter }, n));
  const replies = await startReplies(c, model, wanted, { logprobs, param: 'prompt', started });
  const answer = new Answer(request, echoesOf(request, model.engine), answerHead('cmpl', request.model));
  const usage = (): CompletionAnswer['usage'] => usageOf(c, replies, n);
  try {
    if (request.stream) return await streamReplies(c, replies, (deltas) => chunks(request, answer, deltas, usage));
    const choices = (await wholeReplies(c, replies)).map((reply, index) => answer.choice(index, reply, reply.finish ?? 'stop'));
    return await sendJson(c, answer.body(choices, usage()));
  } catch (error) {
    replies.abort();
    throw error;
  }
}

function check(request: CompletionRequest, { tokenizer }: Engine): void {
  if (request.stream_options && !request.stream)
    throw badRequest("'stream_options' is only allowed when 'stream' is true", 'stream_options');
  if (request.echo && !tokenizer && promptsOf(request).some((prompt) => typeof prompt !== 'string'))
    throw badRequest('Only prompts that are texts can be sent back', 'echo', { code: 'unsupported_parameter' });
  if (request.max_tokens === 0 && !request.echo)
    throw badRequest('Nothing is asked for', 'max_tokens', { code: 'invalid_value', expected: 'at least 1, or echo' });
  if (request.best_of && request.best_of !== (request.n ?? 1))
    throw badRequest("'best_of' other than 'n' is not available", 'best_of', { code: 'unsupported_parameter' });
}

function wishesOf(request: CompletionRequest): EngineRequest {
  return {
    messages: [],
    ...samplingOf(request),
    maxTokens: request.max_tokens ?? DEFAULT_TOKENS,
    topLogProbs: request.logprobs || undefined,
    promptLogProbs: request.echo ? (request.logprobs ?? undefined) : undefined,
  };
}

function promptsOf({ prompt }: CompletionRequest): (string | number[])[] {
  if (typeof prompt === 'string') return [prompt];
  return typeof prompt[0] === 'number' ? [prompt as number[]] : (prompt as (string | number[])[]);
}

/** What is sent back of each prompt. */
function echoesOf(request: CompletionRequest, { tokenizer }: Engine): string[] {
  return promptsOf(request).map((prompt) => {
    if (!request.echo) return '';
    return typeof prompt === 'string' ? prompt : (tokenizer?.decode(prompt) ?? '');
  });
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
    echoes: readonly string[],
    private readonly head: AnswerHead,
  ) {
    this.echoes = echoes.flatMap((echo) => new Array<string>(request.n ?? 1).fill(echo));
    this.lengths = this.echoes.map((text) => text.length);
  }

  /** The next part of a choice; the first one begins with the prompt, where that is asked for. */
  choice(
    index: number,
    { text, logprobs, prompt }: Pick<ReplyDelta, 'text' | 'logprobs' | 'prompt'>,
    finish: ReplyDelta['finish'],
  ): Choice {
    const echo = this.echoes[index] as string;
    this.echoes[index] = '';
    return {
      index,
      text: echo + text,
      logprobs: typeof this.request.logprobs === 'number' ? this.logprobs(index, logprobs, prompt) : null,
      finish_reason: finish === undefined ? null : finish === 'length' ? 'length' : 'stop',
    };
  }

  body(choices: Choice[], usage?: CompletionAnswer['usage']): CompletionAnswer {
    return { ...this.head, object: 'text_completion', choices, ...(usage === undefined ? {} : { usage }) };
  }

  private logprobs(index: number, reply: ReplyDelta['logprobs'], prompt: ReplyDelta['prompt'] = []): CompletionLogprobs {
    const text_offset: number[] = [];
    let at = 0;
    for (const { token } of prompt) {
      text_offset.push(at);
      at += token.length;
    }
    for (const { token } of reply) {
      text_offset.push(this.lengths[index] as number);
      this.lengths[index] = (this.lengths[index] as number) + token.length;
    }
    const tokens: readonly PromptLogprob[] = [...prompt, ...reply];
    return {
      tokens: tokens.map(({ token }) => token),
      token_logprobs: tokens.map(({ logprob }) => logprob),
      top_logprobs: this.request.logprobs
        ? tokens.map(({ logprob: own, top_logprobs: top }) =>
            own === null ? null : Object.fromEntries(top.map(({ token, logprob }) => [token, logprob])),
          )
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
    if (delta.text !== '' || delta.logprobs.length > 0 || delta.prompt || delta.finish)
      yield event([answer.choice(index, delta, delta.finish)], null);
  if (withUsage) yield event([], usage());
  yield '[DONE]';
}
