// Benchmarks over worlds of one medium: `world:videos`, `world:sounds` and the others, questions by kind with one true answer each.

import { turnsAbout } from '../../../data/index.js';
import { type ContentPart, isImagePart } from '../../../text/index.js';
import { throwIfAborted } from '../../../util/errors.js';
import { Rng } from '../../../util/rng.js';
import { type Language, MEDIA_WORLDS, type MediaSourceOptions, type MediaWorld, mediaSource } from '../../../world/index.js';
import { type Answered, type Benchmark, questionOf, type Row } from '../../benchmark.js';
import { anls } from '../../metrics/anls.js';
import { exactMatch } from '../../metrics/vqa.js';
import { withoutThinking } from '../../reply.js';
import { EMPTY_SCENES, tooFewSamples } from '../../scenes.js';
import { meanShare, unanswered, withParts } from '../../scores.js';
import type { WorldBenchmark } from './form.js';

/** How a world is measured: options of its sources, and `dials` of its own. */
export interface MediaBenchmarkOptions extends Pick<MediaSourceOptions, 'seed' | 'split' | 'kinds'> {
  language?: Language;
  dials?: Readonly<Record<string, number>>;
}

/** Rows of each kind unless `n` is given. */
const ROWS = 100;

/**
 * `n` questions of each kind, at most one from an item. Controls: `blind` by the runner, and where a world has an order in time `shuffled`, the same
 * media out of order. Default split: `test`. Errors of rows: `world.option`, `evaluate.source` for a kind that no item has.
 */
export function mediaBenchmark<T>(world: MediaWorld<T, string, unknown>, options: MediaBenchmarkOptions = {}): Benchmark {
  const { kinds = world.kinds, language = 'en', seed = 0, split = 'test', dials } = options;
  const right = ({ reply, truth, messages }: Answered): boolean =>
    world.score === 'anls' ? value(reply, truth) >= 0.5 : exactMatch(reply, truth, questionOf(messages));
  const value = (reply: string, truth: string): number => anls(withoutThinking(reply), [truth]);
  const shuffled = world.shuffled?.bind(world);
  return {
    name: `world:${world.name}`,
    title: world.title,
    about: world.about,
    maxTokens: world.maxTokens,
    constants: null,
    ...(shuffled
      ? {
          controls: {
            shuffled: (messages, rng) =>
              messages.map(({ content, ...message }) => ({
                ...message,
                content: Array.isArray(content)
                  ? (content as ContentPart[]).map((part) => (part.type === 'text' || isImagePart(part) ? part : shuffled(part, rng)))
                  : content,
              })) as Row['messages'],
          },
        }
      : {}),
    async *rows({ n = ROWS, signal }) {
      const source = mediaSource(world, {
        ...dials,
        ...{ kinds, language, seed, split, items: Number.MAX_SAFE_INTEGER },
      } as MediaSourceOptions & Record<string, never>);
      const assets = await world.load();
      const left = new Map(kinds.map((kind) => [kind, n]));
      for (let index = 0, empty = 0; left.size > 0; index++) {
        throwIfAborted(signal);
        const { item, key } = source.get(index);
        const rng = new Rng(`world:${world.name}/${seed}/${split}/${index}`);
        // The kinds that lack most come first, so that rare ones do not wait for items that others have taken.
        const order = rng.shuffle([...left]).sort((a, b) => b[1] - a[1]);
        const found = order.map(([kind]) => ({ kind, asked: world.ask(item, kind, { language, rng }) })).find(({ asked }) => asked);
        empty = found ? 0 : empty + 1;
        if (empty > EMPTY_SCENES) throw tooFewSamples(`questions of ${world.name}: ${[...left.keys()].join(', ')}`, `split ${split}`);
        if (!found?.asked) continue;
        const { kind, asked } = found;
        const rest = (left.get(kind) as number) - 1;
        if (rest > 0) left.set(kind, rest);
        else left.delete(kind);
        const part = await world.part(item, key, assets);
        yield { kind, messages: turnsAbout(part, [{ role: 'user', content: asked.question }]), truth: asked.answer };
      }
    },
    score: (done) => [
      ...withParts(done, (rows) => [
        world.score === 'anls'
          ? meanShare(
              'ANLS',
              rows.map(({ reply, truth }) => value(reply, truth)),
              { note: 'by edit distance' },
            )
          : meanShare(
              'accuracy',
              rows.map((row) => (right(row) ? 1 : 0)),
              { note: 'exact match' },
            ),
      ]),
      unanswered(done),
    ],
    right,
  };
}

/** `world:NAME` for each world of one medium, in the language and with the seed of the scenes. */
export const MEDIA_FORMS: readonly WorldBenchmark[] = MEDIA_WORLDS.map(
  (world): WorldBenchmark =>
    ({ language, source: { seed } }) =>
      mediaBenchmark(world, { language, seed }),
);
