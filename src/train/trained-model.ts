// The training state of a whole model: values of its parameters, and all that asking and saving it needs, whether it was opened or built.

import { join } from 'node:path';
import { PackedTensor, type Parameter } from '../graph/index.js';
import type { ClipImageProcessor } from '../media/index.js';
import { type Model, mergedModel, type SaveModelOptions, saveModel, saveModelAdapter } from '../model/index.js';
import { type Clip, endAdapter, RewardHead } from '../networks/index.js';
import type { Tokenizer } from '../text/index.js';
import { copiesHint } from '../util/copies.js';
import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import type { PackOptions, TrainBuffers } from './buffers.js';
import type { Trainable } from './select.js';
import { ModelState } from './state.js';

/** The error of weights that are stored in fewer bits, which have no gradients. */
export const quantizedError = (place: string): SensoriumError =>
  new SensoriumError('weights.quantized', 'weights that are stored in fewer bits cannot be trained', {
    place,
    hint: 'Train low-rank adapters over them (--lora 16), or the folder that the model was quantized from',
  });

/** CLIP around a model's own vision tower, with the processor of its images. */
export interface TowerClip {
  network: Clip;
  processor: ClipImageProcessor;
}

/** Values of a model's parameters. Those that `model.values` lacks are initialized. */
export class TrainedModel extends ModelState {
  readonly model: Model;
  /** Where a stage trains the vision tower by itself. */
  readonly clip: TowerClip | undefined;
  /** Whether `model.values` are those from before training. */
  readonly keeps: boolean;
  /** Values of the model that was given, where they are not kept. */
  private readonly given: Map<Parameter, HostTensor> | undefined;

  /**
   * `keep`: the values that the model had stay in `model.values`, beside those of training. Without it they are let go where they are
   * trained, and the model that was given has the latter.
   */
  constructor(model: Model, options: { seed: number; clip?: TowerClip; keep?: boolean }) {
    const parameters = model.network.parameters();
    const values = Object.fromEntries(
      parameters.flatMap((p) => (model.values.has(p) ? [[p.name, model.values.get(p) as HostTensor]] : [])),
    );
    super([...parameters, ...(options.clip?.network.parameters() ?? [])], { seed: options.seed, values });
    this.keeps = options.keep ?? false;
    this.given = this.keeps ? undefined : (model.values as Map<Parameter, HostTensor>);
    this.model = this.keeps ? model : { ...model, values: this.values as ReadonlyMap<Parameter, HostTensor> };
    this.clip = options.clip;
  }

  /** Errors: `weights.quantized` for parameters that are stored in fewer bits, which have no gradients. */
  override pack(trained: readonly Parameter[], options?: PackOptions): TrainBuffers {
    for (const p of trained) if (this.value(p) instanceof PackedTensor) throw quantizedError(`${this.model.dir}: ${p.name}`);
    for (const p of trained) this.given?.delete(p);
    const buffers = super.pack(trained, options);
    for (const p of trained) this.given?.set(p, this.value(p));
    return buffers;
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

  /** Writes the model as a Hugging Face folder; what was opened keeps the tokenizer, templates and settings of its folder. */
  async save(dir: string, options: Omit<SaveModelOptions, 'values'> = {}): Promise<void> {
    await saveModel(this.model, dir, { ...options, values: this.values });
  }
}

/** The state of a model that was opened. */
export class OpenedState extends TrainedModel {
  constructor(model: Model, options: { seed: number; keep?: boolean }) {
    super(model, options);
  }
}

/** The state of a stage's recipe, when the recipe's model writes text. Errors: `train.recipe`. */
export function trainedModel(state: ModelState, stage: string): TrainedModel {
  if (state instanceof TrainedModel) return state;
  throw new SensoriumError('train.recipe', `the stage '${stage}' needs a whole model`, {
    expected: "defineRecipe({ model: mllm({…}) or open('folder or hub id'), … })",
    hint: copiesHint(),
  });
}

/** The CLIP around the state's vision tower, with tokenizer and image processor. Errors: `train.recipe` for a state that was made without it. */
export function clipOf(state: TrainedModel, stage: string): TowerClip & { tokenizer: Tokenizer } {
  if (state.clip) return { ...state.clip, tokenizer: state.model.processor.tokenizer };
  throw new SensoriumError('train.recipe', `the stage '${stage}' needs the text tower, which this state was made without`, {
    hint: 'Make the model with mllm({…}), or the state with assemble(…, { clip: true })',
  });
}

/**
 * Saves adapters in `DIR/adapter` where the model has any, else the model in `DIR/model`, in its original type. A reward model is saved whole, its
 * adapters merged: the base of an adapter has no head. Returns the folder.
 */
export async function saveTrained(
  state: TrainedModel,
  dir: string,
  { dtype = 'original' }: Pick<SaveModelOptions, 'dtype'> = {},
): Promise<string> {
  const lowRank = state.model.adapters.length > 0;
  const whole = !lowRank || endAdapter(state.model.network, RewardHead) !== undefined;
  const saved = join(dir, whole ? 'model' : 'adapter');
  if (!whole) await state.saveAdapter(saved);
  else if (lowRank) await saveModel(mergedModel(state.trained()), saved, { dtype });
  else await state.save(saved, { dtype });
  return saved;
}
