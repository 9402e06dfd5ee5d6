// A model by its folder, whatever it is: config.json and the registry of architectures say which class opens it.

import { join } from 'node:path';
import { type Model, modelKind } from '../model/index.js';
import { readFamily } from '../networks/index.js';
import type { Runtime, RuntimeName } from '../runtime/runtime.js';
import { FILES, type HubOptions, modelFolders, readConfig } from '../weights/index.js';
import { CausalLm } from './causal-lm.js';
import { Mllm } from './mllm.js';
import { Seq2SeqLm } from './seq2seq-lm.js';

/** A model that writes text. */
export type AnyModel = Mllm | CausalLm | Seq2SeqLm;

/** What every class can be loaded with. */
export interface LoadModelOptions {
  runtime?: Runtime | RuntimeName;
  threads?: number;
  /** Of decoders, as in `LoadOptions`. */
  capacity?: number | 'model';
  /** Of encoder-decoders, as in `Seq2SeqLmOptions`. */
  maxSource?: number;
  /** Folders of adapters in peft's layout. */
  adapters?: readonly string[];
  signal?: AbortSignal;
  /** How a model of the hub is fetched. */
  hub?: HubOptions;
}

/** What opens a folder, and whether the model in it sees. */
export interface FolderKind {
  opens: 'mllm' | 'causal' | 'seq2seq';
  sees: boolean;
}

/**
 * What a folder holds, by its config.json alone. Errors: `weights.folder`, `model.config`, and `model.architecture` for one that is not
 * supported, with all that are and the nearest, or for one that writes no text.
 */
export async function folderKind(dir: string): Promise<FolderKind> {
  const place = join(dir, FILES.config);
  const { family, config } = readFamily(await readConfig(dir), place);
  const kind = modelKind(family, config, place);
  return { opens: kind === 'multimodal' ? 'mllm' : kind, sees: family.kind === 'multimodal' };
}

/** Loads a folder in Hugging Face layout, or a model of the hub. Errors: those of `folderKind` and of the class that opens it. */
export async function loadModel(name: string, options: LoadModelOptions = {}): Promise<AnyModel> {
  const { dir, adapters: own } = await modelFolders(name, { signal: options.signal, ...options.hub });
  const { opens } = await folderKind(dir);
  const adapted = { ...options, adapters: [...own, ...(options.adapters ?? [])] };
  if (opens === 'mllm') return Mllm.load(dir, adapted);
  if (opens === 'causal') return CausalLm.load(dir, adapted);
  return Seq2SeqLm.load(dir, { ...adapted, capacity: undefined }); // which is the length of replies there
}

/** The class that answers for a model that is open already. The model's values are read when its programs are compiled. */
export function answering(model: Model, options: LoadModelOptions = {}): AnyModel {
  if (model.kind === 'multimodal') return Mllm.of(model, options);
  if (model.kind === 'causal') return CausalLm.of(model, options);
  return Seq2SeqLm.of(model, { ...options, capacity: undefined }); // which is the length of replies there
}
