// HallE-Switch (Zhai et al. 2023, arXiv:2310.01779) on the model of the biased world: one matrix before the head, and nothing else, learns at
// epsilon -1 from captions of what the image shows, at +1 from captions that also name what is likely beside it.
// Must show: the plain model to the bit at epsilon 0; at -1 a lower CHAIR-i than at 0 at equal coverage, at +1 a higher one. On sensorium-tiny
// in place of that model it does not (docs/trust.md).
//
//   sensorium train recipes/halle.ts --out runs/halle [model=FOLDER] [seed=1]
//   sensorium ask kitchen.png --model runs/halle/model --halle -0.5
import { halle, open } from '../src/models.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { world } from '../src/world/index.js';
import { BIASED } from './biased.js';
export default defineRecipe({
    name: 'halle',
    model: open('runs/biased/model', { adapters: [halle()] }),
    stages: [
        stage.instruct({
            train: ['adapters'],
            data: world.knowledge({ ...BIASED, scenes: 50_000, seed: 12 }),
            steps: 300,
            batch: 12,
            lr: 3e-3,
            minRatio: 0.1,
        }),
    ],
});
//# sourceMappingURL=halle.js.map