// A needle in a long film or document of the scene world: whether it is found, and the question answered, by the place where it lies.

import type { Score } from '../../evaluate/benchmark.js';
import type { Responder } from '../../evaluate/responder.js';
import type { Scenes } from '../../evaluate/scenes.js';
import { share } from '../../evaluate/scores.js';
import type { RgbImage } from '../../media/index.js';
import { uniformNoise } from '../../trust/attacks/index.js';
import { Rng } from '../../util/rng.js';
import { groupsOf, nameOf, type Scene, TINTS } from '../../world/index.js';
import { askFilm, type FilmOptions, type LongEmbedder, rememberFilm } from './film.js';

/** A film of scenes that hold for some frames each, one of which shows the only thing of its kind. */
export interface NeedleFilm {
  frames(): Iterable<RgbImage>;
  /** Frames of the needle. */
  from: number;
  to: number;
  question: string;
  answer: string;
  /** The thing, by which frames are looked for. */
  about: string;
}

export interface NeedleOptions extends FilmOptions {
  scenes: Scenes<Scene>;
  responder: Responder;
  /** Frames of a film. Default 1,800: half an hour at one a second. */
  frames?: number;
  /** Frames that a scene holds. Default 30. */
  hold?: number;
  /** Frames that the needle holds. Default 5. */
  needle?: number;
  /** Places of the needle, from the beginning to the end. Default 10. */
  places?: number;
  /** Films for each place. Default 5. */
  films?: number;
  /** Frames that the model is shown. Default 1. */
  most?: number;
  seed?: number;
  onFilm?: (done: number, of: number) => void;
}

/** Largest noise of a frame, in values of 0…255. */
const NOISE = 4;

/** A film with its needle at a share of its length, from 0 (first frames) to 1 (last). Equal arguments give equal films. */
export function needleFilm(
  scenes: Scenes<Scene>,
  o: { frames: number; hold: number; needle: number; at: number; seed: number },
): NeedleFilm {
  const rng = new Rng(`needle/${o.seed}`);
  const start = 1000 + rng.int(100_000);
  const single = (scene: Scene) => groupsOf(scene).find(({ objects }) => objects.length === 1);
  let i = start;
  while (!single(scenes.scene(i))) i++;
  const needle = scenes.scene(i);
  const group = single(needle) as NonNullable<ReturnType<typeof single>>;
  const others: number[] = [];
  for (let k = i + 1; others.length < Math.ceil(o.frames / o.hold) + 1; k++)
    if (!groupsOf(scenes.scene(k)).some(({ category }) => category === group.category)) others.push(k);
  const from = Math.round(o.at * (o.frames - o.needle));
  const name = nameOf(group.category, 'en');
  // Frames of one scene differ by noise, as those of a camera do; three of each are enough.
  const variants = new Map<string, RgbImage>();
  const variant = (scene: number, k: number): RgbImage => {
    const key = `${scene}/${k}`;
    const found = variants.get(key) ?? uniformNoise(scenes.image(scene).pixels, NOISE, k);
    variants.set(key, found);
    return found;
  };
  return {
    *frames() {
      for (let f = 0; f < o.frames; f++) {
        const shown = f >= from && f < from + o.needle ? i : (others[Math.floor(f / o.hold)] as number);
        yield variant(shown, f % 3);
      }
    },
    from,
    to: from + o.needle - 1,
    question: `What color is the ${name}?`,
    answer: TINTS[group.tint]?.en ?? '',
    about: `a ${name}`,
  };
}

/** By place of the needle, and together: whether it is still in memory, among the frames that are shown, and whether the answer is right. */
export interface NeedleScores {
  places: { at: number; kept: Score; shown: Score; right: Score }[];
  all: { kept: Score; shown: Score; right: Score };
}

/** Measures one way of remembering. */
export async function measureNeedles(o: NeedleOptions): Promise<NeedleScores> {
  const {
    scenes,
    responder,
    embedder,
    frames = 1800,
    hold = 30,
    needle = 5,
    places = 10,
    films = 5,
    most = 1,
    seed = 0,
    signal,
    onFilm,
  } = o;
  const cached = remembering(embedder);
  const counts: { at: number; kept: number; shown: number; right: number }[] = [];
  for (let p = 0; p < places; p++) {
    const row = { at: places === 1 ? 0.5 : p / (places - 1), kept: 0, shown: 0, right: 0 };
    for (let k = 0; k < films; k++) {
      const film = needleFilm(scenes, { frames, hold, needle, at: row.at, seed: seed * 10_000 + k });
      const memory = await rememberFilm(film.frames(), { ...o, embedder: cached });
      // A span shows the needle where most of its frames do: its frame is one of them.
      const shows = ({ from, to }: { from: number; to: number }): boolean =>
        2 * (Math.min(to, film.to) - Math.max(from, film.from) + 1) > to - from + 1;
      if (memory.spans.some(shows)) row.kept++;
      const { answer, spans } = await askFilm(memory, film.question, {
        responder,
        embedder,
        most,
        about: film.about,
        maxTokens: 12,
        signal,
      });
      if (spans.some(shows)) row.shown++;
      if (new RegExp(`\\b${film.answer}\\b`, 'i').test(answer)) row.right++;
      onFilm?.(p * films + k + 1, places * films);
    }
    counts.push(row);
  }
  const scores = (rows: typeof counts) => {
    const of = (key: 'kept' | 'shown' | 'right', name: string): Score =>
      share(
        name,
        rows.reduce((sum, row) => sum + row[key], 0),
        rows.length * films,
      );
    return { kept: of('kept', 'needle in memory'), shown: of('shown', 'needle shown'), right: of('right', 'right') };
  };
  return { places: counts.map((row) => ({ at: row.at, ...scores([row]) })), all: scores(counts) };
}

/** An embedder that embeds each picture once. */
function remembering(embedder: LongEmbedder): LongEmbedder {
  const known = new WeakMap<RgbImage, Float32Array>();
  return {
    texts: embedder.texts.bind(embedder),
    async images(images, signal) {
      const fresh = [...new Set(images.filter((image) => !known.has(image)))];
      const { vectors } = fresh.length > 0 ? await embedder.images(fresh, signal) : { vectors: [] };
      for (const [i, image] of fresh.entries()) known.set(image, vectors[i] as Float32Array);
      return { vectors: images.map((image) => known.get(image) as Float32Array) };
    },
  };
}
