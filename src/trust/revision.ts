// Training data of LURE's revisor (Zhou et al. 2023): captions with made-up objects, suspects masked, and the true caption as the reply.

import type { Conversation, Dataset } from '../data/index.js';
import { plurals } from '../evaluate/mentions.js';
import type { Language } from '../evaluate/scenes.js';
import { worldVocabulary } from '../evaluate/world-source.js';
import type { SceneSource } from '../train/index.js';
import { Rng } from '../util/rng.js';
import {
  CATEGORIES,
  caption,
  makeScene,
  PARTNER,
  SAME_THEME,
  type Scene,
  type SceneObject,
  sceneWidth,
  TINTS,
  type WorldOptions,
} from '../world/index.js';
import type { ExistenceClaim } from './claim.js';
import { type Naming, namingOf } from './claim-question.js';
import { extractClaims } from './claims.js';
import { CaptionCooccurrence, LURE_THRESHOLDS, lureMask } from './lure.js';

/** What the revisor is asked, in training and at inference. */
export function revisionRequest(masked: string, language: Language): string {
  return language === 'zh' ? `改正这段描述：${masked}` : `Correct this caption: ${masked}`;
}

/** How often things are made up and masked in training. */
export interface RevisionOptions {
  /** Share of true objects that are replaced by others. Default 0.35. */
  replaced?: number;
  /** Share of made-up objects that are masked: those that the model was unsure of. Default 0.6. */
  masked?: number;
  /** Share of true objects that are masked all the same. Default 0.2. */
  unsure?: number;
}

const existence = (text: string, { vocabulary }: Naming): ExistenceClaim[] =>
  extractClaims(text, vocabulary).filter((claim): claim is ExistenceClaim => claim.type === 'existence' && !claim.denied);

/**
 * A caption with its suspects masked: made-up objects and true ones by their shares, and what is named in the last part of the text, as at
 * inference.
 */
export function maskedCaption(text: string, present: ReadonlySet<string>, options: RevisionOptions & { naming: Naming; rng: Rng }): string {
  const { naming, rng, masked = 0.6, unsure = 0.2 } = options;
  const suspects = existence(text, naming).filter((claim) => {
    const drawn = rng.bool(present.has(claim.object) ? unsure : masked);
    return drawn || claim.start / text.length > LURE_THRESHOLDS.position;
  });
  return lureMask(
    text,
    suspects.map((claim) => ({ claim, cooccurrence: 0, position: 0 })),
  );
}

/** A scene as a model of strong prior sees it: objects replaced by what goes with them, others added, tints changed. */
export function misseenScene(scene: Scene, rng: Rng, { replaced = 0.35 }: RevisionOptions = {}): Scene {
  const there = new Set(scene.objects.map(({ category }) => category));
  const companion = (category: number): number =>
    rng.bool(0.5) ? (PARTNER[category] as number) : rng.pick(SAME_THEME[category] as readonly number[]);
  const other = new Map<number, number>();
  for (const category of there)
    if (rng.bool(replaced)) other.set(category, rng.bool(0.6) ? companion(category) : rng.int(CATEGORIES.length));
  const seen = scene.objects.map(
    (object): SceneObject => ({
      ...object,
      category: other.get(object.category) ?? object.category,
      tint: rng.bool(0.15) ? rng.int(TINTS.length) : object.tint,
    }),
  );
  const added = rng.int(4);
  for (let i = 0; i < added; i++) {
    const category = seen.length > 0 && rng.bool(0.7) ? companion(rng.pick(seen).category) : rng.int(CATEGORIES.length);
    const size = 12 + rng.int(12);
    const [x, y] = [rng.int(sceneWidth(scene) - size), rng.int(scene.size - size)];
    seen.push({
      ...(scene.objects[0] ?? { style: scene.style, mirror: false }),
      category,
      tint: rng.int(TINTS.length),
      size,
      box: [x, y, x + size, y + size],
      inside: undefined,
    });
  }
  return { ...scene, objects: seen };
}

/** Scenes with a masked, partly made-up caption as the question and the true one as the reply; pixels from clear to poor. */
export function revisionScenes({
  scenes = 100_000,
  chinese = 0,
  least = 0.3,
  ...options
}: WorldOptions & RevisionOptions & { scenes?: number; chinese?: number; least?: number } = {}): SceneSource {
  const { replaced, masked, unsure, ...world } = options;
  const vocabulary = worldVocabulary();
  const namings = { en: namingOf(vocabulary, 'en'), zh: namingOf(vocabulary, 'zh') };
  return {
    length: scenes,
    description: { source: 'revisions', scenes, chinese, least, ...options },
    get(index) {
      const rng = new Rng(world.seed ?? 0).fork('revision', index);
      const prior = world.prior ?? (rng.bool() ? 0.9 : 0.5);
      const scene = makeScene(index, { ...world, prior, evidence: 1 - (1 - least) * rng.float() });
      const language: Language = rng.bool(chinese) ? 'zh' : 'en';
      const present = new Set(scene.objects.map(({ category }) => CATEGORIES[category]?.id ?? ''));
      const said = caption(misseenScene(scene, rng, { replaced }), { language, detail: 'long', rng });
      const question = revisionRequest(maskedCaption(said, present, { naming: namings[language], rng, masked, unsure }), language);
      const truth = caption(scene, { language, detail: 'long', rng });
      return {
        scene,
        language,
        turns: [
          { role: 'user' as const, content: question },
          { role: 'assistant' as const, content: truth },
        ],
      };
    },
  };
}

/** A caption whose objects are known to be there. */
export interface TrueCaption {
  id: string;
  /** Path of the image. */
  image: string;
  caption: string;
  /** Ids of the objects in the image, for what may be put in their place. */
  objects: readonly string[];
}

/** The caption with some of its objects replaced by absent ones that go with the rest, each in the number that it had. */
export function misnamedCaption(
  { caption: text, objects }: Pick<TrueCaption, 'caption' | 'objects'>,
  { naming, cooccurrence, rng, replaced = 0.35 }: RevisionOptions & { naming: Naming; cooccurrence: CaptionCooccurrence; rng: Rng },
): string {
  const there = new Set(objects);
  const other = new Map<string, string>();
  let [out, at] = ['', 0];
  for (const { object, start, end, text: noun } of existence(text, naming)) {
    if (!other.has(object)) {
      const absent = rng.shuffle(naming.vocabulary.ids.filter((id) => !there.has(id) && ![...other.values()].includes(id)));
      // Of a few drawn ones that which is named most often with it.
      const near = absent.slice(0, 12).sort((a, b) => cooccurrence.of(object, b) - cooccurrence.of(object, a))[0];
      other.set(object, rng.bool(replaced) && near !== undefined ? near : object);
    }
    const now = other.get(object) as string;
    if (now === object) continue;
    const [was, name] = [naming.name(object), naming.name(now)];
    const many = plurals(was).includes(noun.toLowerCase()) && noun.toLowerCase() !== was;
    out += text.slice(at, start) + (many ? (plurals(name)[0] ?? name) : name);
    at = end;
  }
  return out + text.slice(at);
}

/** Annotated captions as conversations to train a revisor on, the same at every reading. */
export function revisionConversations(
  rows: readonly TrueCaption[],
  { naming, seed = 0, ...options }: RevisionOptions & { naming: Naming; seed?: number },
): Dataset<Conversation> {
  const cooccurrence = new CaptionCooccurrence();
  for (const { objects } of rows) cooccurrence.add(objects);
  return {
    length: rows.length,
    describe: { revisions: rows.length, seed, ...options },
    async get(index) {
      const row = rows[index] as TrueCaption;
      const rng = new Rng(seed).fork('revision', index);
      const said = misnamedCaption(row, { ...options, naming, cooccurrence, rng });
      const question = revisionRequest(maskedCaption(said, new Set(row.objects), { ...options, naming, rng }), naming.language);
      return {
        id: row.id,
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image', source: row.image },
              { type: 'text', text: question },
            ],
          },
          { role: 'assistant', content: row.caption },
        ],
        at: { file: row.image, row: index },
      };
    },
  };
}
