// The scene world as a source of benchmark samples, and its objects as a caption vocabulary.

import { groupsOf } from '../world/facts.js';
import { type CooccurrenceStats, cooccurrence, popeProbes } from '../world/probes.js';
import { questions } from '../world/questions.js';
import { renderScene, type Sprites } from '../world/render.js';
import { makeScene, resolveOptions, type Scene, type Split, sceneWidth, type WorldOptions } from '../world/scene.js';
import { makeTwins } from '../world/twins.js';
import { CATEGORIES, nameOf, TINTS } from '../world/vocabulary.js';
import { Vocabulary } from './mentions.js';
import { type BenchSource, type CheckedClaims, type Language, Scenes } from './scenes.js';
import { parseRobust } from './yes-no.js';

/** What else people and models call the objects; the world's own names come first. */
const synonyms: Record<string, { en?: string[]; zh?: string[] }> = {
  dog: { en: ['puppy'], zh: ['小狗'] },
  cat: { en: ['kitten', 'kitty'], zh: ['小猫'] },
  rabbit: { en: ['bunny', 'hare'], zh: ['兔'] },
  cow: { zh: ['奶牛', '母牛'] },
  pig: { zh: ['小猪'] },
  elephant: { en: ['baby elephant'], zh: ['象'] },
  turtle: { en: ['tortoise', 'sea turtle'], zh: ['海龟', '龟'] },
  fish: { zh: ['小鱼'] },
  boat: { en: ['sailboat', 'ship'], zh: ['帆船', '小船'] },
  cup: { en: ['mug', 'coffee cup', 'teacup'], zh: ['茶杯', '咖啡杯'] },
  teapot: { en: ['tea pot'] },
  bucket: { en: ['pail'], zh: ['桶'] },
  basket: { zh: ['篮'] },
  car: { en: ['automobile'], zh: ['小汽车', '轿车'] },
  bus: { zh: ['巴士', '公共汽车'] },
  bicycle: { en: ['bike'], zh: ['单车', '脚踏车'] },
  house: { en: ['home'], zh: ['房屋'] },
  tree: { zh: ['大树'] },
  umbrella: { zh: ['伞'] },
  airplane: { en: ['plane', 'aeroplane', 'aircraft'] },
  star: { zh: ['星'] },
  clock: { en: ['alarm clock'], zh: ['钟', '时钟'] },
  box: { en: ['cardboard box'], zh: ['盒子', '纸箱'] },
  bathtub: { en: ['bath tub', 'tub'] },
  hat: { en: ['top hat'], zh: ['礼帽'] },
  shoe: { zh: ['鞋'] },
  shirt: { en: ['t-shirt'], zh: ['上衣'] },
  dress: { zh: ['连衣裙'] },
  gift: { en: ['present', 'gift box'], zh: ['礼盒', '礼品'] },
  ball: { en: ['soccer ball', 'football'] },
  bell: { zh: ['铃'] },
};

/** Phrases that hold the name of an object and mean something else. */
const others = (
  'hot dog|starfish|dog house|tree house|car park|bus stop|bell pepper|' +
  'apple tree|pizza box|pencil case|shoe box|gift shop|clock tower|key ring|' +
  '热狗|海星|章鱼|鳄鱼|星期|书包|书桌|铅笔盒|鞋盒|果树|车牌|对象|现象|印象|形象|景象|抽象|分钟|点钟'
).split('|');

/** Every category of the world with its English and Chinese names, synonyms and plurals. */
export function worldVocabulary(): Vocabulary {
  return new Vocabulary(
    CATEGORIES.map(({ id, en, enPlural, zh }) => ({
      id,
      en: [en, ...(enPlural === en ? [] : [enPlural]), ...(synonyms[id]?.en ?? [])],
      zh: [zh, ...(synonyms[id]?.zh ?? [])],
    })),
    others,
  );
}

/** Training scenes behind the popular and adversarial samplers. */
const STATISTICS = 4000;

/**
 * The scenes of one split as a benchmark source. Co-occurrences come from the training split, never from the scenes that are asked
 * about; the default split is `test`.
 */
export function worldSource(sprites: Sprites, options: WorldOptions = {}, claims: ClaimOptions = {}): BenchSource<Scene> {
  const world = { ...options, split: options.split ?? ('test' as const) };
  const { claims: check, judged } = claims;
  const vocabulary = worldVocabulary();
  const { size, seed, split, prior, evidence, maxObjects, scale, aspects } = resolveOptions(world);
  const shape = `${aspects.length === 1 ? `${Math.round(size * (aspects[0] as number))}x` : ''}${size} pixels`;
  const small = scale === 1 ? '' : `, objects of ${scale} times their size`;
  let statistics: CooccurrenceStats | undefined;
  const id = (category: number): string => CATEGORIES[category]?.id ?? '';
  return {
    size,
    seed,
    description: `Split "${split}", seed ${seed}, ${shape}, prior ${prior}, evidence ${evidence}, up to ${maxObjects} objects${small}.`,
    vocabulary,
    scene: (index) => makeScene(index, world),
    twins: (index) => makeTwins(index, world),
    sprites,
    image: (scene) => renderScene(scene, sprites),
    width: sceneWidth,
    objects: (scene) => groupsOf(scene).map((group) => id(group.category)),
    boxes: (scene) => scene.objects.map(({ category, tint, box }) => ({ label: `${TINTS[tint]?.en} ${nameOf(category, 'en')}`, box })),
    questions: (scene, how) => questions(scene, how).map(({ type, question, answer }) => ({ type, question, answer })),
    probes(scene, how) {
      statistics ??= cooccurrence({ ...options, single: false }, STATISTICS);
      return popeProbes(scene, statistics, how).map(({ question, answer, category }) => ({
        question,
        answer: parseRobust(answer) === 'yes' ? 'yes' : 'no',
        category: id(category),
      }));
    },
    split: (name) => worldSource(sprites, { ...options, split: name as Split }, claims),
    ...(check ? { claims: (scene: Scene, reply: string) => check(scene, reply, vocabulary), judged } : {}),
  };
}

/** Checks the claims of a reply about a scene; `checkWorldClaims` of `sensorium/trust` is one. */
export type ClaimChecker = (scene: Scene, reply: string, vocabulary: Vocabulary) => CheckedClaims;

/** How open replies are rated: by the exact truth of their claims; with `judged` by a judge, whose agreement with the truth is reported. */
export interface ClaimOptions {
  claims?: ClaimChecker;
  judged?: boolean;
}

/** The scenes of one split, in one language, as the benchmarks of the world take them. Without `claims`, open replies need a judge. */
export function worldScenes(sprites: Sprites, options: WorldOptions & ClaimOptions & { language?: Language } = {}): Scenes<Scene> {
  const { language, claims, judged, ...world } = options;
  return new Scenes(worldSource(sprites, world, { claims, judged }), language);
}
