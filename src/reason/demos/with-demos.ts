// A responder that is shown demonstrations before every question: it composes with any other, and with every benchmark.

import type { PartialResponder, RankItem, ReplyOptions, Responder } from '../../evaluate/responder.js';
import type { ChatMessage } from '../../text/index.js';
import { SensoriumError, throwIfAborted } from '../../util/errors.js';
import { Rng } from '../../util/rng.js';
import { calibrated, contentFree, softmax } from './calibrate.js';
import { replyEntropy, somePermutations } from './orders.js';
import { type DemoOptions, type DemoPrompt, DemoPrompter } from './prompter.js';

/** Options of `withDemos`. */
export interface WithDemosOptions extends DemoOptions {
  /** Contextual calibration where choices are ranked: needs a responder with `scores`. */
  calibrate?: boolean;
  /** With the order `entropy`: permutations that are tried, and demonstrations that are asked under each. Default 6 and 8. */
  permutations?: number;
  probes?: number;
  /** Called with the demos of each question. */
  onPrompt?: (prompt: DemoPrompt) => void;
}

/** A reply up to where the pattern of a template goes on. */
export function untilStop(reply: string, stops: readonly string[] = []): string {
  const ends = stops.map((stop) => reply.indexOf(stop)).filter((at) => at >= 0);
  const cut = ends.length > 0 ? reply.slice(0, Math.min(...ends)) : reply;
  return stops.length > 0 ? cut.trim() : cut;
}

/** Codes of prompts that are too long for a model or server. */
const TOO_LONG: ReadonlySet<unknown> = new Set(['generate.context', 'text.length']);

/** The error of a prompt that is too long, with what to do about it; any other as it is. */
export function aboutLength(error: unknown, shots: number): unknown {
  if (!(error instanceof SensoriumError) || !TOO_LONG.has(error.code) || shots === 0) return error;
  const { code, summary, place, expected, got } = error;
  return new SensoriumError(code, summary, {
    place,
    expected,
    got,
    cause: error,
    hint: `Show fewer demonstrations than ${shots} (--shots)`,
  });
}

/**
 * A responder that puts demonstrations before the last question of every conversation.
 * @example withDemos(await responderOf(model), { bank: await openIndex('pictures'), shots: 4 })
 * Errors: those of `DemoPrompter`; `demos.option` for calibration by a responder without probabilities.
 */
export function withDemos(responder: Responder, options: WithDemosOptions): Responder;
export function withDemos(responder: PartialResponder, options: WithDemosOptions): PartialResponder;
export function withDemos(responder: PartialResponder, options: WithDemosOptions): PartialResponder {
  const { calibrate = false, permutations = 6, probes = 8, onPrompt } = options;
  const { scores } = responder;
  if (calibrate && !scores)
    throw new SensoriumError('demos.option', 'calibration needs the probabilities of choices', {
      place: 'calibrate',
      expected: 'a model in a folder',
      got: 'a responder that has replies alone',
    });
  const prompter = new DemoPrompter(options);
  const orders = new Map<string, number[]>();

  const prompts = async (conversations: readonly (readonly ChatMessage[])[], signal?: AbortSignal): Promise<DemoPrompt[]> => {
    const found = await prompter.prompts(conversations, signal);
    if (prompter.order.probes)
      for (const [i, { demos }] of found.entries()) {
        const best = await evenest(demos, signal);
        found[i] = await prompter.promptWith(conversations[i] as readonly ChatMessage[], best);
      }
    if (onPrompt) for (const prompt of found) onPrompt(prompt);
    return found;
  };

  /** The permutation of some demos under which the replies to other demos are most even (Lu et al. 2022, GlobalE). */
  async function evenest(demos: readonly number[], signal?: AbortSignal): Promise<number[]> {
    const set = String([...demos].sort((a, b) => a - b));
    const known = orders.get(set);
    if (known) return known;
    const { bank } = options;
    const others = bank.usable.filter((index) => !demos.includes(index));
    const asked: ChatMessage[][] = [];
    for (const index of new Rng(`probes/${prompter.seed}/${set}`).sample(others, probes)) {
      const demo = await bank.demo(index);
      const words = demo.question === '' ? [{ type: 'text' as const, text: 'Describe the image.' }] : [];
      asked.push([{ role: 'user', content: [...demo.content, ...words] }]);
    }
    let best: { order: number[]; entropy: number } = { order: [...demos], entropy: Number.NEGATIVE_INFINITY };
    for (const order of asked.length > 0 && demos.length > 1 ? somePermutations(demos, permutations, prompter.seed) : []) {
      throwIfAborted(signal);
      const shown: ChatMessage[][] = [];
      for (const messages of asked) shown.push((await prompter.promptWith(messages, order)).messages);
      const replies = await responder.replies(shown, { maxTokens: 16, signal });
      const entropy = replyEntropy(replies.map((reply) => untilStop(reply ?? '', prompter.template.stops)));
      if (entropy > best.entropy) best = { order, entropy };
    }
    orders.set(set, best.order);
    return best.order;
  }

  const withPrompts = async (items: readonly RankItem[], signal?: AbortSignal): Promise<RankItem[]> => {
    const found = await prompts(
      items.map(({ messages }) => messages),
      signal,
    );
    return items.map((item, i) => ({ ...item, messages: (found[i] as DemoPrompt).messages }));
  };

  const probabilities = async (items: readonly RankItem[], signal?: AbortSignal): Promise<number[][]> => {
    const shown = await withPrompts(items, signal);
    const own = (await scores?.(shown, { signal })) ?? [];
    if (!calibrate) return own;
    const free = (await scores?.(
      shown.map((item) => ({ ...item, messages: contentFree(item.messages) })),
      { signal },
    )) as number[][];
    return own.map((list, i) => calibrated(softmax(list), softmax(free[i] as number[])).map(Math.log));
  };

  return {
    async replies(conversations, { onReply, ...rest }: ReplyOptions) {
      const found = await prompts(conversations, rest.signal);
      const { stops } = prompter.template;
      const onOne: ReplyOptions['onReply'] = (told) => onReply?.(told && { ...told, reply: untilStop(told.reply, stops) });
      const shown = found.map(({ messages }) => messages);
      const replies = await responder.replies(shown, { ...rest, onReply: onOne }).catch((error: unknown) => {
        throw aboutLength(error, options.shots);
      });
      return replies.map((reply) => (reply === undefined ? undefined : untilStop(reply, stops)));
    },
    ...(scores ? { scores: (items, { signal }) => probabilities(items, signal) } : {}),
    ...(responder.rank
      ? {
          async rank(items, { signal, onRank }) {
            if (!calibrate) return (await responder.rank?.(await withPrompts(items, signal), { signal, onRank })) ?? [];
            const best = (await probabilities(items, signal)).map((list) => list.indexOf(Math.max(...list)));
            for (const [place, index] of best.entries()) onRank?.(place, index);
            return best;
          },
        }
      : {}),
  };
}
