// For tests of long runs: rows with images, options and a judge, a responder and a judge that answer by hashes, and scores that show any change.

import { createHash } from 'node:crypto';
import { image, isRgbImage } from '../../media/index.js';
import { type ChatMessage, mediaParts } from '../../text/index.js';
import { type Answered, type Benchmark, questionOf, type Row, type Score } from '../benchmark.js';
import type { Judge } from '../judge.js';
import { bootstrap, type Interval } from '../metrics/resample.js';
import type { PartialResponder, Responder } from '../responder.js';
import { proportion } from '../wilson.js';
import type { ModelIdentity } from './identity.js';

const numberOf = (text: string): number => createHash('sha256').update(text).digest().readUInt32BE(0);

/** What the toy model is called. */
export const TOY: ModelIdentity = { toy: 1 };

type ToyRow = Row & { choices: readonly string[] };

const rightOf = ({ reply, ranked, choices, truth }: Answered<ToyRow>): boolean =>
  (ranked === undefined ? reply : (choices[ranked] as string)) === truth;

/** Images of the toy: each is shown by several rows where there are many, and none is the mean of them. */
const picture = (i: number) => image({ width: 2, height: 2, data: Uint8Array.from({ length: 12 }, (_, k) => (i + 37 * k) % 251) });

/** A benchmark of `size` rows, half of them with an image; every fifth reply chooses nothing and is ranked; the first 40 are judged. */
export const toyBenchmark = (size: number, more: Partial<Benchmark<ToyRow>> = {}): Benchmark<ToyRow> => ({
  name: 'toy',
  title: 'Toy',
  about: 'hashes',
  maxTokens: 8,
  *rows() {
    for (let i = 0; i < size; i++) {
      const text = { type: 'text' as const, text: `What is ${i}?` };
      const content = i % 2 ? [text] : [{ ...picture(i) }, text];
      yield {
        kind: `part ${i % 3}`,
        messages: [{ role: 'user', content }],
        truth: `${numberOf(`truth ${i}`) % 3}`,
        choices: ['0', '1', '2'],
      };
    }
  },
  rank: ({ reply, choices }) => (choices.includes(reply) ? undefined : choices),
  judge: (row) => (Number(/\d+/.exec(questionOf(row.messages))) < 40 ? [`Is ${row.reply} right for ${questionOf(row.messages)}`] : []),
  score(done): Score[] {
    const right = done.map((row) => (rightOf(row) ? 1 : 0));
    const words = done.map(({ reply, verdicts }) => numberOf(reply + JSON.stringify(verdicts)) / 2 ** 32);
    const hits = right.reduce((a: number, b) => a + b, 0);
    const [mean] = bootstrap(
      words.map((x) => [x, 1]),
      ([sum, n]) => [(sum as number) / (n as number)],
    );
    return [
      { name: 'right', ...proportion(hits, done.length), better: 'higher' },
      { name: 'words', ...(mean as Interval), better: 'neither' },
    ];
  },
  right: rightOf,
  ...more,
});

/** What the toy says to a conversation. */
function toyReply(messages: readonly ChatMessage[]): string {
  const [part] = mediaParts(messages);
  const source = part?.source;
  const n = numberOf(`${questionOf(messages)} ${isRgbImage(source) ? source.data.join() : ''}`);
  return n % 5 === 0 ? 'hm' : String(n % 3);
}

/** A model that answers by hashes. `onAsk` hears of each question before it is answered, with how many were asked so far. */
export function toyResponder(onAsk: (asked: number) => void | Promise<void> = () => {}): Responder & { asked: number; ranked: number } {
  const self = {
    asked: 0,
    ranked: 0,
    async replies(...[conversations, { onReply }]: Parameters<Responder['replies']>) {
      const out: string[] = [];
      for (const [place, messages] of conversations.entries()) {
        await onAsk(++self.asked);
        const reply = toyReply(messages);
        onReply?.({ place, reply });
        out.push(reply);
      }
      return out;
    },
    async rank(...[items, { onRank }]: Parameters<NonNullable<Responder['rank']>>) {
      return items.map(({ messages }, place) => {
        self.ranked++;
        const best = numberOf(questionOf(messages)) % 3;
        onRank?.(place, best);
        return best;
      });
    },
  };
  return self;
}

/** A judge that answers by hashes, in each round another word. */
export function toyJudge(): Judge & { asked: number } {
  const self = {
    name: 'toy judge',
    asked: 0,
    async replies(...[prompts, { round = 0, onReply } = {}]: Parameters<Judge['replies']>) {
      return prompts.map((prompt, place) => {
        self.asked++;
        const reply = `rating: ${numberOf(`${prompt} ${round}`) % 7}`;
        onReply?.({ place, reply });
        return reply;
      });
    },
  };
  return self;
}

/** A model that is not there. */
export const nobody: PartialResponder = {
  replies: async (conversations) => conversations.map(() => undefined),
  rank: async (items) => items.map(() => undefined),
};
