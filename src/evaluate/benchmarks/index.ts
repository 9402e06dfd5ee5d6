// The registry of benchmarks: one line each. A name may stand in two lists: over the scene world, and over files.

import type { Benchmark } from '../benchmark.js';
import type { FileSource } from '../file-rows.js';
import type { Scenes } from '../scenes.js';
import { cocoCaptions, flickr30k, nocaps } from './captions.js';
import { ccEval } from './cc-eval.js';
import { chartQa } from './chart-qa.js';
import { docVqa } from './doc-vqa.js';
import { gavie } from './gavie.js';
import { gpt4Tools } from './gpt4tools.js';
import { gqa } from './gqa.js';
import { haelm } from './haelm.js';
import { hallusionBench } from './hallusion-bench.js';
import { instructions } from './instructions.js';
import { llavaBench } from './llava-bench.js';
import { pathVqa, slake, vqaRad } from './medical-vqa.js';
import { mmbench, mmbenchCn } from './mmbench.js';
import { mme } from './mme.js';
import { mmhalBench } from './mmhal-bench.js';
import { mmmu } from './mmmu.js';
import { owlEval } from './owl-eval.js';
import { own } from './own.js';
import { pope } from './pope.js';
import { qa } from './qa.js';
import { refusals } from './refusals.js';
import { scienceQa } from './science-qa.js';
import { textVqa } from './text-vqa.js';
import { videoChatGpt } from './video-chatgpt.js';
import { vqaV2 } from './vqa-v2.js';
import { worldCaption } from './world-caption.js';
import { worldPope } from './world-pope.js';
import { worldVqa } from './world-vqa.js';

export { worldCaption, worldPope, worldVqa };

/** Benchmarks of the scene world's own, in either of its languages; `WORLD_FORMS` has the others. */
export const WORLD_BENCHMARKS: readonly (<S>(scenes: Scenes<S>) => Benchmark)[] = [worldPope, worldVqa, worldCaption];

/** Benchmarks over files: `--bench NAME --data FILE`. */
export const FILE_BENCHMARKS: readonly ((source: FileSource) => Benchmark)[] = [
  pope,
  qa,
  own,
  mme,
  mmbench,
  mmbenchCn,
  scienceQa,
  hallusionBench,
  mmmu,
  cocoCaptions,
  nocaps,
  flickr30k,
  vqaV2,
  gqa,
  textVqa,
  docVqa,
  chartQa,
  vqaRad,
  slake,
  pathVqa,
  gpt4Tools,
  instructions,
  refusals,
  llavaBench,
  haelm,
  ccEval,
  mmhalBench,
  gavie,
  owlEval,
  videoChatGpt,
];

/** Rows of each kind with which all benchmarks of the scene world together take minutes; the others state their own. */
export const QUICK_ROWS: Readonly<Record<string, number>> = { pope: 100, vqa: 60, caption: 60 };

export {
  type MediaBenchmarkOptions,
  mediaBenchmark,
  overWorld,
  WORLD_FORMS,
  WORLD_OWN,
  WORLD_RETRIEVALS,
  type WorldBenchmark,
  type WorldForm,
  worldMasks,
  worldMultiStep,
  worldReferring,
  worldRegions,
} from './world/index.js';
