// Greedy decoding with transformers.js. Arguments: folder of node_modules, model folder, dtype, threads.
// Each line "CONTEXT COUNT" is answered with the milliseconds of COUNT tokens after CONTEXT ones.

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const [folder, model, dtype, threads] = process.argv.slice(2);
const { AutoModelForCausalLM, BaseStreamer, env, Tensor } = createRequire(join(folder, 'package.json'))('@huggingface/transformers');
env.allowRemoteModels = false;
env.localModelPath = `${dirname(model)}/`;
const options = {
  dtype,
  device: 'cpu',
  local_files_only: true,
  session_options: { intraOpNumThreads: Number(threads), interOpNumThreads: 1 },
};
const network = await AutoModelForCausalLM.from_pretrained(model.slice(dirname(model).length + 1), options);
process.stdout.write(`ready transformers.js ${env.version}\n`);

/** Notes when each token comes; the first call brings the prompt. */
class Clock extends BaseStreamer {
  times = [];
  put() {
    this.times.push(performance.now());
  }
  end() {}
}

for await (const line of createInterface({ input: process.stdin })) {
  const [length, count] = line.split(' ').map(Number);
  const ids = BigInt64Array.from({ length }, (_, i) => BigInt(2 + ((i * 7919) % 40000)));
  const clock = new Clock();
  await network.generate({
    input_ids: new Tensor('int64', ids, [1, length]),
    attention_mask: new Tensor('int64', new BigInt64Array(length).fill(1n), [1, length]),
    max_new_tokens: count + 1,
    do_sample: false,
    streamer: clock,
  });
  const times = clock.times.slice(-count - 1);
  process.stdout.write(`${times.at(-1) - times[0]}\n`);
}
