// Stops a run in the middle and goes on: the weights come out bit for bit as if nothing had happened.
//   npx tsx examples/resume.ts [folder]

import { clipVision, llama, mllm, mlp } from 'sensorium/models';
import { defineRecipe, runRecipe, stage } from 'sensorium/train';
import { world } from 'sensorium/world';

const DIR = process.argv[2] ?? 'runs/example-resume';
const recipe = () =>
  defineRecipe({
    name: 'resume',
    model: mllm({
      vision: clipVision({ imageSize: 64, patchSize: 16, width: 32, layers: 1 }),
      connector: mlp(),
      language: llama({ width: 32, layers: 1, heads: 2 }),
    }),
    stages: [stage.pretrain({ train: ['connector', 'language'], data: world.captions({ scenes: 24, detail: 'short' }), batch: 4 })], // 6 steps: one pass
  });

const whole = await runRecipe(recipe(), { dir: `${DIR}/whole` });

const controller = new AbortController();
const stopped = runRecipe(recipe(), {
  dir: `${DIR}/stopped`,
  overrides: ['logEvery=1'],
  signal: controller.signal,
  onEvent: (e) => e.type === 'step' && e.step === 3 && controller.abort(),
});
await stopped.catch((error: Error) => console.log(`stopped: ${error.name}`)); // it wrote a checkpoint first
const resumed = await runRecipe(recipe(), { dir: `${DIR}/stopped`, resume: true });

const bytes = ({ state }: typeof whole) =>
  Buffer.concat(
    state.parameters.map((p) => {
      const { data } = state.value(p);
      return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    }),
  );
console.log(`identical weights: ${bytes(whole).equals(bytes(resumed))}`);
