// LURE's revisor (Zhou et al. 2023): sensorium-tiny learns to write the true caption from the image and a caption with made-up objects, of
// which the suspect ones are masked.
//   sensorium train recipes/lure.ts --out runs/lure && sensorium trust models/sensorium-tiny --revisor runs/lure/model
// Must show: a lower CHAIR-i at equal coverage than the base, on scenes of another seed; docs/trust.md has it.
import { open } from '../src/model/index.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { revisionScenes } from '../src/trust/index.js';
export default defineRecipe({
    name: 'lure',
    model: open('models/sensorium-tiny'),
    stages: [
        stage.instruct({
            name: 'revise',
            train: ['connector', 'language'],
            steps: 800,
            batch: 10,
            lr: 7e-4,
            betas: [0.9, 0.98],
            weightDecay: 0.02,
            minRatio: 0.03,
            maxLength: 320,
            data: revisionScenes({ scenes: 100_000, seed: 301 }),
        }),
    ],
});
//# sourceMappingURL=lure.js.map