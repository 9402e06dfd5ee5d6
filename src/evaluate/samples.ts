// The samples of a benchmark run: probes, questions and images to caption, drawn once from a seeded source so that
// the model and every baseline answer exactly the same ones.

import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { Rng } from '../util/rng.js';
import { NEGATIVES, type Negative } from './pope.js';
import { QUESTION_TYPES, type QuestionType } from './vqa.js';
import type { YesNo } from './yes-no.js';

/** Language of questions and captions. */
export type Language = 'en' | 'zh';

/** Pixels as height × width × 3 bytes, RGB. */
export type Pixels = Uint8Array;

export interface SourceQuestion {
  type: QuestionType;
  question: string;
  answer: string;
}
export interface SourceProbe {
  question: string;
  answer: YesNo;
  category: string;
}

/** A labelled box in pixels: left, top, right, bottom. */
export interface LabelledBox {
  label: string;
  box: readonly [number, number, number, number];
}

/** Where scenes and their truth come from; `worldSource` makes one from the scene world, tests make their own. */
export interface BenchSource<S = unknown> {
  /** Side of the square images in pixels. */
  readonly size: number;
  /** Seeds the scenes and everything that is asked about them. */
  readonly seed: number;
  /** In words, for reports: which world, split, dials. */
  readonly description: string;
  /** Every object id that a caption may name. */
  readonly categories: readonly string[];
  /** Scene number `index` (0, 1, 2, …) of the split; the same index always gives the same scene. */
  scene(index: number): S;
  image(scene: S): Pixels;
  /** Ids of the objects that are there, each once. */
  objects(scene: S): string[];
  /** Where they are, for reports. */
  boxes?(scene: S): LabelledBox[];
  questions(scene: S, options: { language: Language; rng: Rng }): SourceQuestion[];
  /** Probes of one scene, as many for present as for absent objects. */
  probes(scene: S, options: { language: Language; negative: Negative; rng: Rng }): SourceProbe[];
}

/** One image that several samples share, with its true objects. */
export interface BenchImage {
  pixels: Pixels;
  objects: readonly string[];
  boxes: readonly LabelledBox[];
}

/** One question about one image; `image` indexes `BenchSet.images`. */
export interface BenchSample {
  bench: 'pope' | 'vqa';
  kind: Negative | QuestionType;
  image: number;
  question: string;
  truth: string;
  /** Object that the probe asks for (POPE only). */
  category?: string;
}

/** Everything that one run asks. */
export interface BenchSet {
  images: BenchImage[];
  size: number;
  language: Language;
  seed: number;
  description: string;
  categories: readonly string[];
  samples: BenchSample[];
  /** Indices of the images to caption. */
  captions: number[];
}

export interface BenchOptions {
  /** Default 'en'. */
  language?: Language;
  /** POPE probes per sampler (default 600), VQA questions per type (200), captions (200); 0 leaves a benchmark out. */
  n?: { pope?: number; vqa?: number; caption?: number };
}

/** The sample counts used where `BenchOptions.n` says nothing. */
export const DEFAULT_COUNTS = { pope: 600, vqa: 200, caption: 200 } as const;

/**
 * Draws the samples. POPE probes come scene by scene, the same scenes for all three samplers; VQA takes at most one question of a
 * type from a scene, so that the answers of one type are independent; captions use the first scenes.
 */
export function buildBench<S>(source: BenchSource<S>, options: BenchOptions = {}, signal?: AbortSignal): BenchSet {
  const { language = 'en' } = options;
  const { seed } = source;
  const n = { ...DEFAULT_COUNTS, ...options.n };
  for (const [name, count] of Object.entries(n))
    if (!Number.isInteger(count) || count < 0)
      throw new SensoriumError('evaluate.count', 'not a sample count', {
        place: `n.${name}`,
        expected: 'a whole number >= 0',
        got: String(count),
      });
  const rng = new Rng(`evaluate/${seed}/${language}`);
  const scenes: S[] = [];
  const set: BenchSet = {
    images: [],
    size: source.size,
    language,
    seed,
    description: source.description,
    categories: source.categories,
    samples: [],
    captions: [],
  };
  const scene = (i: number): S => {
    throwIfAborted(signal);
    while (scenes.length <= i) scenes.push(source.scene(scenes.length));
    return scenes[i] as S;
  };
  /** Image of scene i, rendered once. */
  const rendered = new Map<number, number>();
  const imageOf = (i: number): number => {
    let at = rendered.get(i);
    if (at === undefined) {
      const pixels = source.image(scene(i));
      const bytes = source.size * source.size * 3;
      if (pixels.length !== bytes)
        throw new SensoriumError('evaluate.image', 'an image has the wrong size', {
          place: source.description,
          expected: `${bytes} bytes for ${source.size}x${source.size} RGB`,
          got: String(pixels.length),
        });
      at = set.images.push({ pixels, objects: source.objects(scene(i)), boxes: source.boxes?.(scene(i)) ?? [] }) - 1;
      rendered.set(i, at);
    }
    return at;
  };

  if (n.pope > 0) {
    for (const negative of NEGATIVES) {
      let asked = 0;
      for (let i = 0, dry = 0; asked < n.pope; i++) {
        const probes = source.probes(scene(i), { language, negative, rng: rng.fork('pope', negative, i) });
        dry = probes.length ? 0 : dry + 1;
        if (dry > 2000) throw dryError('POPE probes', source.description);
        for (const probe of balanced(probes, n.pope - asked)) {
          const { question, answer: truth, category } = probe;
          set.samples.push({ bench: 'pope', kind: negative, image: imageOf(i), question, truth, category });
          asked++;
        }
      }
    }
  }
  if (n.vqa > 0) {
    const asked = new Map<QuestionType, number>(QUESTION_TYPES.map((type) => [type, 0]));
    for (let i = 0, dry = 0; [...asked.values()].some((count) => count < n.vqa) && dry <= 2000; i++) {
      dry++;
      const order = rng.fork('vqa', i);
      const questions = order.shuffle([...source.questions(scene(i), { language, rng: order.fork('questions') })]);
      for (const type of QUESTION_TYPES) {
        const question = questions.find((q) => q.type === type);
        const count = asked.get(type) as number;
        if (!question || count >= n.vqa) continue;
        dry = 0;
        asked.set(type, count + 1);
        set.samples.push({ bench: 'vqa', kind: type, image: imageOf(i), question: question.question, truth: question.answer });
      }
    }
    if ([...asked.values()].every((count) => count === 0)) throw dryError('questions', source.description);
  }
  for (let i = 0; i < n.caption; i++) set.captions.push(imageOf(i));
  return set;
}

/** At most `limit` probes, keeping yes and no in equal number when some must go. */
function balanced(probes: SourceProbe[], limit: number): SourceProbe[] {
  if (probes.length <= limit) return probes;
  const yes = probes.filter((p) => p.answer === 'yes');
  const no = probes.filter((p) => p.answer === 'no');
  return [...yes.slice(0, Math.ceil(limit / 2)), ...no.slice(0, Math.floor(limit / 2))];
}

function dryError(what: string, place: string): SensoriumError {
  return new SensoriumError('evaluate.source', `the source yields no ${what}`, {
    place,
    expected: 'some within 2000 scenes',
    got: 'none',
    hint: 'Use a split with objects in its scenes.',
  });
}
