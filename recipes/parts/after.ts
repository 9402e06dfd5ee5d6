// Recipes that go on from others: those are trained, or resumed, in a folder below the run's, and their model is opened with adapters.

import { join } from 'node:path';
import { openModel } from '../../src/models.js';
import type { AdapterSpec } from '../../src/networks/index.js';
import { OpenedState, type Recipe, runRecipe, type StateContext, type TrainedModel } from '../../src/train/index.js';

/** The `state` of a recipe whose model is what `first` trains, with fresh adapters: copies in them are copies of trained layers. */
export function after(first: Recipe, adapters: readonly AdapterSpec[] = []) {
  return async ({ seed, dir, signal }: StateContext): Promise<OpenedState> => {
    const folder = join(dir, first.name);
    const { state } = await runRecipe({ ...first, seed }, { dir: folder, resume: true, signal });
    await (state as TrainedModel).save(join(folder, 'model'));
    return new OpenedState(await openModel(join(folder, 'model'), { adapters, seed, signal }), { seed });
  };
}
