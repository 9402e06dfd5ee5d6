// Asks a model about an image file. Needs models/sensorium-tiny, or another folder as the first argument.
//   npx tsx examples/ask.ts [model] [image] [question]

import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { image, Mllm } from 'sensorium';
import { encodePng } from 'sensorium/media';
import { loadSprites, makeScene, renderScene } from 'sensorium/world';

const MODEL = process.argv[2] ?? 'models/sensorium-tiny';
const IMAGE = process.argv[3] ?? `${tmpdir()}/kitchen.png`;
const QUESTION = process.argv[4] ?? 'What is left of the red cup?';
if (!process.argv[3])
  await writeFile(
    IMAGE,
    await encodePng({ width: 64, height: 64, data: renderScene(makeScene(0, { split: 'test' }), await loadSprites()) }),
  );

const model = await Mllm.load(MODEL); // a folder in Hugging Face layout
const reply = await model.generate([image(IMAGE), QUESTION]);
console.log(reply.text, reply.boxes, reply.finish);
console.log(`mean log-probability ${(reply.tokens.reduce((s, t) => s + t.logProb, 0) / reply.tokens.length).toFixed(3)}`);
await model.dispose();
