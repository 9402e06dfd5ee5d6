// LLaMA-Adapter (Zhang et al. 2023, arXiv:2303.16199): prompts in the upper layers behind gates that open from zero, with the image added to them.
// Must show: the model to the bit where it begins (a test), then descriptions with reasons, which the base does not give, from a few thousand numbers.
//
//   sensorium train recipes/llama-adapter.ts --out runs/llama-adapter [seed=1]
import { worldInstructions } from '../src/data/index.js';
import { llamaAdapter, open } from '../src/models.js';
import { defineRecipe, stage } from '../src/train/index.js';
import { finishInstruct, TUNE } from './parts/instruct.js';
export const finish = finishInstruct('llama-adapter', {
    shows: 'no worse than the base outside the intervals, with prompts alone trained',
    base: 'models/sensorium-tiny',
    rows: { pope: 60, vqa: 50, caption: 20 },
});
export default defineRecipe({
    name: 'llama-adapter',
    model: open('models/sensorium-tiny', { adapters: [llamaAdapter({ prompts: 10, layers: 3, images: true })] }),
    stages: [
        stage.instruct({
            train: ['adapters'],
            data: worldInstructions({ kinds: ['conversation', 'reasoning'], scenes: 20_000, seed: 93, turns: 4 }),
            steps: 250,
            ...TUNE,
            lr: 9e-3,
        }),
    ],
});
//# sourceMappingURL=llama-adapter.js.map