// Scenes as the benchmarks of the scene world draw them: one source, each scene made and rendered once.

import { type ImagePart, image, type RgbImage } from '../media/image.js';
import { SensoriumError } from '../util/errors.js';
import { Rng } from '../util/rng.js';
import type { LabeledBox } from './benchmark.js';
import type { Vocabulary } from './mentions.js';
import type { QuestionType } from './metrics/vqa.js';
import type { Negative } from './pope.js';
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

/** Where scenes and their truth come from; `worldSource` makes one from the scene world, tests make their own. */
export interface BenchSource<S = unknown> {
  /** Side of the images in pixels; their height where they are not square. */
  readonly size: number;
  /** Pixels across. Default `size`. */
  width?(scene: S): number;
  /** Seeds the scenes and everything that is asked about them. */
  readonly seed: number;
  /** In words, for reports: which world, split, dials. */
  readonly description: string;
  /** The names of all objects that captions may name. */
  readonly vocabulary: Vocabulary;
  /** Scene number `index` (0, 1, 2, …) of the split; the same index always gives the same scene. */
  scene(index: number): S;
  image(scene: S): Pixels;
  /** Ids of the objects that are there, each once. */
  objects(scene: S): string[];
  /** Where they are, for reports. */
  boxes?(scene: S): LabeledBox[];
  questions(scene: S, options: { language: Language; rng: Rng }): SourceQuestion[];
  /** Probes of one scene, as many for present as for absent objects. */
  probes(scene: S, options: { language: Language; negative: Negative; rng: Rng }): SourceProbe[];
  /** Scene number `index` of several objects of one category, and the drawings that masks are made of. */
  twins?(index: number): S;
  readonly sprites?: unknown;
  /** The same world in another of its splits. */
  split?(name: string): BenchSource<S>;
  /** The claims of a reply about a scene, checked against the exact truth. */
  claims?(scene: S, reply: string): CheckedClaims;
  /** A judge rates open replies, and the claims only show how it agrees with the truth. Default: the claims rate them. */
  readonly judged?: boolean;
}

/** A thing that a reply says is there: its word, the object that it means, and whether that is in the scene. */
export interface NamedThing {
  name: string;
  object: string;
  there: boolean;
}

/** How many claims of a reply are true and false, the share of the objects of its scene that it names, and the things that it names in order. */
export interface CheckedClaims {
  right: number;
  wrong: number;
  cover: number;
  named: readonly NamedThing[];
}

/** The image of a scene, with its true objects. */
export interface SceneImage<S = unknown> {
  scene: S;
  part: ImagePart;
  pixels: RgbImage;
  objects: readonly string[];
  boxes: readonly LabeledBox[];
}

/** Scenes by the pixels that were made of them. */
const behind = new WeakMap<object, SceneImage>();

/** The scene that pixels were rendered from; undefined for other images. */
export const sceneBehind = (pixels: unknown): SceneImage | undefined =>
  typeof pixels === 'object' && pixels !== null ? behind.get(pixels) : undefined;

/** The scenes of a source in one language, shared by the benchmarks of a run. */
export class Scenes<S = unknown> {
  private readonly made = new Map<number, S>();
  private readonly rendered = new Map<number, SceneImage<S>>();
  private readonly splits = new Map<string, Scenes<S>>();
  /** Forked by the name of what is drawn. */
  readonly rng: Rng;

  constructor(
    readonly source: BenchSource<S>,
    readonly language: Language = 'en',
  ) {
    this.rng = new Rng(`evaluate/${source.seed}/${language}`);
  }

  /** Scene number `index`. */
  scene(index: number): S {
    if (!this.made.has(index)) this.made.set(index, this.source.scene(index));
    return this.made.get(index) as S;
  }

  /** Its image, rendered once. Errors as of `picture`. */
  image(index: number): SceneImage<S> {
    let found = this.rendered.get(index);
    if (found === undefined) {
      found = this.picture(this.scene(index));
      this.rendered.set(index, found);
    }
    return found;
  }

  /** The image of any scene of the source. Errors: `evaluate.image` for a source that renders another size than it states. */
  picture(scene: S): SceneImage<S> {
    const { source } = this;
    const { size: height } = source;
    const width = source.width?.(scene) ?? height;
    const data = source.image(scene);
    if (data.length !== height * width * 3)
      throw new SensoriumError('evaluate.image', 'an image has the wrong size', {
        place: source.description,
        expected: `${width * height * 3} bytes for ${width}x${height} RGB`,
        got: String(data.length),
      });
    const pixels: RgbImage = { width, height, data };
    const made = { scene, part: image(pixels), pixels, objects: source.objects(scene), boxes: source.boxes?.(scene) ?? [] };
    behind.set(pixels, made);
    return made;
  }

  /** The scenes of another split. Errors: `evaluate.source` for a source without splits. */
  of(split: string): Scenes<S> {
    const found = this.splits.get(split);
    if (found) return found;
    const source = this.source.split?.(split);
    if (!source)
      throw new SensoriumError('evaluate.source', 'the source has no splits', {
        place: this.source.description,
        expected: split,
        got: 'none',
      });
    const made = new Scenes(source, this.language);
    this.splits.set(split, made);
    return made;
  }

  /** A user message about an image. */
  ask({ part }: Pick<SceneImage, 'part'>, question: string) {
    return [{ role: 'user' as const, content: [{ ...part }, { type: 'text' as const, text: question }] }];
  }
}

/** Scenes without anything to ask after which a source is given up. */
export const EMPTY_SCENES = 2000;

/** The error for a source that yields nothing. */
export function tooFewSamples(what: string, place: string): SensoriumError {
  return new SensoriumError('evaluate.source', `the source yields no ${what}`, {
    place,
    expected: `some within ${EMPTY_SCENES} scenes`,
    got: 'none',
    hint: 'Use a split with objects in its scenes.',
  });
}
