// Reads test/golden/lora: adapters of peft before and after five AdamW steps on golden checkpoints (make_lora.py).

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TrainingGolden, TrainingRow } from './training.js';

const LORA = join(import.meta.dirname, 'lora');

/** golden.json of one adapter. */
export interface LoraGolden {
  /** The folder's name under families. */
  model: string;
  optimizer: TrainingGolden['optimizer'];
  rows: TrainingRow[];
  /** Before each step, and after the last. */
  losses: number[];
  /** Of the last id of the first row: with the adapter before and after, and of the merged model. */
  logits: { before: number[]; after: number[]; merged: number[] };
  /** Flat places of tensors of the adapter that rounding decides. */
  undetermined: Record<string, number[]>;
}

/** Names of the adapters. */
export const loraNames = (): string[] => readdirSync(LORA).sort();

export const loraGolden = (name: string): LoraGolden => JSON.parse(readFileSync(join(LORA, name, 'golden.json'), 'utf8')) as LoraGolden;

/** The adapter's folder as peft wrote it. */
export const loraFolder = (name: string, when: 'before' | 'after'): string => join(LORA, name, when);
