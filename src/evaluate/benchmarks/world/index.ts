// The world versions of the benchmarks over files, in the order of the files'.

import { worldCocoCaptions, worldFlickr30k, worldHaelm, worldNocaps } from './captions.js';
import { worldCompositional } from './compositional.js';
import type { WorldBenchmark } from './form.js';
import { worldInstructionRows, worldRefusals } from './instructions.js';
import { MEDIA_FORMS } from './media.js';
import { worldMultiStep } from './multi-step.js';
import { worldCcEval, worldGavie, worldLlavaBench, worldMmhalBench, worldOwlEval, worldVideoChatGpt } from './open.js';
import { worldMmbench, worldMmbenchCn, worldMmmu, worldScienceQa } from './options.js';
import { worldGpt4Tools, worldOwn } from './others.js';
import { worldMasks, worldReferring, worldRegions } from './places.js';
import { worldChartQa, worldDocVqa, worldGqa, worldPathVqa, worldSlake, worldTextVqa, worldVqaRad, worldVqaV2 } from './short.js';
import { worldToolsSeen, worldToolsUnseen } from './tools.js';
import { worldHallusionBench, worldMme, worldPopeFiles } from './yes-no.js';

export { worldCompositional } from './compositional.js';
export { overWorld, type WorldBenchmark, type WorldForm } from './form.js';
export { type MediaBenchmarkOptions, mediaBenchmark } from './media.js';
export { type MultiStepRow, worldMultiStep } from './multi-step.js';
export { worldMasks, worldReferring, worldRegions } from './places.js';

/** `world:NAME` for each benchmark NAME over files. Their questions are in English unless their name says otherwise; POPE's are in the language of the scenes. */
export const WORLD_FORMS: readonly WorldBenchmark[] = [
  worldPopeFiles,
  worldOwn,
  worldMme,
  worldMmbench,
  worldMmbenchCn,
  worldScienceQa,
  worldHallusionBench,
  worldMmmu,
  worldCocoCaptions,
  worldNocaps,
  worldFlickr30k,
  worldVqaV2,
  worldGqa,
  worldTextVqa,
  worldDocVqa,
  worldChartQa,
  worldVqaRad,
  worldSlake,
  worldPathVqa,
  worldGpt4Tools,
  worldInstructionRows,
  worldLlavaBench,
  worldHaelm,
  worldCcEval,
  worldMmhalBench,
  worldGavie,
  worldOwlEval,
  worldVideoChatGpt,
  ...MEDIA_FORMS,
];

/** `world:NAME` of places in scenes, for models that were taught to answer them. */
export const WORLD_PLACES: readonly WorldBenchmark[] = [worldReferring, worldRegions, worldMasks];

/** `world:NAME` of the scene world alone; no published benchmark has their files. */
export const WORLD_OWN: readonly WorldBenchmark[] = [
  worldMultiStep,
  worldCompositional,
  worldToolsSeen,
  worldToolsUnseen,
  worldRefusals,
  ...WORLD_PLACES,
];

/** Captions of scenes that a CLIP searches: `--bench world:flickr30k-retrieval`. */
export const WORLD_RETRIEVALS = {
  'world:flickr30k-retrieval': worldFlickr30k,
  'world:coco-retrieval': worldCocoCaptions,
} as const;
