// `npm run bench -- decode`: tokens per second of cached decoding, beside the peers on the same weights, and as a share of what memory gives.

import { BandwidthProbe } from '../src/runtime/roofline.js';
import type { Runtime } from '../src/runtime/runtime.js';
import { selectRuntime } from '../src/runtime/select.js';
import { floatFolder, type HeadBits, quantizedFolder } from './checkpoint.js';
import { LanguageModel } from './language.js';
import { caseOf, LANGUAGE_OPTIONS, languageOptions } from './language-options.js';
import { languagePeers } from './peers/language.js';
import { type BenchOptions, benchOptions, median, numbersOf, type Row, report, runBench } from './report.js';
import type { Shape } from './shapes.js';
import { enter, leave, OURS, speeds, takeTurns, threadsOf } from './sides.js';

const USAGE = `usage: npm run bench -- decode [options]

Greedy decoding of one sequence by models of published shapes with random weights, everything between two tokens included. Every side
runs with the thread count that is fastest for it. Peers on the same weights: transformers.js (q4, fp32), node-llama-cpp (Q4_0, F32),
transformers on PyTorch (fp32). Models and npm packages are kept in .cache/bench (SENSORIUM_BENCH_CACHE), made when first wanted;
SENSORIUM_PYTHON names a Python with torch and transformers.
`;

interface Work {
  runtime: Runtime;
  contexts: readonly number[];
  tokens: number;
  options: BenchOptions;
  head: HeadBits;
}

async function measure(shape: Shape, precision: 'int4' | 'fp32', { runtime, contexts, tokens, options, head }: Work): Promise<Row[]> {
  const capacity = Math.max(...contexts) + tokens + 2;
  const model = await LanguageModel.load(precision === 'int4' ? await quantizedFolder(shape, head) : await floatFolder(shape), {
    runtime,
    capacity,
  });
  const ours = { name: OURS, start: (threads: number) => model.start(threads) };
  const peers = options.peers ? languagePeers(shape, { precision, capacity }) : [];
  const entered = await enter([ours, ...peers], options.threadCounts, `decode ${contexts[0]} ${tokens}`);
  // The same memory read with each thread count: the fastest is what memory gives.
  const probes = await Promise.all(options.threadCounts.map((threads) => BandwidthProbe.create({ runtime, threads })));
  const rows: Row[] = [];
  try {
    for (const context of contexts) {
      const read = probes.map(() => [] as number[]);
      const between = async (): Promise<void> => {
        // The best of a few: it is a limit, and one read takes only milliseconds.
        for (const [i, probe] of probes.entries())
          (read[i] as number[]).push(Math.max(await probe.run(), await probe.run(), await probe.run()));
      };
      const times = await takeTurns(entered, `decode ${context} ${tokens}`, { repeats: options.repeats, between });
      const bandwidth = Math.max(...read.map(median));
      const bytes = model.bytesPerToken(context + tokens / 2);
      rows.push({
        name: 'decode',
        case: `${caseOf(shape, precision, head)} context ${context}`,
        unit: 'tokens/s',
        ...speeds(times, tokens),
        roofline: (bandwidth * 1e9) / bytes,
        extra: { bandwidthGBs: bandwidth, megabytesPerToken: bytes / 1e6, ...threadsOf(entered) },
      });
    }
  } finally {
    await leave(entered);
    for (const probe of probes) probe.dispose();
  }
  return rows;
}

/** The benchmark. */
export async function main(args: readonly string[]): Promise<number> {
  return runBench(async () => {
    const options = benchOptions(args, USAGE, {
      ...LANGUAGE_OPTIONS,
      contexts: 'LIST  tokens before those that are timed (default 16,128,900,3000)',
      tokens: 'N      tokens per timed run (default 32)',
    });
    if (!options) return;
    const { shapes, precisions, head } = languageOptions(options);
    const contexts = numbersOf('contexts', options.more.contexts ?? '16,128,900,3000', { most: 8000 });
    const [tokens = 0] = numbersOf('tokens', options.more.tokens ?? (options.quick ? '4' : '32'), { most: 128 });
    const runtime = await selectRuntime();
    const rows: Row[] = [];
    for (const shape of shapes)
      for (const precision of precisions) rows.push(...(await measure(shape, precision, { runtime, contexts, tokens, options, head })));
    report(rows, options);
  });
}
