// What must be the same for a run to go on from a checkpoint: objective, frozen weights, loss and batches.
import { SensoriumError } from '../util/errors.js';
import { assertSameRecipe } from './identity.js';
import { extendingOptions } from './options.js';
import { batchDifference, identifyBatch, lossFingerprint } from './sameness.js';
const HINT = 'Restore what the run began with, or train into another folder';
/** Throws `train.recipe` or `train.frozen` unless the objective is described as in the checkpoint and has the same frozen weights. */
export function assertSameObjective(trainer, now, path) {
    assertSameRecipe(trainer.objective, now.objective, path);
    if (trainer.frozen !== now.frozen)
        throw new SensoriumError('train.frozen', 'the frozen weights are not those that the run began with', {
            place: path,
            hint: 'Restore the model that the run started from, or train into another folder',
        });
}
/**
 * Throws `train.recipe` unless a checkpoint belongs to this recipe. How long the stage of the checkpoint and later ones are trained, and
 * with which weights they end, may have changed.
 */
export function assertContinues({ path, trainer }, now) {
    const { recipe, stage } = trainer;
    assertSameRecipe(recipe, now, path, (key) => {
        const [group, name, option, ...more] = key.split('.');
        if (more.length > 0)
            return false;
        if (group === 'options')
            return option === undefined && extendingOptions.has(name);
        if (group !== 'stages' || !extendingOptions.has(option))
            return false;
        const stages = recipe.values.stages;
        return (stages[name]?.index ?? -1) >= stage.index;
    });
}
/**
 * Whether anything is left to do in the stage of a checkpoint: it is not finished, or it was and more steps or more patience are asked
 * for. Throws `train.recipe` for fewer steps than have been done.
 */
export function hasMoreToDo({ path, trainer }, { steps, patience }) {
    const { stage, progress } = trainer;
    if (steps < stage.step)
        throw new SensoriumError('train.recipe', 'the run has already done more steps than this', {
            place: `${path}: stage ${stage.name}`,
            expected: `steps of at least ${stage.step}`,
            got: `steps=${steps}`,
            hint: 'Train into another folder',
        });
    if (!stage.finished)
        return true;
    const stalled = patience > 0 && (progress.heldOut?.worse ?? 0) >= patience;
    return steps > stage.step && (steps !== stage.steps || !stalled);
}
/** Another version of this library may trace the same loss to another graph. */
const comparable = ({ trainer }, versions) => trainer.versions.sensorium === versions.sensorium;
/** Throws `train.recipe` when the loss of a bucket is computed by another graph than in the run that wrote the checkpoint. */
export function assertSameLoss(from, { bucket, now, versions }) {
    const before = from.trainer.fingerprint?.losses[bucket];
    if (before === undefined || before === now || !comparable(from, versions))
        return;
    throw new SensoriumError('train.recipe', 'the loss has changed since the checkpoint was written', {
        place: `${from.path}: loss of bucket '${bucket}'`,
        expected: `the graph ${before.slice(0, 12)}…`,
        got: `${now.slice(0, 12)}…`,
        hint: HINT,
    });
}
/** Makes the first batch and the last one before the checkpoint again. Throws `train.recipe` when the loss or either batch is another one. */
export async function assertSameBatches(from, o) {
    const { losses = {}, batches = [] } = from.trainer.fingerprint ?? {};
    if (!comparable(from, o.versions))
        return;
    for (const before of batches) {
        // The batch first: its bucket has a graph when it has been made.
        const part = { part: before.part ?? 0, parts: before.parts ?? 1 };
        const now = await identifyBatch(o.objective, before.index, { get: () => o.fetch(before.index, part), part });
        const difference = batchDifference(before, now);
        if (difference === undefined) {
            const known = losses[before.bucket] !== undefined;
            if (known)
                assertSameLoss(from, { bucket: before.bucket, now: lossFingerprint(o.objective.graph(before.bucket).loss), versions: o.versions });
            continue;
        }
        throw new SensoriumError('train.recipe', 'the data have changed since the checkpoint was written', {
            place: `${from.path}: batch ${before.index}`,
            expected: 'the batch that was trained on',
            got: `another one: ${difference}`,
            hint: `${HINT}. A batch must depend on its index alone`,
        });
    }
}
//# sourceMappingURL=resume.js.map