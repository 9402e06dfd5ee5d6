// `npm run bench -- serve`: total tokens per second of many concurrent streams through the serving engine, against one stream.

import os from 'node:os';
import { Decoder, Engine } from '../src/generate/index.js';
import { physicalCores } from '../src/runtime/cores.js';
import { selectRuntime } from '../src/runtime/select.js';
import { SensoriumError } from '../src/util/errors.js';
import { CAPACITY, randomValues, smolShape } from './decode-model.js';
import { benchOptions, median, pause, type Row, report, runBench } from './report.js';

const USAGE = `usage: npm run bench -- serve [options]

Total tokens per second of concurrent streams through the serving engine, by a model of SmolLM2-135M's shape with random weights.
Every stream has a prompt of its own; the time runs from the first request to the last token, prompts included. Prefix cache and
prompt lookup are off. The peer of every row is the same engine with one stream, in the same round. Without --exact, int4 runs with
exact: false, which is fastest for one stream and so hardest on the ratio.
`;

/** Reads a stream to its end; the number of its tokens. */
async function drainStream(stream: AsyncIterable<{ token?: unknown }>): Promise<number> {
  let n = 0;
  for await (const { token } of stream) if (token) n++;
  return n;
}

/** The benchmark. */
export async function main(args: readonly string[]): Promise<number> {
  return runBench(async () => {
    const options = benchOptions(args, USAGE, {
      streams: 'LIST  numbers of concurrent streams (default 2,4,8)',
      tokens: 'N     tokens of every reply (default 48)',
      prompt: 'N     tokens of every prompt (default 16)',
      format: 'F     int4 or fp32 (default int4)',
      exact: 'yes    int4 replies that do not depend on the batch',
    });
    if (!options) return;
    const [tokens, prompt] = [Number(options.more.tokens ?? 48), Number(options.more.prompt ?? 16)];
    const streams = (options.more.streams ?? '2,4,8').split(',').map(Number);
    if (![tokens, prompt, ...streams].every((n) => Number.isInteger(n) && n > 0) || tokens + prompt > CAPACITY)
      throw new SensoriumError('bench.option', '--streams, --tokens and --prompt are positive whole numbers', {
        expected: `at most ${CAPACITY} tokens of prompt and reply together`,
        got: `${options.more.streams ?? ''} ${tokens} ${prompt}`,
      });
    const format = options.more.format ?? 'int4';
    if (format !== 'int4' && format !== 'fp32')
      throw new SensoriumError('bench.option', 'no such format', { place: '--format', expected: 'int4 or fp32', got: format });
    const exact = options.more.exact === 'yes';
    const network = smolShape();
    const runtime = await selectRuntime();
    const quantize = format === 'int4' ? 'int4' : undefined;
    const decoder = await Decoder.create({ network, values: randomValues(network), capacity: CAPACITY, runtime, quantize });
    const engine = await Engine.create({ decoder }, { slots: Math.max(...streams), prefixBytes: 0, lookup: false, exact });
    let asked = 0;
    /** Tokens per second of `count` streams together. */
    const speed = async (count: number): Promise<number> => {
      await pause();
      const start = performance.now();
      const running = Array.from({ length: count }, () => {
        const seed = ++asked * 7919;
        return engine.submit({ ids: Array.from({ length: prompt }, (_, i) => 2 + ((seed + i * 104729) % 40000)), maxTokens: tokens });
      });
      const made = (await Promise.all(running.map(drainStream))).reduce((a, b) => a + b, 0);
      return made / ((performance.now() - start) / 1e3);
    };
    const one: number[] = [];
    const many = new Map(streams.map((n) => [n, [] as number[]]));
    try {
      for (let round = 0; round <= options.repeats; round++) {
        const alone = await speed(1);
        if (round > 0) one.push(alone); // the first round warms up
        for (const [count, speeds] of many) {
          const together = await speed(count);
          if (round > 0) speeds.push(together);
        }
        if (round === 0) process.stderr.write(`load ${os.loadavg()[0]?.toFixed(1)} at the start\n`);
      }
      const { weights, kv } = engine.memory();
      const rows: Row[] = [...many].map(([count, speeds]) => ({
        name: 'serve',
        case: `${format}${exact ? ' exact' : ''} ${count} streams ${options.threads || physicalCores()}t`,
        unit: 'tokens/s',
        sensorium: median(speeds),
        peers: { 'one stream': median(one) },
        roofline: null,
        extra: { weightsMB: weights / 1e6, kvMB: kv / 1e6 },
      }));
      report(rows, options);
    } finally {
      await engine.dispose();
      decoder.dispose();
    }
  });
}
