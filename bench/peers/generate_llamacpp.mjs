// Greedy generation with node-llama-cpp. Arguments: folder of node_modules, model file, vocabulary, threads, positions, sequences.
// Lines, answered with milliseconds: "decode CONTEXT COUNT" (of COUNT tokens after CONTEXT ones and a first), "prefill LENGTH" (to the
// first token, whose id follows), "streams ROWS PROMPT COUNT" (COUNT tokens in each of ROWS sequences, batched by the library, prompts included).

import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [folder, file, vocabulary, threads, positions, sequences] = process.argv.slice(2);
const { getLlama, LlamaLogLevel } = await import(pathToFileURL(join(folder, 'node_modules', 'node-llama-cpp', 'dist', 'index.js')).href);
const llama = await getLlama({
  gpu: false,
  build: 'never',
  skipDownload: true,
  logLevel: LlamaLogLevel.error,
  maxThreads: Number(threads),
});
const model = await llama.loadModel({ modelPath: file });
const context = await model.createContext({
  contextSize: Number(positions),
  sequences: Number(sequences),
  threads: Number(threads),
  batchSize: 512,
});
const all = Array.from({ length: Number(sequences) }, () => context.getSequence());
const [first] = all;
const distinct = Math.min(40000, Number(vocabulary) - 16);
let asked = 0;

const ids = (from, to, seed = 0) => Array.from({ length: to - from }, (_, i) => 3 + (((from + i) * 7919 + seed * 104729) % distinct));

/** Takes `count` tokens after some ids, calling back at each; the last one. */
async function generate(sequence, tokens, count, each = () => undefined) {
  let made = 0;
  let last;
  for await (const id of sequence.evaluate(tokens, { temperature: 0, yieldEogToken: true })) {
    each(made);
    last = id;
    if (++made === count) break;
  }
  return last;
}

const work = {
  async decode(length, count) {
    if (first.nextTokenIndex > length - 1) await first.eraseContextTokenRanges([{ start: length - 1, end: first.nextTokenIndex }]);
    let start = 0;
    await generate(first, ids(first.nextTokenIndex, length), count + 1, (made) => {
      if (made === 0) start = performance.now(); // the first token comes with the prompt
    });
    return [performance.now() - start];
  },
  async prefill(length) {
    await first.clearHistory();
    const start = performance.now();
    const id = await generate(first, ids(0, length), 1);
    return [performance.now() - start, id];
  },
  async streams(rows, prompt, count) {
    for (const sequence of all) await sequence.clearHistory();
    const start = performance.now();
    await Promise.all(all.slice(0, rows).map((sequence) => generate(sequence, ids(0, prompt, ++asked), count)));
    return [performance.now() - start];
  },
};

process.stdout.write(`ready node-llama-cpp, ${threads} threads, ${JSON.stringify(llama.systemInfo ?? '')}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  const [what, ...numbers] = line.split(' ');
  process.stdout.write(`${(await work[what](...numbers.map(Number))).join(' ')}\n`);
}
