// M3IT (Li et al. 2023, arXiv:2306.04387): instructions in several languages, short answers as sentences beside short ones, hand-written wordings, each
// set capped. Translations and sentences of data of one's own: sensorium data instruct --kinds translate|rewrite.
// Must show: Chinese no worse than the base outside the intervals, English neither.
//
//   sensorium train recipes/m3it.ts --out runs/m3it [seed=1]
import { mixture, withTemplates, worldInstructions } from '../src/data/index.js';
import { open } from '../src/models.js';
import { defineRecipe, sceneData, stage } from '../src/train/index.js';
import { world } from '../src/world/index.js';
import { finishInstruct, TUNE } from './parts/instruct.js';
import { WORDINGS } from './parts/wordings.js';
export const finish = finishInstruct('m3it', {
    shows: 'Chinese and English no worse than the base',
    base: 'models/sensorium-tiny',
    rows: { pope: 60, vqa: 40, caption: 30 },
    languages: ['en', 'zh'],
});
const questions = (language, seed) => world.instructions({ scenes: 10_000, seed, language, turns: 4, captions: 0.2 });
export default defineRecipe({
    name: 'm3it',
    model: open('models/sensorium-tiny'),
    stages: [
        stage.instruct({
            train: ['connector', 'language'],
            data: mixture({
                seed: 3,
                cap: 5_000,
                parts: [
                    { name: 'English', media: true, data: withTemplates(sceneData(questions('en', 51)), { pools: WORDINGS, task: 'question' }) },
                    { name: 'Chinese', media: true, data: sceneData(questions('zh', 52)) },
                    {
                        name: 'sentences',
                        media: true,
                        data: sceneData(worldInstructions({ kinds: ['reasoning', 'detail'], language: 'mixed', scenes: 4_000, seed: 53 })),
                    },
                ],
            }),
            steps: 250,
            ...TUNE,
        }),
    ],
});
//# sourceMappingURL=m3it.js.map