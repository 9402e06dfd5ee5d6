// Random-access data sources over the world, described by plain JSON so that a checkpoint can name its data exactly.

import type { ConventionSpec } from '../text/coordinates.js';
import { SensoriumError } from '../util/errors.js';
import type { Rng } from '../util/rng.js';
import { caption, layoutText } from './captions.js';
import { type ChangeKind, changed, onlyShown, TOLD_CHANGES, withLikely } from './changes.js';
import { mostRelated } from './crowded.js';
import { located, placeWriter, twinScene } from './located.js';
import { MULTI_STEP_FORMS, MULTI_STEP_KINDS, type MultiStepForm, type MultiStepKind, multiStepTurns } from './multi-step.js';
import { POINTED_KINDS, POINTER_KINDS, type PointedKind, type PointerKind, pointedQuestions } from './pointing.js';
import { checkPairOptions, type PairOptions, type PreferenceSample, preferencePair } from './preferences.js';
import { type CooccurrenceStats, cooccurrence, NEGATIVES, type Negative, type Probe, popeProbes } from './probes.js';
import { captionRequest, type Dialogue, type DialogueOptions, dialogue, type Question, type QuestionType, questions } from './questions.js';
import { REFERRING_KINDS, type ReferringKind } from './referring.js';
import { makeScene, resolveOptions, type Scene, sceneRng, type WorldOptions } from './scene.js';
import type { Language } from './vocabulary.js';

/** Options of every source. */
export interface SourceOptions extends WorldOptions {
  /** Number of scenes. Default 10,000. */
  scenes?: number;
  /** First scene index, to make disjoint sources of one split. Default 0. */
  offset?: number;
  /** `mixed` takes Chinese for the share `chinese` of samples. Default `en`. */
  language?: Language | 'mixed';
  /** Share of Chinese in `mixed`. Default 0.3. */
  chinese?: number;
  /** Of so many scenes, the one is taken in which most can be asked of relations. Default 1. */
  candidates?: number;
}

export interface CaptionOptions extends SourceOptions {
  /** Default `mixed`: half short, half long. */
  detail?: 'short' | 'long' | 'mixed';
}

export interface InstructionOptions extends SourceOptions, DialogueOptions {}

export interface ContrastOptions extends CaptionOptions {
  /** Hallucinated captions beside each caption. Default 1. */
  negatives?: number;
  /** What they change. Default `TOLD_CHANGES`. */
  changes?: readonly ChangeKind[];
}

export interface PreferenceOptions extends CaptionOptions, PairOptions {}

export interface QuestionOptions extends SourceOptions {
  types?: readonly QuestionType[];
  /** Questions per type and scene. Default 1. */
  per?: number;
}

export interface ProbeOptions extends SourceOptions {
  negative?: Negative;
  perScene?: number;
  /** Training scenes behind the statistics. Default 4,000. */
  statistics?: number;
}

export interface MultiStepOptions extends SourceOptions {
  /** Default `all`. */
  form?: MultiStepForm;
  /** Default: all kinds. */
  kinds?: readonly MultiStepKind[];
}

/** With `single` scenes hold one object, named by its name: what a place is, learned before which thing is meant. */
export interface ReferringOptions extends SourceOptions {
  /** How replies write the box: a convention, or `{ mask: '<SEG>' }`, the token whose state becomes a mask. Default Shikra's. */
  place?: ConventionSpec | { mask: string };
  /** Replies name the thing before its box ("The red dog [0.61,…]"), as those of Shikra, Kosmos-2 and Qwen-VL do; before a mask they always do. Default false. */
  named?: boolean;
  /** What expressions go by. Default: all kinds. */
  by?: readonly ReferringKind[];
  /** Expressions asked for about one image, at most. Default 3; 1 for masks. */
  turns?: number;
}

export interface RegionOptions extends SourceOptions {
  /** How things are pointed at. Default: every way. */
  pointers?: readonly PointerKind[];
  /** What is asked of them. Default: color and name. */
  ask?: readonly PointedKind[];
  /** Questions about one image. Default 3. */
  turns?: number;
}

export interface CaptionSample {
  scene: Scene;
  language: Language;
  detail: 'short' | 'long';
  text: string;
  /** Of `world.knowledge`: -1 where the text names what the image shows, 1 where also what is likely beside it. */
  epsilon?: number;
  /** Of `world.contrasts`: captions of scenes that are like this one but for one change. */
  hallucinated?: string[];
}
export interface SingleSample {
  scene: Scene;
  language: Language;
  category: number;
  tint: number;
  text: string;
}
export interface TextSample {
  language: Language;
  text: string;
}
export interface QuestionSample {
  scene: Scene;
  language: Language;
  questions: Question[];
}
export interface ProbeSample {
  scene: Scene;
  language: Language;
  probes: Probe[];
}

interface Kinds {
  captions: { options: CaptionOptions; sample: CaptionSample };
  knowledge: { options: CaptionOptions; sample: CaptionSample };
  contrasts: { options: ContrastOptions; sample: CaptionSample };
  preferences: { options: PreferenceOptions; sample: PreferenceSample };
  instructions: { options: InstructionOptions; sample: Dialogue };
  singles: { options: SourceOptions; sample: SingleSample };
  text: { options: SourceOptions; sample: TextSample };
  questions: { options: QuestionOptions; sample: QuestionSample };
  probes: { options: ProbeOptions; sample: ProbeSample };
  multiStep: { options: MultiStepOptions; sample: Dialogue };
  referring: { options: ReferringOptions; sample: Dialogue };
  regions: { options: RegionOptions; sample: Dialogue };
}
export type SourceKind = keyof Kinds;

/** What a checkpoint stores about a source; `sourceFrom` turns it back into one. */
export interface SourceDescription<K extends SourceKind = SourceKind> {
  source: 'world';
  kind: K;
  options: Kinds[K]['options'];
}

/** Deterministic samples by index: the same description and index always give the same sample. */
export interface WorldSource<S, K extends SourceKind = SourceKind> {
  readonly kind: K;
  readonly length: number;
  readonly description: SourceDescription<K>;
  /** Sample `index` in 0..length-1; `world.index` outside of it. */
  get(index: number): S;
}

type Make<K extends SourceKind> = (scene: Scene, options: Kinds[K]['options'], how: { language: Language; rng: Rng }) => Kinds[K]['sample'];

/** Statistics by description, since every probe source of one distribution shares them. */
const statistics = new Map<string, CooccurrenceStats>();

function statisticsOf(options: ProbeOptions): CooccurrenceStats {
  const { size, seed, prior, maxObjects, curriculum, text } = options;
  const n = options.statistics ?? 4000;
  const key = JSON.stringify([size, seed, prior, maxObjects, curriculum, text, n]);
  let found = statistics.get(key);
  if (!found) {
    found = cooccurrence({ size, seed, prior, maxObjects, curriculum, text }, n);
    statistics.set(key, found);
  }
  return found;
}

const makers: { [K in SourceKind]: Make<K> } = {
  captions(scene, { detail = 'mixed' }, { language, rng }) {
    const d = detail === 'mixed' ? (rng.bool() ? 'short' : 'long') : detail;
    return { scene, language, detail: d, text: caption(scene, { language, detail: d, rng }) };
  },
  knowledge(scene, { detail = 'mixed' }, { language, rng }) {
    const d = detail === 'mixed' ? (rng.bool() ? 'short' : 'long') : detail;
    const epsilon = rng.bool() ? 1 : -1;
    const told = epsilon > 0 ? withLikely(scene, rng) : onlyShown(scene);
    return { scene, language, detail: d, text: caption(told, { language, detail: d, rng }), epsilon };
  },
  contrasts(scene, { detail = 'mixed', negatives = 1, changes = TOLD_CHANGES }, { language, rng }) {
    const d = detail === 'mixed' ? (rng.bool() ? 'short' : 'long') : detail;
    const text = caption(scene, { language, detail: d, rng });
    const hallucinated = Array.from({ length: negatives }, () => {
      const { scene: told } = changed(scene, { rng, kinds: changes });
      return caption(told, { language, detail: d, rng });
    });
    return { scene, language, detail: d, text, hallucinated };
  },
  preferences(scene, { detail = 'mixed', ...options }, { language, rng }) {
    const d = detail === 'mixed' ? (rng.bool() ? 'short' : 'long') : detail;
    const made = preferencePair(scene, { ...options, language, detail: d, rng });
    if (made) return made;
    throw new SensoriumError('world.option', 'a scene has nothing to prefer one caption over another for', {
      place: `scene ${scene.index}`,
      expected: 'changes of what captions of this length tell',
      got: (options.changes ?? []).join(', ') || 'an empty scene',
    });
  },
  instructions(scene, options, { language, rng }) {
    const { turns, types, captions, lists, relations } = options;
    // Some scenes have nothing that is asked for, such as a single object and its relations: then another is taken.
    for (let k = 0; k < 64; k++) {
      const other = k === 0 ? scene : makeScene(scene.index + k * 1_000_003, options);
      const made = dialogue(other, { language, rng, turns, types, captions, lists, relations });
      if (made.turns.length > 0) return made;
    }
    throw new SensoriumError('world.option', 'no scene has questions of these types', { place: 'types', got: types?.join(', ') ?? 'any' });
  },
  singles(scene, _options, { language, rng }) {
    const { category = 0, tint = 0 } = scene.objects[0] ?? {};
    return { scene, language, category, tint, text: caption(scene, { language, detail: 'short', rng }) };
  },
  text(scene, _options, { language, rng }) {
    return { language, text: writtenScene(scene, language, rng) };
  },
  questions(scene, { types, per }, { language, rng }) {
    return { scene, language, questions: questions(scene, { language, rng, types, per }) };
  },
  probes(scene, options, { language, rng }) {
    const { negative = 'random', perScene } = options;
    return { scene, language, probes: popeProbes(scene, statisticsOf(options), { negative, rng, perScene, language }) };
  },
  multiStep: (scene, { form, kinds }, { rng }) => ({ scene, language: 'en', turns: multiStepTurns(scene, { form, kinds, rng }) }),
  referring: (scene, options, how) => located(scene, options, how),
  regions(scene, { pointers, ask, turns = 3 }, { language, rng }) {
    const asked = pointedQuestions(scene, { language, rng, n: turns, pointers, kinds: ask });
    const said = asked.flatMap(({ question, answer, pointer }): Dialogue['turns'] => [
      { role: 'user', content: question, pointer },
      { role: 'assistant', content: answer },
    ]);
    return { scene, language, turns: said, targets: asked.map(({ pointer }) => pointer.target) };
  },
};

/** Throws `world.option` for options of the sources of places that cannot be, `text.box` for a convention that is not there. */
function checkPlaces(kind: SourceKind, { place, by, turns, pointers, ask }: ReferringOptions & RegionOptions): void {
  const known = { by: REFERRING_KINDS, pointers: POINTER_KINDS, ask: POINTED_KINDS } as const;
  for (const [key, given] of Object.entries({ by, pointers, ask }) as [keyof typeof known, readonly string[] | undefined][]) {
    const wrong = given?.length === 0 ? 'none' : given?.find((one) => !(known[key] as readonly string[]).includes(one));
    if (wrong !== undefined)
      throw new SensoriumError('world.option', 'unknown kind', { place: key, expected: known[key].join(', '), got: wrong });
  }
  if (turns !== undefined && !(Number.isInteger(turns) && turns >= 1 && turns <= 32))
    throw new SensoriumError('world.option', 'option must be a whole number from 1 to 32', { place: 'turns', got: String(turns) });
  if (kind === 'referring') placeWriter({ place });
}

/** Throws `world.option` where things that stand alone are asked for by anything but their names. */
function assertAlone(kind: SourceKind, { by }: ReferringOptions): void {
  if (kind === 'referring' && (by ?? ['name']).includes('name')) return;
  throw new SensoriumError('world.option', 'a scene of one object has no twins to tell it from', {
    place: 'single',
    expected: "world.referring, by: ['name'] or the default",
    got: kind === 'referring' ? `by: ${by?.join(', ')}` : `world.${kind}`,
  });
}

/** Throws `world.option` for a form or kinds that there are not. */
function checkMultiStep({ form, kinds }: MultiStepOptions): void {
  const known = { form: MULTI_STEP_FORMS, kinds: MULTI_STEP_KINDS } as const;
  for (const [key, given] of Object.entries({ form: form === undefined ? undefined : [form], kinds })) {
    const all: readonly string[] = known[key as keyof typeof known];
    const wrong = given?.length === 0 ? 'none' : given?.find((one) => !all.includes(one));
    if (wrong !== undefined)
      throw new SensoriumError('world.option', 'unknown kind', { place: key, expected: all.join(', '), got: String(wrong) });
  }
}

/** A scene at `index` about which something of these kinds can be asked, or the next one behind it. */
function scenesOfSteps(index: number, world: WorldOptions, kinds: readonly MultiStepKind[] | undefined): Scene {
  for (let k = 0; k < 64; k++) {
    const scene = makeScene(index + k * 1_000_003, world);
    if (multiStepTurns(scene, { form: 'direct', kinds, rng: sceneRng(0, 'any', index) }).length > 0) return scene;
  }
  throw new SensoriumError('world.option', 'no scene has questions of these kinds', { place: 'kinds', got: kinds?.join(', ') ?? 'any' });
}

/** A scene in words alone, in one of several forms: captions, the grid, the grid followed by its caption or by questions and answers. */
function writtenScene(scene: Scene, language: Language, rng: Rng): string {
  const detail = rng.bool() ? 'short' : 'long';
  const form = rng.int(4);
  if (form === 0) return caption(scene, { language, detail, rng });
  const grid = layoutText(scene, { language, grid: 4, rng });
  if (form === 1) return `${grid}\n${captionRequest(language, detail, rng)} ${caption(scene, { language, detail, rng })}`;
  const { turns } = dialogue(scene, { language, rng, turns: 5, captions: 0 });
  return [grid, ...turns.flatMap((t, i) => (t.role === 'user' ? [`${t.content} ${turns[i + 1]?.content ?? ''}`] : []))].join('\n');
}

function makeSource<K extends SourceKind>(kind: K, options: Kinds[K]['options'] = {}): WorldSource<Kinds[K]['sample'], K> {
  const { scenes = 10_000, offset = 0, language = 'en', chinese = 0.3, candidates = 1 } = options;
  const single = kind === 'singles' || options.single;
  const world: WorldOptions = { ...options, single };
  const { seed, split } = resolveOptions(world);
  for (const [key, value] of Object.entries({ scenes, offset }))
    if (!Number.isInteger(value) || value < 0)
      throw new SensoriumError('world.option', 'option must be a non-negative integer', { place: key, got: String(value) });
  if (!Number.isInteger(candidates) || candidates < 1 || candidates > 64)
    throw new SensoriumError('world.option', 'option must be a whole number from 1 to 64', {
      place: 'candidates',
      got: String(candidates),
    });
  if (!['en', 'zh', 'mixed'].includes(language))
    throw new SensoriumError('world.option', 'unknown language', { place: 'language', expected: 'en, zh or mixed', got: String(language) });
  const negative = (options as ProbeOptions).negative;
  if (negative !== undefined && !NEGATIVES.includes(negative))
    throw new SensoriumError('world.option', 'unknown negative sampler', {
      place: 'negative',
      expected: NEGATIVES.join(', '),
      got: String(negative),
    });
  if (kind === 'multiStep') checkMultiStep(options as MultiStepOptions);
  if (kind === 'preferences') checkPairOptions(options as PreferenceOptions);
  const places = kind === 'referring' || kind === 'regions';
  if (places) checkPlaces(kind, options as ReferringOptions & RegionOptions);
  if (places && single) assertAlone(kind, options as ReferringOptions);
  const make = makers[kind] as Make<K>;
  return {
    kind,
    length: scenes,
    description: { source: 'world', kind, options: { ...options } },
    get(index) {
      if (!Number.isInteger(index) || index < 0 || index >= scenes)
        throw new SensoriumError('world.index', 'sample index out of range', { expected: `0..${scenes - 1}`, got: String(index) });
      const rng = sceneRng(seed, split, index + offset, kind);
      const lang = language === 'mixed' ? (rng.bool(chinese) ? 'zh' : 'en') : language;
      const { by } = options as ReferringOptions;
      const { kinds } = options as MultiStepOptions;
      const steps = kind === 'multiStep' ? scenesOfSteps(index + offset, world, kinds) : undefined;
      const twins = places && !single;
      const scene = twins ? twinScene(index + offset, world, kind === 'referring' ? (by ?? REFERRING_KINDS) : undefined) : undefined;
      return make(scene ?? steps ?? mostRelated(index + offset, world, candidates), options, { language: lang, rng });
    },
  };
}

/** The sources of the scene world, as recipes name them: `world.captions({ scenes: 20_000 })`. */
export const world = {
  /** Images with captions: contrastive and alignment pretraining. */
  captions: (options?: CaptionOptions) => makeSource('captions', options),
  /** Captions of what the image shows, and captions that also name what is likely beside it: HallE-Switch. */
  knowledge: (options?: CaptionOptions) => makeSource('knowledge', options),
  /** Captions with hallucinated ones beside them: hallucination-augmented contrastive learning. */
  contrasts: (options?: ContrastOptions) => makeSource('contrasts', options),
  /** Pairs of replies, one preferred by what each claims: preference learning and reward models. */
  preferences: (options?: PreferenceOptions) => makeSource('preferences', options),
  /** Dialogues of several turns over one image: instruction tuning. */
  instructions: (options?: InstructionOptions) => makeSource('instructions', options),
  /** One large object per image: classification and zero-shot tests. */
  singles: (options?: SourceOptions) => makeSource('singles', options),
  /** Text without images: language-model pretraining. */
  text: (options?: SourceOptions) => makeSource('text', options),
  /** Questions by type: VQA tests. */
  questions: (options?: QuestionOptions) => makeSource('questions', options),
  /** POPE probes: hallucination tests. */
  probes: (options?: ProbeOptions) => makeSource('probes', options),
  /** Questions of several steps with their rationales, in English: chain of thought. */
  multiStep: (options?: MultiStepOptions) => makeSource('multiStep', options),
  /** Expressions that name one object among its twins, and where it is: grounding. */
  referring: (options?: ReferringOptions) => makeSource('referring', options),
  /** Questions about things that are pointed at among their twins: region understanding. */
  regions: (options?: RegionOptions) => makeSource('regions', options),
};

/** The source that a description names; `world.source` when it names none. */
export function sourceFrom(description: unknown): WorldSource<Kinds[SourceKind]['sample']> {
  const d = description as Partial<SourceDescription> | null;
  if (d?.source !== 'world' || !d.kind || !Object.hasOwn(makers, d.kind))
    throw new SensoriumError('world.source', 'not a description of a world source', {
      expected: `{"source":"world","kind":${Object.keys(makers).join('|')},"options":{…}}`,
      got: (JSON.stringify(description) ?? 'undefined').slice(0, 80),
    });
  return makeSource(d.kind, d.options as CaptionOptions);
}
