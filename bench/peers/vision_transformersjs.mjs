// A LLaVA's image encoder and projector in transformers.js. Arguments: folder of node_modules, model folder, dtype, threads.
// Each line "encode IMAGES TOKENS" is answered with the milliseconds from pixels to features and the mean size of the first TOKENS rows.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const [folder, model, dtype, threads] = process.argv.slice(2);
const { AutoModelForImageTextToText, env, Tensor } = createRequire(join(folder, 'package.json'))('@huggingface/transformers');
env.allowRemoteModels = false;
env.localModelPath = `${dirname(model)}/`;
const network = await AutoModelForImageTextToText.from_pretrained(basename(model), {
  dtype,
  device: 'cpu',
  local_files_only: true,
  session_options: { intraOpNumThreads: Number(threads), interOpNumThreads: 1 },
});
const { image_size: size } = JSON.parse(readFileSync(join(model, 'config.json'), 'utf8')).vision_config;
process.stdout.write(`ready transformers.js ${env.version}, ${dtype}, ${threads} threads\n`);

for await (const line of createInterface({ input: process.stdin })) {
  const [images, tokens] = line.split(' ').slice(1).map(Number);
  const values = Float32Array.from({ length: images * 3 * size * size }, (_, i) => (i % 255) / 127.5 - 1);
  const pixel_values = new Tensor('float32', values, [images, 3, size, size]);
  const start = performance.now();
  const { data, dims } = await network.encode_image({ pixel_values });
  const time = performance.now() - start;
  const first = data.subarray(0, tokens * dims.at(-1));
  process.stdout.write(`${time} ${first.reduce((sum, v) => sum + Math.abs(v), 0) / first.length}\n`);
}
