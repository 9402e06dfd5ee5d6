// `open('org/name')`: a trained model named in a recipe, opened when the run begins.

import { type Model, type OpenModelOptions, openModel } from './open-model.js';

/** A model that a recipe begins with. */
export interface OpenSpec {
  readonly kind: 'open';
  readonly name: string;
  readonly options: Omit<OpenModelOptions, 'signal' | 'seed'>;
  /** Plain data: part of a recipe's identity. */
  readonly describe: Readonly<Record<string, unknown>>;
  /** Opens the model and puts its adapters on it. `seed`: of fresh ones. */
  open(o: { seed: number; signal?: AbortSignal }): Promise<Model>;
}

/**
 * A folder in Hugging Face layout or a model of the hub, to be trained.
 * @example defineRecipe({ model: open('HuggingFaceTB/SmolVLM-256M-Instruct', { adapters: [lora({ rank: 16, targets: ['q_proj', 'v_proj'] })] }), stages })
 */
export function open(name: string, options: OpenSpec['options'] = {}): OpenSpec {
  const { template, adapters = [], tokens = [], imageTokens } = options;
  const describe = {
    open: name,
    ...(template === undefined ? {} : { template }),
    ...(adapters.length > 0 ? { adapters } : {}),
    ...(tokens.length > 0 ? { tokens } : {}),
    ...(imageTokens ? { imageTokens } : {}),
  };
  return { kind: 'open', name, options, describe, open: (o) => openModel(name, { ...options, ...o }) };
}
