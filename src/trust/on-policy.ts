// Preferences on policy: replies that a model samples, rated, and written as pairs.

import sharp from 'sharp';
import { type ConversationSet, mediaOf, type PairFile, type PairRow } from '../data/index.js';
import { mediaBytes, mediaEnding } from '../data/media-writer.js';
import type { Vocabulary } from '../evaluate/mentions.js';
import { Engine } from '../generate/engine/index.js';
import type { Mllm } from '../generate/mllm.js';
import type { ChatMessage } from '../text/index.js';
import { textOf } from '../text/plain-text.js';
import { conversation, sceneImage } from '../train/world-samples.js';
import { atOnce } from '../util/at-once.js';
import { changedSpans } from '../util/difference.js';
import { throwIfAborted } from '../util/errors.js';
import { Rng } from '../util/rng.js';
import {
  type Annotator,
  type CaptionSample,
  caption,
  categoryIndex,
  loadSprites,
  nameOf,
  prefers,
  renderScene,
  type Scene,
  sceneWidth,
  type WorldSource,
} from '../world/index.js';
import type { ExistenceClaim } from './claim.js';
import { namingOf } from './claim-question.js';
import { extractClaims } from './claims.js';
import { correctText } from './correct.js';
import { indefinite, isPlural } from './grammar.js';
import { type RatedReply, type Rater, type RatingAxis, ratedPairs } from './rated-replies.js';
import { type ImageTruth, judgeByTruth, type Verdict, worldTruth } from './truth.js';

/** A prompt of a set. */
export interface PolicyPrompt {
  id: string;
  /** Up to the question. */
  messages: readonly ChatMessage[];
  /** What is known of the image in words. */
  references: readonly string[];
  scene?: Scene;
  /** The image files, with the endings of their names. */
  images: readonly { bytes: Uint8Array; ending: string }[];
}

/** Prompts by number. */
export interface PolicyPrompts {
  readonly length: number;
  readonly describe: Readonly<Record<string, unknown>>;
  get(index: number): Promise<PolicyPrompt>;
}

/** Captions of scenes as prompts; what is known are `captions` true captions. */
export async function worldPrompts(
  source: WorldSource<CaptionSample>,
  { captions = 2 }: { captions?: number } = {},
): Promise<PolicyPrompts> {
  const sprites = await loadSprites();
  return {
    length: source.length,
    describe: { scenes: source.description },
    async get(index) {
      const sample = source.get(index);
      const { scene, language } = sample;
      const raw = { width: sceneWidth(scene), height: scene.size, channels: 3 as const };
      const bytes = await sharp(renderScene(scene, sprites), { raw }).png({ compressionLevel: 6 }).toBuffer();
      const rng = new Rng(`on-policy/${scene.split}/${scene.index}`);
      return {
        id: `${scene.split}-${String(scene.index).padStart(7, '0')}`,
        messages: conversation(sample, sceneImage(scene, sprites)).slice(0, -1),
        references: Array.from({ length: captions }, () => caption(scene, { language, detail: 'long', rng })),
        scene,
        images: [{ bytes, ending: '.png' }],
      };
    },
  };
}

/** Rows of a data set as prompts: each up to its last question. What is known are the row's `captions`, else its last reply. */
export function filePrompts(data: ConversationSet): PolicyPrompts {
  return {
    length: data.length,
    describe: { data: data.describe },
    async get(index) {
      const row = await data.get(index);
      const last = row.messages.findLastIndex(({ role }) => role === 'user');
      const messages = row.messages.slice(0, last + 1);
      const reply = row.messages.slice(last + 1).find(({ role }) => role === 'assistant');
      const captions = Array.isArray(row.extra?.captions) ? row.extra.captions.filter((text) => typeof text === 'string') : [];
      const images: { bytes: Uint8Array; ending: string }[] = [];
      for (const part of mediaOf({ messages })) {
        const bytes = await mediaBytes(part, row);
        images.push({ bytes, ending: mediaEnding(part.origin.name, bytes) });
      }
      return { id: row.id, messages, references: captions.length > 0 ? captions : reply ? [textOf([reply])] : [], images };
    },
  };
}

/** How replies are sampled, rated and paired. */
export interface OnPolicyOptions {
  model: Mllm;
  /** Named in the rows. */
  name: string;
  prompts: PolicyPrompts;
  rater: Rater;
  /** Replies to each prompt. */
  n: number;
  temperature: number;
  topP?: number;
  maxTokens: number;
  seed: number;
  axis?: RatingAxis;
  pairs?: 'best' | 'all';
  /** In place of pairs of replies: each distinct reply that is wrong with its correction, which is preferred (RLHF-V); undefined for none. */
  correct?(scene: Scene, reply: string): string | undefined;
  /** Preferences of one who makes mistakes: they are labeled `simulated`. */
  annotator?: Annotator;
  /** Prompts at once. Default 8. */
  concurrency?: number;
  signal?: AbortSignal;
  onPrompt?: (done: number, total: number) => void;
}

/**
 * Gives a reply with what is false in it corrected by the truth, as people correct segments (RLHF-V); the reply itself where nothing is. In English an
 * object that is not there becomes one that is there and was not named, with its own color and number, so that a corrected reply says about as much as
 * the wrong one: pairs whose better side is only shorter teach silence. What has no such object, and in Chinese all of it, is left out.
 */
export function correctedBy(vocabulary: Vocabulary, scene: Scene, reply: string): string {
  const truth = worldTruth(scene);
  const verdictsOf = (text: string) => extractClaims(text, vocabulary).map((claim) => judgeByTruth(claim, truth));
  const language = /\p{Script=Han}/u.test(reply) ? 'zh' : 'en';
  const text = language === 'en' ? withTrueNouns(reply, verdictsOf(reply), truth) : reply;
  return correctText(text, verdictsOf(text), namingOf(vocabulary, language)).text;
}

/** The reply with objects that are there, and that it does not name, in place of those that are not, by turns; singular for singular. */
function withTrueNouns(reply: string, verdicts: readonly Verdict[], truth: ImageTruth): string {
  const nouns = verdicts.filter((v): v is Verdict & { claim: ExistenceClaim } => v.claim.type === 'existence' && !v.claim.denied);
  const named = new Set(nouns.map(({ claim }) => claim.object));
  const unnamed = [...new Set(truth.objects.map(({ id }) => id))].filter((id) => !named.has(id));
  const instead = new Map<string, string>();
  let [out, at] = ['', 0];
  for (const { claim, verdict } of nouns) {
    if (verdict !== 'false' || claim.start < at) continue;
    const right = instead.get(claim.object) ?? unnamed.shift();
    if (right === undefined) continue;
    instead.set(claim.object, right);
    const noun = nameOf(categoryIndex(right), 'en', isPlural(claim.text, claim.object) ? 2 : 1);
    const article = /\b(an?) $/i.exec(reply.slice(at, claim.start));
    const before = article ? claim.start - article[0].length : claim.start;
    out += reply.slice(at, before);
    if (article) out += `${article[1]?.startsWith('A') ? capitalized(indefinite(noun)) : indefinite(noun)} `;
    out += noun;
    at = claim.end;
  }
  return out + reply.slice(at);
}

const capitalized = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** What was written. */
export interface OnPolicyResult {
  prompts: number;
  pairs: number;
  /** Replies that could not be rated. */
  unrated: number;
  /** Prompts whose replies are equally good. */
  ties: number;
}

/** Samples replies to every prompt that the file does not have yet, and writes the pairs. Errors: those of the engine, the rater and the file. */
export async function writeOnPolicy(file: PairFile, o: OnPolicyOptions): Promise<OnPolicyResult> {
  const { prompts, rater, n, annotator, signal } = o;
  const engine = await Engine.create(o.model, { slots: Math.min(32, n * (o.concurrency ?? 8)), maxQueue: 2 ** 16 });
  const left = Array.from({ length: prompts.length }, (_, i) => i).filter((i) => !file.has(i));
  let [done, unrated, ties] = [prompts.length - left.length, 0, 0];
  const reply = async (messages: readonly ChatMessage[], seed: number, either: AbortSignal): Promise<string> => {
    let text = '';
    const { temperature, topP, maxTokens } = o;
    const sampling = { temperature, ...(topP === undefined ? {} : { topP }), maxTokens, seed };
    for await (const piece of engine.submit({ messages, ...sampling, signal: either })) text += piece.text;
    return text.trim();
  };
  const pairsOf = async (index: number, either: AbortSignal): Promise<PairRow[]> => {
    const prompt = await prompts.get(index);
    const { messages, references, scene } = prompt;
    const rng = new Rng(o.seed).fork('on-policy', index);
    const seeds = Array.from({ length: n }, () => rng.int(2 ** 31));
    const replies = (await Promise.all(seeds.map((seed) => reply(messages, seed, either)))).filter((text) => text !== '');
    const rate = async (texts: readonly string[]): Promise<RatedReply[]> => {
      const question = textOf(messages.slice(-1));
      const ratings = await rater.rate({ question, replies: texts, references, ...(scene ? { scene } : {}) }, either);
      return texts.flatMap((text, i): RatedReply[] => (ratings[i] ? [{ text, ratings: ratings[i] }] : []));
    };
    const found: ReturnType<typeof ratedPairs> = [];
    if (o.correct && scene)
      for (const text of new Set(replies)) {
        const corrected = o.correct(scene, text);
        if (!corrected || corrected === text) continue;
        const [chosen, rejected] = await rate([corrected, text]);
        if (chosen && rejected) found.push({ chosen, rejected });
      }
    else {
      const rated = await rate(replies);
      unrated += replies.length - rated.length;
      found.push(...ratedPairs(rated, o));
    }
    if (found.length === 0) {
      ties++;
      return [];
    }
    const stem = prompt.id.replace(/[^\w.-]+/g, '_').slice(0, 100);
    const images: string[] = [];
    for (const [k, { bytes, ending }] of prompt.images.entries())
      images.push(await file.image(`${index}-${stem}${k > 0 ? `-${k}` : ''}${ending}`, bytes));
    return found.map(({ chosen: better, rejected: worse }, k) => {
      const [chosen, rejected] = prefers(better.text, worse.text, { annotator, rng }) ? [better, worse] : [worse, better];
      const [ofChosen, ofRejected] = changedSpans(chosen.text, rejected.text);
      const provenance = {
        model: o.name,
        annotator: annotator ? 'simulated' : rater.name,
        ...(annotator ? { rates: { wrong: annotator.wrong ?? 0, long: annotator.long ?? 0 }, of: rater.name } : {}),
        axis: o.axis ?? 'mean',
        ...{ n, temperature: o.temperature, seed: o.seed },
      };
      const more = {
        ratings: { chosen: chosen.ratings, rejected: rejected.ratings },
        segments: { chosen: ofChosen, rejected: ofRejected },
        ...(references.length > 0 ? { captions: references } : {}),
        provenance,
      };
      const id = found.length > 1 ? `${prompt.id}-${k}` : prompt.id;
      return { id, messages, chosen: chosen.text, rejected: rejected.text, images, more };
    });
  };
  try {
    await atOnce(
      left,
      o.concurrency ?? 8,
      async (index, _place, either) => {
        throwIfAborted(either);
        await file.add(index, await pairsOf(index, either));
        o.onPrompt?.(++done, prompts.length);
      },
      signal,
    );
  } finally {
    await engine.dispose();
  }
  return { prompts: prompts.length, pairs: await file.finish(), unrated, ties };
}

/** Writes pairs that the world makes by itself, without a model. */
export async function writeWorldPairs(
  file: PairFile,
  source: ReturnType<typeof import('../world/index.js')['world']['preferences']>,
  { signal, onPrompt }: { signal?: AbortSignal; onPrompt?: (done: number, total: number) => void } = {},
): Promise<OnPolicyResult> {
  const sprites = await loadSprites();
  for (let index = 0; index < source.length; index++) {
    throwIfAborted(signal);
    if (file.has(index)) continue;
    const { scene, turns, chosen, rejected, kind, changes, segments, grades, provenance, captions } = source.get(index);
    const raw = { width: sceneWidth(scene), height: scene.size, channels: 3 as const };
    const bytes = await sharp(renderScene(scene, sprites), { raw }).png({ compressionLevel: 6 }).toBuffer();
    const id = `${scene.split}-${String(scene.index).padStart(7, '0')}`;
    const image = await file.image(`${id}.png`, bytes);
    const content = [{ type: 'image' as const }, { type: 'text' as const, text: turns[0]?.content ?? '' }];
    const more = { kind, changes, segments, grades, ...(captions ? { captions } : {}), provenance };
    await file.add(index, [{ id, messages: [{ role: 'user', content }], chosen, rejected, images: [image], more }]);
    onPrompt?.(index + 1, source.length);
  }
  return { prompts: source.length, pairs: await file.finish(), unrated: 0, ties: 0 };
}
