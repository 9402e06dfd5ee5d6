// From a conversation to the same conversation with demonstrations in front: choose, leave out, arrange, write.

import type { ChatMessage, ContentPart } from '../../text/index.js';
import { SensoriumError, throwIfAborted } from '../../util/errors.js';
import { Rng } from '../../util/rng.js';
import type { DemoBank } from './bank.js';
import type { DemoFilter } from './coherence.js';
import { type Demo, mediaIn, partsOf, textOf } from './demo.js';
import { type DemoOrder, demoOrder } from './orders.js';
import { type DemoSelector, demoSelector, type Selection, type VectorSelection } from './selectors/index.js';
import { type DemoTemplate, demoTemplate } from './templates/index.js';
import { type DemoVectors, embedDemos, keyOfContent } from './vectors.js';

/** How demonstrations are chosen and shown. */
export interface DemoOptions {
  bank: DemoBank;
  /** Demonstrations of each question. */
  shots: number;
  /** Name of a row of `DEMO_SELECTORS`. Default `rices`; `random` where the bank has no vectors. */
  selector?: string;
  /** Name of a row of `DEMO_ORDERS`. Default `similar-last`. */
  order?: string;
  /** Name of a row of `DEMO_TEMPLATES`, or one of your own. Default `chat`. */
  template?: string | DemoTemplate;
  /** Of random choices. Default 0. */
  seed?: number;
  /** Leaves demonstrations out that do not hang together. */
  filter?: DemoFilter;
}

/** A conversation with demonstrations. */
export interface DemoPrompt {
  messages: ChatMessage[];
  /** Numbers of the demos in the bank, as they are shown. */
  demos: number[];
}

/** A conversation as its query and what stands before it. */
interface Query {
  content: readonly ContentPart[];
  before: readonly ChatMessage[];
  vectors: DemoVectors;
  /** A number of its own for random choices. */
  name: string;
}

/** Most demonstrations of a question. */
export const MOST_SHOTS = 256;

/** Writes demonstrations into conversations. */
export class DemoPrompter {
  readonly template: DemoTemplate;
  readonly selector: DemoSelector;
  readonly order: DemoOrder;
  readonly seed: number;

  /** Errors: `demos.option` for names that there are not, and for a selector that compares vectors where the bank has none. */
  constructor(readonly options: DemoOptions) {
    const { bank, shots, selector = bank.vectors ? 'rices' : 'random', order = 'similar-last', template = 'chat', seed = 0 } = options;
    if (!Number.isInteger(shots) || shots < 0 || shots > MOST_SHOTS)
      throw new SensoriumError('demos.option', 'not a number of demonstrations', {
        place: 'shots',
        expected: `a whole number from 0 to ${MOST_SHOTS}`,
        got: String(shots),
      });
    this.template = typeof template === 'string' ? demoTemplate(template) : template;
    this.selector = demoSelector(selector);
    this.order = demoOrder(order);
    this.seed = seed;
    if (this.selector.needs.length > 0 && !(bank.vectors && bank.embedder))
      throw new SensoriumError('demos.option', 'the selector compares demonstrations by a CLIP, and there is none', {
        place: 'selector',
        expected: 'random, fixed, or a bank with an embedder',
        got: this.selector.name,
      });
  }

  /** Conversations with demonstrations in front of their last question, in order. Queries are embedded together. */
  async prompts(conversations: readonly (readonly ChatMessage[])[], signal?: AbortSignal): Promise<DemoPrompt[]> {
    const queries = await this.queries(conversations, signal);
    const out: DemoPrompt[] = [];
    for (const query of queries) {
      throwIfAborted(signal);
      const chosen = this.options.shots === 0 ? [] : await this.choose(query, signal);
      out.push(await this.write(query, this.order.arrange(chosen, this.seed)));
    }
    return out;
  }

  /** One conversation. */
  async prompt(messages: readonly ChatMessage[], signal?: AbortSignal): Promise<DemoPrompt> {
    return (await this.prompts([messages], signal))[0] as DemoPrompt;
  }

  /** A conversation with demos of these numbers, in this order. */
  async promptWith(messages: readonly ChatMessage[], demos: readonly number[]): Promise<DemoPrompt> {
    return this.write(splitQuery(messages), [...demos]);
  }

  private async write({ content, before }: Pick<Query, 'content' | 'before'>, demos: number[]): Promise<DemoPrompt> {
    const shown: Demo[] = [];
    for (const index of demos) shown.push(await this.options.bank.demo(index));
    return { messages: this.template.write(shown, { content, before }), demos };
  }

  private async queries(conversations: readonly (readonly ChatMessage[])[], signal?: AbortSignal): Promise<Query[]> {
    const { bank } = this.options;
    const { needs } = this.selector;
    const split = conversations.map(splitQuery);
    const asked = split.map(({ content, shown }) => ({ content: shown, question: textOf(content), answer: '' }));
    const wishes = { images: needs.includes('image'), texts: needs.includes('text'), signal };
    const vectors =
      bank.embedder && needs.length > 0 && this.options.shots > 0 ? await embedDemos(asked, bank.embedder, wishes) : undefined;
    const queries: Query[] = [];
    for (const [i, { content, before, shown }] of split.entries()) {
      const found = vectors?.[i];
      const key = found && needs.includes('image') ? found.key : this.options.shots > 0 ? await keyOfContent(shown, signal) : '';
      if (needs.length === 1 && needs[0] === 'image' && vectors && !found?.image)
        throw new SensoriumError('demos.option', 'the question has no image to compare', {
          place: 'selector',
          expected: 'a question with an image',
          got: JSON.stringify(textOf(content).slice(0, 80)),
          hint: 'Choose by words: selector text, or both',
        });
      queries.push({ content, before, vectors: { ...found, key }, name: `${key} ${textOf(content)}` });
    }
    return queries;
  }

  /** Numbers of the demos of a query, best first: without the query itself, and without what the filter leaves out. */
  private async choose({ vectors, content, name }: Query, signal?: AbortSignal): Promise<number[]> {
    const { bank, shots, filter } = this.options;
    const kept = new Map<number, boolean>();
    for (let count = Math.min(bank.usable.length, shots + 2); ; count = Math.min(bank.usable.length, count * 2)) {
      const selection: Selection = {
        ...{ bank, from: bank.usable, query: vectors, shots: count, seed: this.seed },
        rng: new Rng(`demos/${this.seed}/${name}`),
      };
      const found = this.selector.select({ ...selection, vectors: bank.vectors } as VectorSelection);
      const chosen: number[] = [];
      for (const index of found) {
        if (chosen.length === shots) break;
        let keep = kept.get(index);
        if (keep === undefined) {
          const demo = await bank.demo(index);
          keep =
            !(await this.isQuery(demo, index, { key: vectors.key, question: textOf(content) })) &&
            ((await filter?.keep(demo, index, signal)) ?? true);
          kept.set(index, keep);
        }
        if (keep) chosen.push(index);
      }
      if (chosen.length === shots || count >= bank.usable.length) return chosen;
    }
  }

  /** True for the query itself among the demos: its pixels, with the same question or as its caption. */
  private async isQuery(demo: Demo, index: number, query: { key: string; question: string }): Promise<boolean> {
    if (demo.question !== '' && demo.question !== query.question) return false;
    const key = this.options.bank.vectors?.keys[index] ?? (await keyOfContent(demo.content));
    return key === query.key && (key !== '' || demo.question !== '');
  }
}

/** The last question of a conversation with what it is about: its own media, else those that were shown last. */
export function splitQuery(messages: readonly ChatMessage[]): Pick<Query, 'content' | 'before'> & { shown: readonly ContentPart[] } {
  const at = messages.findLastIndex(({ role }) => role === 'user');
  const last = messages[at];
  if (!last || at !== messages.length - 1)
    throw new SensoriumError('demos.option', 'demonstrations stand before a question, and the conversation does not end with one', {
      place: 'messages',
      expected: 'a last message of the user',
      got: messages.at(-1)?.role ?? 'no message',
    });
  const content = partsOf(last.content);
  const before = messages.slice(0, at);
  const shown = [last, ...before.toReversed()].find((message) => message.role === 'user' && mediaIn(message.content).length > 0);
  return { content, before, shown: shown ? mediaIn(shown.content) : [] };
}
