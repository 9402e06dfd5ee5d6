// Tells 48 categories apart with a CLIP that was never trained to classify: the nearest of 48 phrases. Needs models/world-clip.
//   npx tsx examples/zero-shot.ts [folder of a CLIPModel]

import { type Embeddings, zeroShot } from 'sensorium/evaluate';
import { compile, hostTensor, input } from 'sensorium/graph';
import { ClipImageProcessor } from 'sensorium/media';
import { Clip, clipConfig } from 'sensorium/models';
import { Tokenizer } from 'sensorium/text';
import { loadWeights, readConfig, readMatched } from 'sensorium/weights';
import { article, CATEGORIES, loadSprites, renderScene, world } from 'sensorium/world';

const MODEL = process.argv[2] ?? 'models/world-clip';
const clip = new Clip(clipConfig.parse(await readConfig(MODEL))).nameParameters();
const values = await readMatched(
  clip.parameters().map((p) => ({ name: p.name, shape: p.dims })),
  await loadWeights(MODEL),
);
const frozen = new Map(clip.parameters().map((p) => [p, values[p.name] as (typeof values)[string]]));
const [tokenizer, processor, sprites] = [
  await Tokenizer.fromFolder(MODEL),
  await ClipImageProcessor.load(`${MODEL}/preprocessor_config.json`),
  await loadSprites(),
];
const width = clip.config.projection_dim;

const phrases = CATEGORIES.map(({ en }) => [...tokenizer.encode(`${article(en)} ${en}`), clip.config.text_config.eos_token_id]);
const length = Math.max(...phrases.map((p) => p.length));
const ids = hostTensor(
  'int32',
  [phrases.length, length],
  phrases.flatMap((p) => [...p, ...Array<number>(length - p.length).fill(0)]),
);
const ends = hostTensor(
  'int32',
  [phrases.length],
  phrases.map((p, i) => i * length + p.length - 1),
);
const text = await compile({ y: clip.embedTexts(input('ids', ids.shape, 'int32'), input('ends', ends.shape, 'int32')) }, { frozen });

const scenes = Array.from({ length: 100 }, (_, i) => world.singles({ scenes: 100, split: 'test', seed: 11 }).get(i));
const size = clip.config.vision_config.image_size;
const pixels = hostTensor('float32', [100, 3, size, size]);
scenes.forEach(
  ({ scene }, i) =>
    void processor.processInto(
      { width: scene.size, height: scene.size, data: renderScene(scene, sprites) },
      pixels.data,
      i * 3 * size * size,
    ),
);
const vision = await compile({ y: clip.embedImages(input('pixels', pixels.shape)).image }, { frozen });

const embeddings = (y: { data: unknown } | undefined): Embeddings => ({ data: y?.data as Float32Array, width });
const { top1 } = zeroShot(
  embeddings((await vision.run({ pixels })).y),
  embeddings((await text.run({ ids, ends })).y),
  scenes.map((s) => s.category),
);
console.log(`top-1 ${top1.value.toFixed(3)} [${top1.low.toFixed(3)}, ${top1.high.toFixed(3)}] over ${top1.n} held-out images`);
