// Greedy decoding with node-llama-cpp. Arguments: folder of node_modules, model file, threads, positions.
// Each line "CONTEXT COUNT" is answered with the milliseconds of COUNT tokens after CONTEXT ones.

import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [folder, file, threads, positions] = process.argv.slice(2);
const { getLlama, LlamaLogLevel } = await import(pathToFileURL(join(folder, 'node_modules', 'node-llama-cpp', 'dist', 'index.js')).href);
const llama = await getLlama({
  gpu: false,
  build: 'never',
  skipDownload: true,
  logLevel: LlamaLogLevel.error,
  maxThreads: Number(threads),
});
const model = await llama.loadModel({ modelPath: file });
const context = await model.createContext({ contextSize: Number(positions), threads: Number(threads), batchSize: 512 });
const sequence = context.getSequence();
process.stdout.write(`ready node-llama-cpp, ${JSON.stringify(llama.systemInfo ?? '')}\n`);

for await (const line of createInterface({ input: process.stdin })) {
  const [length, count] = line.split(' ').map(Number);
  if (sequence.nextTokenIndex > length - 1) await sequence.eraseContextTokenRanges([{ start: length - 1, end: sequence.nextTokenIndex }]);
  const tokens = Array.from({ length: length - sequence.nextTokenIndex }, (_, i) => 2 + (((sequence.nextTokenIndex + i) * 7919) % 40000));
  let made = 0;
  let start = 0;
  for await (const _ of sequence.evaluate(tokens, { temperature: 0, yieldEogToken: true })) {
    if (made === 0) start = performance.now(); // the first token comes with the prompt
    if (made++ === count) break;
  }
  process.stdout.write(`${performance.now() - start}\n`);
}
