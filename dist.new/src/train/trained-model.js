// The training state of a whole model: values of its parameters, and all that asking and saving it needs, whether it was opened or built.
import { join } from 'node:path';
import { mergedModel, saveModel, saveModelAdapter } from '../model/index.js';
import { endAdapter, RewardHead } from '../networks/index.js';
import { copiesHint } from '../util/copies.js';
import { SensoriumError } from '../util/errors.js';
import { ModelState } from './state.js';
/** The error of a model whose weights are stored in fewer bits, which have no gradients. */
export const quantizedError = (dir) => new SensoriumError('weights.quantized', 'the weights of this model are stored in fewer bits and cannot be trained', {
    place: dir,
    hint: 'Train the folder that it was quantized from, and quantize the result',
});
/** Values of a model's parameters. Those that `model.values` lacks are initialized. */
export class TrainedModel extends ModelState {
    model;
    /** Where a stage trains the vision tower by itself. */
    clip;
    /** Whether `model.values` are those from before training. */
    keeps;
    /** Values of the model that was given, where they are not kept. */
    given;
    /**
     * `keep`: the values that the model had stay in `model.values`, beside those of training. Without it they are let go where they are
     * trained, and the model that was given has the latter.
     */
    constructor(model, options) {
        const parameters = model.network.parameters();
        const values = Object.fromEntries(parameters.flatMap((p) => (model.values.has(p) ? [[p.name, model.values.get(p)]] : [])));
        super([...parameters, ...(options.clip?.network.parameters() ?? [])], { seed: options.seed, values });
        this.keeps = options.keep ?? false;
        this.given = this.keeps ? undefined : model.values;
        this.model = this.keeps ? model : { ...model, values: this.values };
        this.clip = options.clip;
    }
    pack(trained, options) {
        for (const p of trained)
            this.given?.delete(p);
        const buffers = super.pack(trained, options);
        for (const p of trained)
            this.given?.set(p, this.value(p));
        return buffers;
    }
    get network() {
        return this.model.network;
    }
    /** The model with the values of training: views, which change with it. */
    trained() {
        return { ...this.model, values: this.values };
    }
    /** Writes low-rank adapters, and whole modules that were trained, as a folder that `peft` loads. */
    async saveAdapter(dir) {
        await saveModelAdapter(this.model, dir, { values: this.values, trained: [...this.touched] });
    }
    /** Writes the model as a Hugging Face folder; what was opened keeps the tokenizer, templates and settings of its folder. */
    async save(dir, options = {}) {
        await saveModel(this.model, dir, { ...options, values: this.values });
    }
}
/** The state of a model that was opened. */
export class OpenedState extends TrainedModel {
    /** Throws `weights.quantized` for weights that are stored in fewer bits, which have no gradients. */
    constructor(model, options) {
        if (model.quantized)
            throw quantizedError(model.dir);
        super(model, options);
    }
}
/** The state of a stage's recipe, when the recipe's model writes text. Errors: `train.recipe`. */
export function trainedModel(state, stage) {
    if (state instanceof TrainedModel)
        return state;
    throw new SensoriumError('train.recipe', `the stage '${stage}' needs a whole model`, {
        expected: "defineRecipe({ model: mllm({…}) or open('folder or hub id'), … })",
        hint: copiesHint(),
    });
}
/** The CLIP around the state's vision tower, with tokenizer and image processor. Errors: `train.recipe` for a state that was made without it. */
export function clipOf(state, stage) {
    if (state.clip)
        return { ...state.clip, tokenizer: state.model.processor.tokenizer };
    throw new SensoriumError('train.recipe', `the stage '${stage}' needs the text tower, which this state was made without`, {
        hint: 'Make the model with mllm({…}), or the state with assemble(…, { clip: true })',
    });
}
/**
 * Saves adapters in `DIR/adapter` where the model has any, else the model in `DIR/model`, in its original type. A reward model is saved whole, its
 * adapters merged: the base of an adapter has no head. Returns the folder.
 */
export async function saveTrained(state, dir, { dtype = 'original' } = {}) {
    const lowRank = state.model.adapters.length > 0;
    const whole = !lowRank || endAdapter(state.model.network, RewardHead) !== undefined;
    const saved = join(dir, whole ? 'model' : 'adapter');
    if (!whole)
        await state.saveAdapter(saved);
    else if (lowRank)
        await saveModel(mergedModel(state.trained()), saved, { dtype });
    else
        await state.save(saved, { dtype });
    return saved;
}
//# sourceMappingURL=trained-model.js.map