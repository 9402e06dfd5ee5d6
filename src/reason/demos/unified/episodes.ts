// Episodes of unified in-context generation (Sheng et al. 2023, arXiv:2312.02520): pictures with answers that are words or pictures, and no instruction.

import type { Conversation, Dataset } from '../../../data/dataset.js';
import type { RgbImage } from '../../../media/index.js';
import type { ChatMessage } from '../../../text/index.js';
import { SensoriumError } from '../../../util/errors.js';
import { Rng } from '../../../util/rng.js';
import { CATEGORIES, loadSprites, makeScene, renderScene, type Scene, type Sprites, sceneMasks, TINTS } from '../../../world/index.js';

/**
 * What the answers of an episode are. `name`: what is shown; `color`: in which color; `segment`: its pixels, white on black; `recolor`: the same
 * picture with the thing in another color, the same one throughout the episode. Only the demonstrations tell which.
 */
export const UNIFIED_TASKS = ['name', 'color', 'segment', 'recolor'] as const;
export type UnifiedTask = (typeof UNIFIED_TASKS)[number];

/** Options of episodes. */
export interface UnifiedOptions {
  /** Default `train`. */
  split?: 'train' | 'test';
  /** Episodes. Default 200,000. */
  episodes?: number;
  seed?: number;
  /** Fewest and most demonstrations. Default 1 and 2. */
  shots?: readonly [number, number];
  /** Share of each task. Default: the same. */
  tasks?: Partial<Record<UnifiedTask, number>>;
  /** Side of the pictures in pixels. Default 48. */
  size?: number;
}

/** One picture of an episode, and its answer. */
export interface UnifiedExample {
  scene: Scene;
  image: RgbImage;
  answer: string | RgbImage;
}

/** An episode: the demonstrations, then the query. */
export interface UnifiedEpisode {
  task: UnifiedTask;
  /** Of `recolor`: the color of all answers. */
  tint: number;
  support: UnifiedExample[];
  query: UnifiedExample;
}

/** Most demonstrations. */
const MOST = 8;
/** Steps of the grid on a side, and those of the longest side of a thing. */
const GRID = 12;
const LARGE = [8, 10] as const;

const message = (role: 'user' | 'assistant', content: string | RgbImage): ChatMessage => ({
  role,
  content: typeof content === 'string' ? content : [{ type: 'image', source: content }],
});

/** Pictures and answers as turns of a conversation. */
export const turnsOf = (examples: readonly Pick<UnifiedExample, 'image' | 'answer'>[]): ChatMessage[] =>
  examples.flatMap(({ image, answer }) => [message('user', image), message('assistant', answer)]);

/** Episodes by number. */
export class UnifiedEpisodes {
  readonly options: Required<UnifiedOptions>;
  private readonly kinds: readonly UnifiedTask[];
  private constructor(
    private readonly sprites: Sprites,
    options: UnifiedOptions,
  ) {
    const tasks = { name: 1, color: 1, segment: 1, recolor: 1 };
    const o = { split: 'train' as const, episodes: 200_000, seed: 0, shots: [1, 2] as const, tasks, size: 48, ...options };
    const bad = (place: string, expected: string, got: unknown): SensoriumError =>
      new SensoriumError('demos.option', 'option of episodes out of range', { place, expected, got: String(got) });
    const [least, most] = o.shots;
    if (!(Number.isInteger(least) && Number.isInteger(most) && least >= 0 && most >= least && most <= MOST))
      throw bad('shots', `two whole numbers from 0 to ${MOST}, the least first`, o.shots);
    if (!Number.isInteger(o.episodes) || o.episodes < 1) throw bad('episodes', 'at least 1', o.episodes);
    if (!Number.isInteger(o.size) || o.size < 16 || o.size > 512) throw bad('size', '16 to 512', o.size);
    const unknown = Object.keys(o.tasks).find((task) => !(UNIFIED_TASKS as readonly string[]).includes(task));
    if (unknown !== undefined) throw bad('tasks', UNIFIED_TASKS.join(', '), unknown);
    this.options = o;
    this.kinds = UNIFIED_TASKS.filter((task) => (o.tasks[task] ?? 0) > 0);
    if (this.kinds.length === 0) throw bad('tasks', 'a task with a share above 0', JSON.stringify(o.tasks));
  }

  /** Errors: `demos.option`. */
  static async open(options: UnifiedOptions = {}): Promise<UnifiedEpisodes> {
    return new UnifiedEpisodes(await loadSprites(), options);
  }

  /** The scene behind picture `k` of an episode: one large thing on plain paper, its sides and place multiples of a twelfth of the picture. */
  private scene(index: number, k: number): Scene {
    const { seed, split, size } = this.options;
    const at = index * (MOST + 1) + k;
    const made = makeScene(at, { seed, split, size, single: true, styles: ['noto'], evidence: 1, text: 0 });
    const rng = new Rng(made.noiseSeed).fork('unified');
    const step = Math.max(1, Math.round(size / GRID));
    const object = made.objects[0] as Scene['objects'][number];
    const [x0, y0, x1, y1] = object.box;
    const longest = step * (LARGE[0] + rng.int(LARGE[1] - LARGE[0] + 1));
    const [w, h] = [x1 - x0, y1 - y0].map((side) => Math.max(1, Math.round((side * longest) / Math.max(x1 - x0, y1 - y0)))) as [
      number,
      number,
    ];
    const [x, y] = [w, h].map((side) => step * rng.int(Math.floor((size - side) / step) + 1)) as [number, number];
    const large: Scene['objects'][number] = { ...object, size: longest, mirror: false, box: [x, y, x + w, y + h] };
    return { ...made, objects: [large], background: { ...made.background, kind: 'plain' } };
  }

  /** A scene as a picture. */
  picture(scene: Scene): RgbImage {
    return { width: scene.size, height: scene.size, data: renderScene(scene, this.sprites) };
  }

  /** The pixels of a scene's thing, 0 or 1 each. */
  mask(scene: Scene): Uint8Array {
    return sceneMasks(scene, this.sprites)[0] as Uint8Array;
  }

  private answer(scene: Scene, task: UnifiedTask, tint: number): string | RgbImage {
    const object = scene.objects[0] as Scene['objects'][number];
    if (task === 'name') return (CATEGORIES[object.category] as (typeof CATEGORIES)[number]).en;
    if (task === 'color') return (TINTS[object.tint] as (typeof TINTS)[number]).en;
    if (task === 'recolor') return this.picture({ ...scene, objects: [{ ...object, tint }] });
    const mask = this.mask(scene);
    const data = new Uint8Array(3 * mask.length);
    for (let i = 0; i < mask.length; i++) if (mask[i]) data.fill(255, 3 * i, 3 * i + 3);
    return { width: scene.size, height: scene.size, data };
  }

  /** The episode at an index, the same for the same options. `shots`: so many demonstrations, for curves over the same queries; `task`: of this one. */
  at(index: number, { shots, task: asked }: { shots?: number; task?: UnifiedTask } = {}): UnifiedEpisode {
    const { split, seed, shots: range, tasks } = this.options;
    const rng = new Rng(`unified/${split}/${seed}/${index}`);
    const drawn = this.kinds[rng.weighted(this.kinds.map((kind) => tasks[kind] ?? 0))] as UnifiedTask;
    const task = asked ?? drawn;
    const tint = rng.int(TINTS.length);
    const n = range[0] + rng.int(range[1] - range[0] + 1);
    const example = (k: number): UnifiedExample => {
      const scene = this.scene(index, k);
      return { scene, image: this.picture(scene), answer: this.answer(scene, task, tint) };
    };
    // The query is picture 0, however many demonstrations there are.
    return { task, tint, support: Array.from({ length: shots ?? n }, (_, i) => example(i + 1)), query: example(0) };
  }

  /** Episodes as conversations to train on. The first answer is learned, too, although what it is cannot be known: it teaches what there is to be said. */
  conversations(): { path: string; open(): Promise<Dataset<Conversation>> } {
    const file = 'unified episodes';
    const get = async (row: number): Promise<Conversation> => {
      const { task, support, query } = this.at(row);
      return { id: String(row), messages: turnsOf([...support, query]), extra: { task }, at: { file, row } };
    };
    return { path: file, open: async () => ({ length: this.options.episodes, describe: { unified: this.options }, get }) };
  }

  /** Pictures and answers that are pictures, one a row, for `stage.vq`. */
  pictures(): { path: string; open(): Promise<Dataset<Conversation>> } {
    const file = 'unified pictures';
    const get = async (row: number): Promise<Conversation> => {
      const scene = this.scene(row, 0);
      const rng = new Rng(`pictures/${this.options.seed}/${row}`);
      const image = rng.bool(0.35) ? (this.answer(scene, 'segment', 0) as RgbImage) : this.picture(scene);
      return { id: String(row), messages: [message('user', image)], at: { file, row } };
    };
    return { path: file, open: async () => ({ length: this.options.episodes, describe: { unifiedPictures: this.options }, get }) };
  }
}

/** Data that is opened when a run begins. */
const lazily = (options: UnifiedOptions, of: 'conversations' | 'pictures') => ({
  path: `unified ${of}`,
  open: async (): Promise<Dataset<Conversation>> => (await UnifiedEpisodes.open(options))[of]().open(),
});

/** Episodes to train on. @example stage.unified({ data: unifiedContext({ shots: [1, 2] }) }) */
export const unifiedContext = (options: UnifiedOptions = {}) => lazily(options, 'conversations');

/** Pictures of episodes. @example stage.vq({ data: unifiedPictures({ size: 48 }) }) */
export const unifiedPictures = (options: UnifiedOptions = {}) => lazily(options, 'pictures');
