// LRV-Instruction (Liu et al. 2023, arXiv:2306.14565) on the model of the biased world: half of the instructions are wrong about the image, in
// three ways, as requests and as questions, and the replies say so. Dialogues of the usual kind come by turns with them: without these, and in 300
// steps, the model says no to everything.
// Must show: POPE adversarial F1 no worse and CHAIR-i better than those of the model that it begins with. The first it does, the second it does
// not (docs/trust.md).
//
//   sensorium train recipes/lrv.ts --out runs/lrv [model=FOLDER] [seed=1]
//   sensorium data lrv --from FOLDER --out lrv.jsonl          the same data over images of one's own
import { lrvScenes } from '../src/data/index.js';
import { open } from '../src/models.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { world } from '../src/world/index.js';
import { BIASED } from './biased.js';
import { byTurns } from './parts/claim.js';
export default defineRecipe({
    name: 'lrv',
    model: open('runs/biased/model'),
    stages: [
        stage.instruct({
            train: ['connector', 'language'],
            data: byTurns([
                world.instructions({ ...BIASED, scenes: 50_000, seed: 15, captions: 0.6, turns: 6 }),
                lrvScenes({ ...BIASED, scenes: 50_000, seed: 13 }),
            ]),
            steps: 1000,
            batch: 10,
            maxLength: 256,
            lr: 6e-4,
            betas: [0.9, 0.98],
            weightDecay: 0.02,
            minRatio: 0.05,
        }),
    ],
});
//# sourceMappingURL=lrv.js.map