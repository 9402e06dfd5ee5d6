// Link-context learning (Tai et al. 2023, arXiv:2308.07891): episodes in which new names are linked to new objects, and a query that asks for one.

import type { Conversation, Dataset } from '../../../data/dataset.js';
import type { ChatMessage } from '../../../text/index.js';
import { SensoriumError } from '../../../util/errors.js';
import { Rng } from '../../../util/rng.js';
import { type Demo, makeDemo } from '../demo.js';
import { chatTurns } from '../templates/chat.js';
import { ConceptImages, concepts, madeUpNames, VIEWS } from './concepts.js';

/** What every picture is asked. */
export const NAME_QUESTION = 'What is this?';

/**
 * How an episode links pictures and names. `causal`: all demonstrations are of the concept that is asked for. `contrastive`: some are of others,
 * with their own names. `shuffled`: names are given at random, so that there is no link to learn. `plain`: no demonstrations, and a concept
 * has the same name in all episodes, as in ordinary instruction tuning.
 */
export const LINKS = ['causal', 'contrastive', 'shuffled', 'plain'] as const;
export type Link = (typeof LINKS)[number];

/** Options of episodes. */
export interface EpisodeOptions {
  /** Default `train`: concepts and names of `test` occur in no training episode. */
  split?: 'train' | 'test';
  /** Episodes. Default 20,000. */
  episodes?: number;
  seed?: number;
  /** Least and most demonstrations. Default 2 and 8. */
  shots?: readonly [number, number];
  /** Concepts of an episode. Default 2. */
  ways?: number;
  /** Share of each link; default `{ causal: 0.2, contrastive: 0.8 }`. */
  links?: Partial<Record<Link, number>>;
  /** Concepts of which episodes are made. Default: all of the split. */
  concepts?: number;
  /** Side of the pictures in pixels. Default 64. */
  size?: number;
  /** Views of a concept have different tints, so that the shape alone tells. Default true. */
  tinted?: boolean;
}

/** A picture of a concept by numbers. */
export interface ConceptView {
  concept: number;
  view: number;
  name: string;
}

/** An episode in numbers: the demonstrations, the query, and the names to choose from, that of the query first. */
export interface Episode {
  link: Link;
  support: ConceptView[];
  query: ConceptView;
  names: string[];
}

/** Episodes by number. */
export class Episodes {
  readonly options: Required<EpisodeOptions>;
  private readonly images: ConceptImages;

  /** Errors: `demos.option`. */
  constructor(options: EpisodeOptions = {}) {
    const { split = 'train', size = 64, tinted = true } = options;
    const all = concepts(split).length;
    const o = {
      ...{ split, size, tinted, episodes: 20_000, seed: 0, shots: [2, 8] as const, ways: 2, links: { causal: 0.2, contrastive: 0.8 } },
      ...options,
      concepts: Math.min(options.concepts ?? all, all),
    };
    const [least, most] = o.shots;
    const bad = (place: string, expected: string, got: unknown): SensoriumError =>
      new SensoriumError('demos.option', 'option of episodes out of range', { place, expected, got: String(got) });
    if (!(Number.isInteger(least) && Number.isInteger(most) && least >= 0 && most >= least && most <= 64))
      throw bad('shots', 'two whole numbers from 0 to 64, the least first', o.shots);
    if (!Number.isInteger(o.ways) || o.ways < 1 || o.ways > o.concepts) throw bad('ways', `1 to ${o.concepts}`, o.ways);
    if (!Number.isInteger(o.episodes) || o.episodes < 1) throw bad('episodes', 'at least 1', o.episodes);
    const unknown = Object.keys(o.links).find((link) => !(LINKS as readonly string[]).includes(link));
    if (unknown !== undefined) throw bad('links', LINKS.join(', '), unknown);
    this.options = o;
    this.images = new ConceptImages({ size, tinted });
  }

  /** The episode at an index, the same for the same options. `shots`: so many demonstrations, for curves over the same queries. */
  at(index: number, shots?: number): Episode {
    const { split, seed, ways, links, concepts: count, shots: range } = this.options;
    const rng = new Rng(`episode/${split}/${seed}/${index}`);
    const kinds = LINKS.filter((link) => (links[link] ?? 0) > 0);
    const link = kinds[rng.weighted(kinds.map((kind) => links[kind] ?? 0))] as Link;
    const chosen = rng.sample(
      Array.from({ length: count }, (_, i) => i),
      ways,
    );
    const pool = madeUpNames(split);
    const names = link === 'plain' ? chosen.map((concept) => pool[concept % pool.length] as string) : rng.sample(pool, ways);
    const drawn = range[0] + rng.int(range[1] - range[0] + 1);
    const n = link === 'plain' ? 0 : (shots ?? drawn);
    const orders = chosen.map(() =>
      rng.sample(
        Array.from({ length: VIEWS }, (_, view) => view),
        VIEWS,
      ),
    );
    const of = (way: number, k: number, name = names[way] as string): ConceptView => ({
      concept: chosen[way] as number,
      view: (orders[way] as number[])[k % VIEWS] as number,
      name,
    });
    // View 0 of each order is the query's own. The concept of the query is way 0; turns go by ways, from a random one.
    const query = of(0, 0);
    const start = rng.int(ways);
    const order = rng.fork('order');
    const seen = new Array<number>(ways).fill(0);
    const support = Array.from({ length: n }, (_, i) => {
      const way = link === 'causal' ? 0 : (start + i) % ways;
      const place = ((seen[way] as number)++ % (VIEWS - 1)) + 1;
      return of(way, place, link === 'shuffled' ? order.pick(names) : undefined);
    });
    return { link, support: order.shuffle(support), query: link === 'shuffled' ? { ...query, name: order.pick(names) } : query, names };
  }

  /** A view as a demonstration. */
  async demo({ concept, view, name }: ConceptView): Promise<Demo> {
    const source = await this.images.image(this.options.split, concept, view);
    return makeDemo(
      [
        { type: 'image', source },
        { type: 'text', text: NAME_QUESTION },
      ],
      name,
      `concept ${concept}, view ${view}`,
    );
  }

  /** The messages before the reply: demonstrations as turns, and the query. */
  async messages({ support, query }: Pick<Episode, 'support' | 'query'>): Promise<ChatMessage[]> {
    const demos: Demo[] = [];
    for (const view of support) demos.push(await this.demo(view));
    return chatTurns.write(demos, { content: (await this.demo(query)).content });
  }

  /**
   * Episodes as conversations to train on. The first time that a name comes it cannot be known, so these replies are read and not learned; all
   * later ones are.
   */
  conversations(): { path: string; open(): Promise<Dataset<Conversation>> } {
    const { episodes, links, ...rest } = this.options;
    const describe = { linkContext: { ...rest, links, episodes } };
    const file = 'link-context episodes';
    const get = async (row: number): Promise<Conversation> => {
      const episode = this.at(row);
      const named = new Set<string>();
      const turns = (await this.messages(episode)).map((message): ChatMessage => {
        if (message.role !== 'assistant') return message;
        const isNew = !named.has(String(message.content));
        named.add(String(message.content));
        return isNew ? { ...message, weight: 0 } : message;
      });
      const reply: ChatMessage = { role: 'assistant', content: episode.query.name };
      return { id: String(row), messages: [...turns, reply], extra: { link: episode.link }, at: { file, row } };
    };
    return { path: file, open: async () => ({ length: episodes, describe, get }) };
  }
}

/** Episodes to train on. @example stage.instruct({ data: linkContext({ shots: [2, 8] }) }) */
export const linkContext = (options?: EpisodeOptions) => new Episodes(options).conversations();
