// A policy over pixels in the manner of CogAgent (Hong et al. 2023, arXiv:2312.08914): a small picture of the screen in the sequence, cross-attention to many rows of a
// larger one, and actions with places. It learns from screenshots of demonstrations on nine of the twelve apps, taken in Chromium when the run begins.
// Must show: more tasks on seen apps than valid actions by chance (0.02).
//
//   sensorium train recipes/gui-pixels.ts --out runs/gui-pixels [seed=1]         needs Chromium: node scripts/chromium.mjs
//   sensorium gui bench --policy pixels --planner runs/gui-pixels/model

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { APPS, demonstrations, GuiDevice, guiTasks, launchBrowser, pixelAction, pixelPrompt, squareOf } from '../src/agents/gui/index.js';
import type { FinishContext } from '../src/cli/recipe-module.js';
import type { Conversation, Dataset } from '../src/data/index.js';
import { encodePng } from '../src/media/index.js';
import { clipVision, highResolution, mllm, mlp, twoResolutions } from '../src/networks/index.js';
import { defineRecipe, type MadeData, type OpenedState, saveTrained, stage } from '../src/train/index.js';
import { ifThere, throwIfAborted } from '../src/util/errors.js';
import { readText, writeAtomic } from '../src/util/fs.js';
import { SHIPPED, worldClip, worldLlama } from './parts/shipped.js';

/** Seeds of training tasks, 45 each; those of measured ones are below 1,000. */
const SEEDS = Array.from({ length: 40 }, (_, i) => 1000 + i);

/** A step as it is kept: the file of its screenshot, the prompt and the action. */
interface Row {
  id: string;
  image: string;
  prompt: string;
  action: string;
}

const ROWS = 'rows.jsonl';

/** Takes the screenshots, into `dir`; those of a run before are taken from there. */
const screenshots: MadeData = {
  async make({ dir, planning, signal }): Promise<Dataset<Conversation>> {
    const done = planning ? undefined : await ifThere(() => readText(join(dir, ROWS)));
    const rows = done === undefined ? await taken(dir, planning ? SEEDS.slice(0, 1) : SEEDS, signal) : lines(done);
    if (done === undefined && !planning) await writeAtomic(join(dir, ROWS), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    return {
      length: rows.length,
      describe: { screenshots: 'gui', seeds: SEEDS.length },
      get: async (index) => {
        const { id, image, prompt, action } = rows[index] as Row;
        const content = [
          { type: 'image' as const, source: join(dir, image) },
          { type: 'text' as const, text: prompt },
        ];
        return {
          id,
          messages: [
            { role: 'user', content },
            { role: 'assistant', content: action },
          ],
          at: { file: join(dir, ROWS), row: index },
        };
      },
    };
  },
};

const lines = (text: string): Row[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row);

async function taken(dir: string, seeds: readonly number[], signal?: AbortSignal): Promise<Row[]> {
  await mkdir(dir, { recursive: true });
  const rows: Row[] = [];
  const browser = await launchBrowser();
  try {
    const tasks = guiTasks({ seeds, apps: APPS.filter(({ heldOut }) => !heldOut) });
    for await (const step of demonstrations(tasks, (task) => GuiDevice.app(browser, task), { shots: true })) {
      throwIfAborted(signal);
      const image = `${rows.length}.png`;
      if (step.shot) await writeAtomic(join(dir, image), await encodePng(squareOf(step.shot)));
      rows.push({ id: `${step.id}/${step.past.length}`, image, prompt: pixelPrompt(step), action: pixelAction(step.action, step.screen) });
    }
  } finally {
    await browser.close();
  }
  return rows;
}

/** Saves the model. It is measured by `sensorium gui bench`, which needs Chromium. */
export async function finish({ result, dir, note }: FinishContext): Promise<void> {
  note(`saved in ${await saveTrained(result.state as OpenedState, dir)}`);
}

const high = clipVision({ imageSize: 256, patchSize: 8, width: 32, layers: 1, heads: 2, stem: [16, 32], stemNorm: true, featureLayer: -1 });

/** Published: CogVLM 17B with EVA2-CLIP-L at 1,120 px beside 224 px. */
export default defineRecipe({
  name: 'gui-pixels',
  model: mllm({
    vision: twoResolutions({ low: worldClip(), high }),
    connector: mlp({ depth: 2 }),
    language: worldLlama(),
    adapters: [highResolution({ width: 32, block: 4, heads: 2 })],
  }),
  from: SHIPPED,
  stages: [
    stage.instruct({
      train: ['connector', 'language', 'adapters', 'vision_tower.high.*'],
      data: screenshots,
      steps: 2000,
      batch: 12,
      lr: 1.5e-3,
      betas: [0.9, 0.98],
      weightDecay: 0.02,
      minRatio: 0.03,
      maxLength: 224,
      shuffle: true,
    }),
  ],
});
