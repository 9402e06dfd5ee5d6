// Recipes whose memory is planned and measured: what people tune of a model that was opened, and a stage over the scene world.
import { join } from 'node:path';
import { conversations } from '../src/data/index.js';
import { open } from '../src/model/index.js';
import { lora } from '../src/networks/adapters/index.js';
import { clipVision, llama, mllm, mlp } from '../src/networks/index.js';
import { assemble, defineRecipe, stage } from '../src/train/index.js';
import { worldTokenizer } from '../src/train/world-tokenizer.js';
import { packageRoot } from '../src/util/package.js';
import { world } from '../src/world/index.js';
const parts = mllm({
    vision: clipVision({ imageSize: 96, patchSize: 8, width: 192, layers: 4 }),
    connector: mlp(),
    language: llama({ width: 384, layers: 6, heads: 6, positions: 1024 }),
});
/** Writes a LLaVA of 13 M parameters with random weights. */
export async function makeModel(dir) {
    const state = await assemble(parts, { seed: 1, clip: false, tokenizer: worldTokenizer });
    await state.save(dir);
}
const LANGUAGE = '.*language_model.*_proj';
const drawings = join(packageRoot(), 'examples', 'finetune', 'train.json');
const TUNED = {
    'full tuning': { train: ['all'] },
    'full tuning, checkpointed': { train: ['all'], gradientCheckpointing: true },
    'LoRA of the language model': { train: ['adapters'], targets: LANGUAGE },
    'LoRA of the language model, checkpointed': { train: ['adapters'], targets: LANGUAGE, gradientCheckpointing: true },
    'LoRA of all linear layers': { train: ['adapters'], targets: 'all-linear' },
    'frozen tower, cached features': { train: ['connector', 'language'] },
};
/** What is tuned, by name. */
export const RECIPES = [...Object.keys(TUNED), 'world: connector and language model'];
/** The recipe of a name; `folder` is what `makeModel` wrote. */
export function memoryRecipe(name, folder) {
    const common = { batch: 8, steps: 6, logEvery: 1, checkpointEvery: 0, blindEvery: 0 };
    const tuned = TUNED[name];
    if (!tuned) {
        const data = world.instructions({ scenes: 64, seed: 1, size: 96 });
        return defineRecipe({ model: parts, stages: [stage.instruct({ ...common, train: ['connector', 'language'], data })] });
    }
    const { train, targets, gradientCheckpointing } = tuned;
    const adapters = targets ? [lora({ rank: 16, alpha: 32, targets })] : [];
    return defineRecipe({
        model: open(folder, { adapters }),
        stages: [
            stage.instruct({
                ...common,
                train: [...train],
                data: conversations(drawings),
                ...(gradientCheckpointing ? { gradientCheckpointing } : {}),
            }),
        ],
    });
}
//# sourceMappingURL=memory-recipes.js.map