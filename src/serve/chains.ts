// Chains of thought that a request asks for: `"sensorium": {"chain": "ddcot"}`. The served model thinks and looks, or rules think; the steps come as they stand.

import type { Context } from 'hono';
import type { PartialResponder } from '../evaluate/responder.js';
import { type Chain, type ChainStep, chainsOf, grammarThinker, stepText } from '../reason/chains/index.js';
import { CHAINS, chainNamed } from '../reason/chains/registry.js';
import { type ChatMessage, withThinking } from '../text/index.js';
import { Channel } from './channel.js';
import type { ChainWork } from './chat-reply-schema.js';
import type { ChatRequest } from './chat-schema.js';
import type { AppEnv, ModelContext } from './context.js';
import type { EngineEvent, EngineReply, EngineRequest } from './engine.js';
import { badRequest } from './errors.js';
import type { Replies } from './replies.js';
import { type ReplyDelta, ReplyReader } from './reply.js';

/** What a request asks for. */
export type ChainWishes = NonNullable<NonNullable<ChatRequest['sensorium']>['chain']>;

/** Questions of one chain that the engine is asked at the same time. */
const TOGETHER = 4;
/** Tokens of the answer, where the request does not say. */
const ANSWER_TOKENS = 32;

interface ChainEvent extends EngineEvent {
  step?: ChainStep;
}

/** Reads the events of a chain; its tokens are those of all replies in it. */
class ChainReader extends ReplyReader {
  constructor(private readonly spent: { completion: number }) {
    super({ logprobs: false, tools: false });
  }
  override read(event: ChainEvent): ReplyDelta {
    const delta = super.read(event);
    this.tokens = this.spent.completion;
    return event.step ? { ...delta, step: event.step } : delta;
  }
}

/** A chain under way as the one reply of a request. */
export interface ChainReplies extends Replies {
  /** The chain, once its reply has ended. */
  readonly made: () => Chain | undefined;
}

/** Refuses what a chain cannot be asked together with. Throws `ApiError` 400. */
export function checkChain(request: ChatRequest, { name, thinker }: ChainWishes): void {
  for (const param of ['tools', 'response_format', 'logprobs'] as const)
    if (request[param]) throw badRequest(`A chain takes no '${param}'`, param, { code: 'unsupported_parameter' });
  if ((request.n ?? 1) > 1) throw badRequest('A chain gives one reply', 'n', { code: 'invalid_value', expected: '1' });
  for (const other of ['agent', 'demos', 'verify'] as const)
    if (request.sensorium?.[other])
      throw badRequest(`A chain does not go together with '${other}'`, `sensorium.${other}`, { code: 'invalid_value' });
  if (request.messages.at(-1)?.role !== 'user')
    throw badRequest('A chain answers the last message, which is of the user', 'messages', { code: 'invalid_value' });
  if (thinker === 'grammar' && !chainNamed(CHAINS, name).splits)
    throw badRequest('Rules split questions and join answers, and nothing else', 'sensorium.chain.thinker', {
      code: 'invalid_value',
      expected: `'model', or a chain of ${CHAINS.flatMap((one) => (one.splits ? [one.name] : [])).join(', ')}`,
      got: `${thinker} with ${name}`,
    });
}

/** Starts the chain of a request, which `checkChain` found well. `wishes` is what each question to the model has of the request. */
export function startChain(
  c: Context<AppEnv>,
  { engine, adapter }: Pick<ModelContext, 'engine' | 'adapter'>,
  {
    chain: { name, thinker, max_calls: maxCalls, max_tokens: maxTokens },
    messages,
    wishes,
    started,
  }: { chain: ChainWishes; messages: readonly ChatMessage[]; wishes: Omit<EngineRequest, 'messages'>; started: number },
): ChainReplies {
  const together = new AbortController();
  const signal = AbortSignal.any([c.get('signal'), together.signal]);
  const spent = { prompt: 0, completion: 0 };
  const counts = new Map<string, number>();
  const { variables, method, halle, maxThinking, seed, maxTokens: answerTokens = ANSWER_TOKENS } = wishes;
  const shared = { variables, method, halle, maxThinking, adapter, owner: c.get('client'), cacheSalt: c.get('key')?.key };

  const ask = async (request: EngineRequest): Promise<string> => {
    const reply = await engine.submit({ ...shared, ...request, signal });
    let [text, thinking, tokens] = ['', '', 0];
    try {
      for await (const event of reply) {
        text += event.text;
        thinking += event.thinking ?? '';
        if (event.token) tokens++;
      }
    } finally {
      spent.prompt += reply.promptTokens;
      spent.completion += tokens;
    }
    const told = withThinking({ text, ...(thinking === '' ? {} : { thinking }) });
    counts.set(told, tokens);
    return told;
  };
  const eye: PartialResponder = {
    async replies(conversations, { maxTokens: most, sampling }) {
      const said = new Array<string>(conversations.length);
      const left = [...conversations.keys()].reverse();
      const work = async (): Promise<void> => {
        for (let i = left.pop(); i !== undefined; i = left.pop())
          said[i] = await ask({
            messages: conversations[i] as readonly ChatMessage[],
            maxTokens: most,
            temperature: sampling?.temperature ?? 0,
            seed: sampling?.seed,
          });
      };
      await Promise.all(Array.from({ length: Math.min(TOGETHER, left.length) }, work));
      return said;
    },
  };

  let made: Chain | undefined;
  const run = async (channel: Channel<ChainEvent>): Promise<void> => {
    let steps = 0;
    try {
      const [chain] = await chainsOf(eye, [messages], {
        chain: name,
        ...(thinker === 'grammar' ? { thinker: grammarThinker() } : {}),
        maxCalls: maxCalls ?? undefined,
        maxTokens: maxTokens ?? undefined,
        answerTokens,
        seed,
        countTokens: (reply) => counts.get(reply) ?? 0,
        onStep: (step) => channel.push({ text: '', thinking: `${steps++ > 0 ? '\n' : ''}${stepText(step)}`, step }),
        signal,
      });
      made = chain;
      channel.push({ text: chain?.answer ?? '', finish: chain?.stopped ? 'length' : 'stop' });
      channel.end();
    } catch (error) {
      together.abort(); // questions that still run
      channel.fail(error);
    }
  };
  const reply: EngineReply = {
    get promptTokens() {
      return spent.prompt;
    },
    async *[Symbol.asyncIterator](): AsyncGenerator<EngineEvent> {
      const channel = new Channel<ChainEvent>(() => together.abort());
      void run(channel);
      yield* channel;
    },
  };
  return { all: [reply], readers: [new ChainReader(spent)], started, abort: () => together.abort(), made: () => made };
}

/** What a completion tells of a chain beside its steps. */
export function chainSummary({ strategy, tier, vote, ties, calls, tokens, stopped }: Chain): Omit<ChainWork, 'steps'> {
  return {
    chain: strategy,
    tier,
    ...(vote ? { vote: [...vote] } : {}),
    ...(ties ? { ties: [...ties] } : {}),
    calls,
    tokens,
    ...(stopped ? { stopped } : {}),
  };
}

/** A step as the API shows it. */
export const shownStep = ({ kind, by, text, doubt, dropped, depth, sample }: ChainStep): ChainWork['steps'][number] => ({
  kind,
  by,
  text,
  ...(doubt === undefined ? {} : { doubt }),
  ...(dropped ? { dropped } : {}),
  ...(depth === undefined ? {} : { depth }),
  ...(sample === undefined ? {} : { sample }),
});
