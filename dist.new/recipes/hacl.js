// Hallucination-augmented contrastive learning (Jiang et al. 2023, arXiv:2312.06968) on the model of the biased world: beside the loss of
// language, each image is drawn to its caption and kept away from the captions of others and from its own with one thing made wrong.
// Must show: a contrastive loss that falls, and CHAIR-i no worse than that of the model that it begins with.
//
//   sensorium train recipes/hacl.ts --out runs/hacl [model=FOLDER] [seed=1]
import { hacl, open } from '../src/models.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { world } from '../src/world/index.js';
import { BIASED } from './biased.js';
export default defineRecipe({
    name: 'hacl',
    model: open('runs/biased/model', { adapters: [hacl({ features: 64 })] }),
    stages: [
        stage.hacl({
            train: ['adapters', 'connector', 'language'],
            data: world.contrasts({ ...BIASED, scenes: 50_000, seed: 14, detail: 'long', changes: ['existence', 'object', 'color', 'count'] }),
            steps: 300,
            batch: 8,
            queue: 512,
            lr: 3e-4,
            betas: [0.9, 0.98],
            weightDecay: 0.02,
            minRatio: 0.05,
        }),
    ],
});
//# sourceMappingURL=hacl.js.map