// `sensorium ask … --chain NAME`: the question answered in steps, printed as they stand, and written as a page.

import type { ChatMessage } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import { type ChainChoice, openChain, openResponder, writeTrace } from './chain-options.js';
import { type MediaOptions, readMedia } from './conversation.js';
import type { Held } from './judge-option.js';

/** What a chain is asked with. */
export interface AskChainOptions {
  model: string;
  /** Of a model at an address. */
  modelName?: string;
  adapters?: readonly string[];
  media?: MediaOptions;
  choice: ChainChoice;
  seed?: number;
  json?: boolean;
  /** What was typed, for the page. */
  command: string;
  signal?: AbortSignal;
  open?: typeof openResponder;
  write?: (text: string) => void;
}

/** Asks in a chain and prints its steps, or the chain as JSON. Errors: those of the files, the models and `chainsOf`; `evaluate.replies` where a model has no reply. */
export async function askChain({ images, question }: { images: readonly string[]; question: string }, o: AskChainOptions): Promise<string> {
  const { choice, signal, open = openResponder, write = (text) => void process.stdout.write(text) } = o;
  const parts = await Promise.all(images.map((source) => readMedia(source, o.media)));
  const content = [...parts, { type: 'text' as const, text: question }];
  const messages: ChatMessage[] = [{ role: 'user', content: images.length > 0 ? (content as ChatMessage['content']) : question }];
  const held: Held = [];
  try {
    const eye = await open(o.model, { name: o.modelName, adapters: o.adapters, held, signal });
    const tier = /^https?:\/\//.test(o.model) ? 'url' : 'own';
    const options = await openChain(choice, { held, tier, signal });
    const { chainsOf } = await import('../reason/chains/index.js');
    let reason = '';
    const onFailed = (_: number, why: string): void => {
      reason = why;
    };
    const [chain] = await chainsOf(eye, [messages], { ...options, seed: o.seed, signal, onFailed });
    if (!chain) throw new SensoriumError('evaluate.replies', 'a model has no reply', { place: o.model, got: reason });
    if (choice.trace !== undefined)
      await writeTrace(choice.trace, [{ chain, messages }], { title: `${o.model}: ${choice.chain}`, command: o.command });
    if (o.json) write(`${JSON.stringify({ model: o.model, images, ...chain })}\n`);
    else {
      for (const { kind, by, text, doubt, dropped, depth = 0 } of chain.steps)
        write(`${'  '.repeat(depth)}${kind} (${by})${dropped ? ', not so' : doubt ? ', doubted' : ''}: ${text}\n`);
      const cost = `${chain.calls} calls, ${chain.tokens} tokens${chain.stopped ? `, stopped: no ${chain.stopped} left` : ''}`;
      const ties = chain.ties ? `; a tie with ${chain.ties.join(', ')}` : '';
      write(
        `\n${chain.answer}\n(${chain.strategy}, ${chain.tier}: ${cost}${ties}${choice.trace === undefined ? '' : `; ${choice.trace}`})\n`,
      );
    }
    return chain.answer;
  } finally {
    for (const item of held) await item.dispose();
  }
}
