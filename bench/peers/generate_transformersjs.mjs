// Greedy generation with transformers.js. Arguments: folder of node_modules, model folder, dtype, vocabulary, threads.
// Lines, answered with milliseconds: "decode CONTEXT COUNT" (of COUNT tokens after CONTEXT ones and a first), "prefill LENGTH" (to the
// first token, whose id follows), "streams ROWS PROMPT COUNT" (COUNT tokens in every row of one static batch, prompts included).

import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const [folder, model, dtype, vocabulary, threads] = process.argv.slice(2);
const { AutoModelForCausalLM, BaseStreamer, env, Tensor } = createRequire(join(folder, 'package.json'))('@huggingface/transformers');
env.allowRemoteModels = false;
env.localModelPath = `${dirname(model)}/`;
const network = await AutoModelForCausalLM.from_pretrained(basename(model), {
  dtype,
  device: 'cpu',
  local_files_only: true,
  session_options: { intraOpNumThreads: Number(threads), interOpNumThreads: 1 },
});
const distinct = Math.min(40000, Number(vocabulary) - 16);
let asked = 0;

/** Notes when each token comes. */
class Clock extends BaseStreamer {
  times = [];
  put() {
    this.times.push(performance.now());
  }
  end() {}
}

/** Milliseconds of generating, and the last id; `clock` notes the tokens of a single row. */
async function generate(rows, length, count, clock) {
  const ids = new BigInt64Array(rows * length);
  for (let row = 0; row < rows; row++) {
    const seed = rows > 1 ? ++asked : 0;
    for (let i = 0; i < length; i++) ids[row * length + i] = BigInt(3 + ((i * 7919 + seed * 104729) % distinct));
  }
  const start = performance.now();
  const output = await network.generate({
    input_ids: new Tensor('int64', ids, [rows, length]),
    attention_mask: new Tensor('int64', new BigInt64Array(rows * length).fill(1n), [rows, length]),
    max_new_tokens: count,
    min_new_tokens: count,
    do_sample: false,
    eos_token_id: [],
    ...(clock ? { streamer: clock } : {}),
  });
  return [performance.now() - start, Number(output.data.at(-1))];
}

const work = {
  async decode(context, count) {
    const clock = new Clock();
    await generate(1, context, count + 1, clock);
    const times = clock.times.slice(-count - 1);
    return [times.at(-1) - times[0]];
  },
  prefill: (length) => generate(1, length, 1),
  streams: async (rows, prompt, count) => (await generate(rows, prompt, count)).slice(0, 1),
};

process.stdout.write(`ready transformers.js ${env.version}, ${dtype}, ${threads} threads\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const [what, ...numbers] = line.split(' ');
  process.stdout.write(`${(await work[what](...numbers.map(Number))).join(' ')}\n`);
}
