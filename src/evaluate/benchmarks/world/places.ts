// Benchmarks of places over scenes of twins: where is what an expression names (box, mask), and what is it that a region points at.

import type { RegionShape } from '../../../media/index.js';
import { decimals, readBoxes } from '../../../text/coordinates.js';
import { readMasks, writeMask } from '../../../text/mask-text.js';
import { throwIfAborted } from '../../../util/errors.js';
import type { Rng } from '../../../util/rng.js';
import {
  isAmbiguous,
  POINTER_KINDS,
  type PointerKind,
  pickReferring,
  pointAt,
  pointedForm,
  pointerShape,
  REFERRING_KINDS,
  type ReferringKind,
  type Scene,
  type SceneObject,
  type Sprites,
  sceneMasks,
  sceneWidth,
  TINTS,
  unitBox,
  whereQuestion,
} from '../../../world/index.js';
import type { Answered, Benchmark, Row } from '../../benchmark.js';
import { iou } from '../../metrics/boxes.js';
import { cumulativeIou, type MaskOverlap, maskIou, maskOverlap } from '../../metrics/masks.js';
import { exactMatch } from '../../metrics/vqa.js';
import { EMPTY_SCENES, type SceneImage, type Scenes, tooFewSamples } from '../../scenes.js';
import { groupBy, meanScore, shareOf } from '../../scores.js';

/** A scene of twins for one row. */
interface Twins {
  seen: SceneImage<Scene>;
  rng: Rng;
}

/** Rows of each of `kinds`, at most one of a scene. Errors: `evaluate.source` for a source without twins, or with too few. */
function* eachKind<K extends string, R>(
  scenes: Scenes<Scene>,
  o: { name: string; kinds: readonly K[]; n: number; signal?: AbortSignal },
  make: (twins: Twins, kind: K) => R | undefined,
): Generator<R> {
  const { source, rng } = scenes;
  const { name, kinds, n, signal } = o;
  const left = new Map(kinds.map((kind) => [kind, n]));
  for (let i = 0, empty = 0; left.size > 0; i++, empty++) {
    throwIfAborted(signal);
    const scene = source.twins?.(i);
    if (!scene || empty > EMPTY_SCENES) throw tooFewSamples(`rows of ${name} (${[...left.keys()].join(', ')})`, source.description);
    const seen = scenes.picture(scene);
    const kind = [...left.keys()][i % left.size] as K;
    const row = make({ seen, rng: rng.fork(name, i) }, kind);
    if (row === undefined) continue;
    empty = 0;
    const rest = (left.get(kind) as number) - 1;
    if (rest > 0) left.set(kind, rest);
    else left.delete(kind);
    yield row;
  }
}

/** A row that asks where something is. */
export interface PlaceRow extends Row {
  kind: ReferringKind;
  /** The true box in 0..1. */
  box: readonly [number, number, number, number];
}

const overlapOf = ({ reply, box }: Answered<PlaceRow>): number => {
  const [given] = readBoxes(reply);
  return given ? iou(box, given) : 0;
};

/** Where is what an expression names? Right is a box whose IoU with the true one is above 0.5, as in RefCOCO. */
export function worldReferring(scenes: Scenes<Scene>): Benchmark<PlaceRow> {
  const { language } = scenes;
  return {
    name: 'world:referring',
    title: 'world referring',
    about: 'boxes of what expressions name among twins (name, color, size, place in a row, relation), IoU above 0.5',
    maxTokens: 48,
    // Boxes in the middle, and of everything.
    constants: { yes: '[0.250,0.250,0.750,0.750]', no: '[0.000,0.000,1.000,1.000]' },
    *rows({ n = 60, signal }) {
      yield* eachKind(scenes, { name: 'referring', kinds: REFERRING_KINDS, n, signal }, ({ seen, rng }, kind): PlaceRow | undefined => {
        const found = pickReferring(seen.scene, { language, kinds: [kind], rng });
        if (!found) return undefined;
        const box = unitBox(seen.scene, seen.scene.objects[found.target] as SceneObject);
        const messages = scenes.ask(seen, whereQuestion(found, language));
        return { kind, messages, truth: decimals().write(box), box, boxes: seen.boxes };
      });
    },
    score(done) {
      const right = (row: Answered<PlaceRow>): boolean => overlapOf(row) > 0.5;
      return [
        shareOf('IoU > 0.5', done, right),
        meanScore('mean IoU', done.map(overlapOf), [0, 1]),
        ...[...groupBy(done, ({ kind }) => kind)].map(([kind, rows]) => shareOf(`IoU > 0.5, ${kind}`, rows, right, { detail: true })),
        shareOf('without a box', done, ({ reply }) => readBoxes(reply).length === 0, { better: 'lower', detail: true }),
      ];
    },
    right: (row) => overlapOf(row) > 0.5,
  };
}

/** What is asked of a pointed thing, with the region or without it. */
export interface RegionRow extends Row {
  kind: PointerKind | 'no region';
}

/**
 * What color is the thing that is pointed at, among its twins of other colors? Rows of each way to point, and the same questions without a
 * region: what is guessed from the image alone.
 */
export function worldRegions(scenes: Scenes<Scene>): Benchmark<RegionRow> {
  const { language } = scenes;
  const sprites = (): Sprites | undefined => scenes.source.sprites as Sprites | undefined;
  return {
    name: 'world:regions',
    title: 'world regions',
    about: 'color of a thing that a box, point, scribble or mask points at among its twins, beside the same questions without the region',
    maxTokens: 8,
    constants: null,
    *rows({ n = 60, signal }) {
      const kinds = [...POINTER_KINDS, 'no region'] as const;
      yield* eachKind(scenes, { name: 'regions', kinds, n, signal }, ({ seen, rng }, kind): RegionRow | undefined => {
        const { scene } = seen;
        const unclear = scene.objects.flatMap((_, i) => (isAmbiguous(scene, i) ? [i] : []));
        if (unclear.length === 0) return undefined;
        const target = rng.pick(unclear);
        const drawn = sprites();
        if (kind === 'mask' && !drawn) return undefined;
        const pointer = kind === 'no region' ? undefined : pointAt(scene, target, kind, rng);
        const shape = pointer && pointerShape(scene, pointer, drawn as Sprites);
        const question = pointedForm('color', language);
        const messages = shape ? withRegion(scenes.ask(seen, question), shape) : scenes.ask(seen, question);
        return { kind, messages, truth: TINTS[scene.objects[target]?.tint as number]?.[language] as string, boxes: seen.boxes };
      });
    },
    score(done) {
      const right = (row: Answered<RegionRow>): boolean => exactMatch(row.reply, row.truth);
      const [with_, without] = [done.filter(({ kind }) => kind !== 'no region'), done.filter(({ kind }) => kind === 'no region')];
      return [
        shareOf('color of the pointed thing', with_, right),
        shareOf('without the region', without, right, { better: 'neither' }),
        ...[...groupBy(with_, ({ kind }) => kind)].map(([kind, rows]) => shareOf(`pointed at by ${kind}`, rows, right, { detail: true })),
      ];
    },
    right: ({ reply, truth }) => exactMatch(reply, truth),
  };
}

/** A message about an image with a region between image and question. */
function withRegion(messages: ReturnType<Scenes['ask']>, shape: RegionShape) {
  return messages.map((message) => {
    const [picture, ...words] = message.content;
    return { ...message, content: [picture as (typeof message.content)[number], { type: 'region' as const, ...shape }, ...words] };
  });
}

/** A row that asks for a mask. */
export interface MaskRow extends Row {
  kind: ReferringKind;
  mask: { width: number; height: number; data: Uint8Array };
}

const maskOverlapOf = ({ reply, mask }: Answered<MaskRow>): MaskOverlap => maskOverlap(mask, readMasks(reply)[0]);

/** The mask of what an expression names: gIoU (the mean of each row's IoU), cIoU (all pixels together), and the share above 0.5. */
export function worldMasks(scenes: Scenes<Scene>): Benchmark<MaskRow> {
  const { language } = scenes;
  return {
    name: 'world:masks',
    title: 'world masks',
    about: 'masks of what expressions name among twins: gIoU, cIoU, IoU above 0.5',
    maxTokens: 24,
    constants: null,
    *rows({ n = 30, signal }) {
      const sprites = scenes.source.sprites as Sprites | undefined;
      yield* eachKind(scenes, { name: 'masks', kinds: REFERRING_KINDS, n, signal }, ({ seen, rng }, kind): MaskRow | undefined => {
        const { scene } = seen;
        const found = sprites && pickReferring(scene, { language, kinds: [kind], rng });
        if (!found) return undefined;
        const data = sceneMasks(scene, sprites)[found.target] as Uint8Array;
        if (!data.some((v) => v !== 0)) return undefined;
        const mask = { width: sceneWidth(scene), height: scene.size, data };
        return { kind, messages: scenes.ask(seen, whereQuestion(found, language)), truth: writeMask(mask), mask, boxes: seen.boxes };
      });
    },
    score(done) {
      const overlaps = done.map(maskOverlapOf);
      const right = (row: Answered<MaskRow>): boolean => maskIou(maskOverlapOf(row)) > 0.5;
      return [
        meanScore('gIoU', overlaps.map(maskIou), [0, 1]),
        { name: 'cIoU', ...cumulativeIou(overlaps), better: 'higher' },
        shareOf('IoU > 0.5', done, right),
        ...[...groupBy(done, ({ kind }) => kind)].map(([kind, rows]) =>
          meanScore(`gIoU, ${kind}`, rows.map(maskOverlapOf).map(maskIou), [0, 1], { detail: true }),
        ),
      ];
    },
    right: (row) => maskIou(maskOverlapOf(row)) > 0.5,
  };
}
