// `open('org/name')`: a trained model named in a recipe, opened when the run begins.

import { type Model, type OpenModelOptions, openModel } from './open-model.js';

/** A model that a recipe begins with. */
export interface OpenSpec {
  readonly kind: 'open';
  readonly name: string;
  readonly options: OpenModelOptions;
  /** Plain data: part of a recipe's identity. */
  readonly describe: Readonly<Record<string, unknown>>;
  open(signal?: AbortSignal): Promise<Model>;
}

/** A folder in Hugging Face layout or a model of the hub, to be trained. @example defineRecipe({ model: open('HuggingFaceTB/SmolVLM-256M-Instruct'), … }) */
export function open(name: string, options: OpenModelOptions = {}): OpenSpec {
  const { template, adapters } = options;
  const describe = { open: name, ...(template === undefined ? {} : { template }), ...(adapters === undefined ? {} : { adapters }) };
  return { kind: 'open', name, options, describe, open: (signal) => openModel(name, { ...options, signal }) };
}
