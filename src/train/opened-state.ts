// The training state of a model that was opened: any family, with all that its folder holds.

import { join } from 'node:path';
import type { Parameter } from '../graph/index.js';
import { type Model, type SaveModelOptions, saveModel, saveModelAdapter } from '../model/index.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import type { Trainable } from './select.js';
import { ModelState } from './state.js';

/** The error of a model whose weights are stored in fewer bits, which have no gradients. */
export const quantizedError = (dir: string): SensoriumError =>
  new SensoriumError('weights.quantized', 'the weights of this model are stored in fewer bits and cannot be trained', {
    place: dir,
    hint: 'Train the folder that it was quantized from, and quantize the result',
  });

/** Values of an opened model's parameters. */
export class OpenedState extends ModelState {
  /** Throws `weights.quantized` for weights that are stored in fewer bits, which have no gradients. */
  constructor(
    readonly model: Model,
    options: { seed: number },
  ) {
    if (model.quantized) throw quantizedError(model.dir);
    const parameters = model.network.parameters();
    const values = Object.fromEntries(
      parameters.flatMap((p) => (model.values.has(p) ? [[p.name, model.values.get(p) as HostTensor]] : [])),
    );
    super(parameters, { seed: options.seed, values });
  }

  override get network(): Trainable {
    return this.model.network as unknown as Trainable;
  }

  /** The model with the values of training: views, which change with it. */
  trained(): Model {
    return { ...this.model, values: this.values as ReadonlyMap<Parameter, HostTensor> };
  }

  /** Writes low-rank adapters, and whole modules that were trained, as a folder that `peft` loads. */
  async saveAdapter(dir: string): Promise<void> {
    await saveModelAdapter(this.model, dir, { values: this.values, trained: [...this.touched] });
  }

  /** Writes the model as a Hugging Face folder, with the tokenizer, templates and settings of the folder that it came from. */
  async save(dir: string, options: Omit<SaveModelOptions, 'values'> = {}): Promise<void> {
    await saveModel(this.model, dir, { ...options, values: this.values });
  }
}

/** Saves adapters in `DIR/adapter` where the model has any, else the model in `DIR/model`, in its original type. Returns the folder. */
export async function saveOpened(
  state: OpenedState,
  dir: string,
  { dtype = 'original' }: Pick<SaveModelOptions, 'dtype'> = {},
): Promise<string> {
  const kind = state.model.adapters.length > 0 ? 'adapter' : 'model';
  const saved = join(dir, kind);
  if (kind === 'adapter') await state.saveAdapter(saved);
  else await state.save(saved, { dtype });
  return saved;
}
