// `npm run bench -- serve`: total tokens per second of many concurrent streams through the serving engine, against one stream and the peers.

import { selectRuntime } from '../src/runtime/select.js';
import { floatFolder, quantizedFolder } from './checkpoint.js';
import { LanguageModel } from './language.js';
import { caseOf, LANGUAGE_OPTIONS, languageOptions } from './language-options.js';
import { languagePeers } from './peers/language.js';
import { benchOptions, numbersOf, type Row, report, runBench } from './report.js';
import { enter, leave, OURS, speeds, takeTurns, threadsOf } from './sides.js';

const USAGE = `usage: npm run bench -- serve [options]

Total tokens per second of concurrent streams, by models of published shapes with random weights. Every stream has a prompt of its own;
the time runs from the first request to the last token, prompts included. Ours is the serving engine, prefix cache and prompt lookup
off; node-llama-cpp batches its sequences; transformers.js and PyTorch generate one static batch. 'one stream' is our engine with one.
Without --exact, int4 runs with exact: false, which is fastest for one stream and so hardest on the ratio.
`;

/** The benchmark. */
export async function main(args: readonly string[]): Promise<number> {
  return runBench(async () => {
    const options = benchOptions(args, USAGE, {
      ...LANGUAGE_OPTIONS,
      streams: 'LIST  numbers of concurrent streams (default 8)',
      tokens: 'N      tokens of every reply (default 48)',
      prompt: 'N      tokens of every prompt (default 16)',
      exact: 'yes     int4 replies that do not depend on the batch',
    });
    if (!options) return;
    const { shapes, precisions, head } = languageOptions(options);
    const { more, quick, repeats } = options;
    const streams = numbersOf('streams', more.streams ?? '8', { most: 64 });
    const [tokens = 0] = numbersOf('tokens', more.tokens ?? (quick ? '8' : '48'), { most: 4000 });
    const [prompt = 0] = numbersOf('prompt', more.prompt ?? '16', { most: 4000 });
    const exact = more.exact === 'yes';
    const counts = [...new Set([1, ...streams])];
    const most = Math.max(...counts);
    const capacity = prompt + tokens + 2;
    const runtime = await selectRuntime();
    const rows: Row[] = [];
    for (const shape of shapes)
      for (const precision of precisions) {
        const folder = precision === 'int4' ? await quantizedFolder(shape, head) : await floatFolder(shape);
        const model = await LanguageModel.load(folder, { runtime, capacity, slots: most, exact });
        const ours = { name: OURS, start: (threads: number) => model.start(threads) };
        const peers = options.peers ? languagePeers(shape, { precision, capacity, streams: most }) : [];
        const entered = await enter([ours, ...peers], options.threadCounts, `streams ${most} ${prompt} ${Math.min(tokens, 8)}`);
        let alone: number | undefined;
        try {
          for (const count of counts) {
            const times = await takeTurns(entered, `streams ${count} ${prompt} ${tokens}`, { repeats });
            const { sensorium, peers: theirs } = speeds(times, count * tokens);
            alone ??= sensorium;
            rows.push({
              name: 'serve',
              case: `${caseOf(shape, precision, head)}${exact ? ' exact' : ''}, ${count} ${count === 1 ? 'stream' : 'streams'}`,
              unit: 'tokens/s',
              sensorium,
              peers: count === 1 ? theirs : { 'one stream': alone, ...theirs },
              roofline: null,
              extra: threadsOf(entered),
            });
          }
        } finally {
          await leave(entered);
        }
      }
    report(rows, options);
  });
}
