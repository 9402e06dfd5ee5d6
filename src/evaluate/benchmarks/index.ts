// The registry of benchmarks: one line each. A name may stand in both lists: over the scene world, and over files.

import type { Benchmark } from '../benchmark.js';
import type { FileSource } from '../file-rows.js';
import type { Scenes } from '../scenes.js';
import { pope } from './pope.js';
import { qa } from './qa.js';
import { worldCaption } from './world-caption.js';
import { worldPope } from './world-pope.js';
import { worldVqa } from './world-vqa.js';

/** Benchmarks over the scene world. */
export const WORLD_BENCHMARKS: readonly (<S>(scenes: Scenes<S>) => Benchmark)[] = [worldPope, worldVqa, worldCaption];

/** Benchmarks over files: `--bench NAME --data FILE`. */
export const FILE_BENCHMARKS: readonly ((source: FileSource) => Benchmark)[] = [pope, qa];
