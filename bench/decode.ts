// `npm run bench -- decode`: tokens per second of cached decoding, beside transformers.js and node-llama-cpp on the same weights.

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Decoder, type Int4Matrix, type KvCache, quantizeInt4, Sampler } from '../src/generate/index.js';
import type { Parameter } from '../src/graph/index.js';
import { physicalCores } from '../src/runtime/cores.js';
import { readBandwidth } from '../src/runtime/roofline.js';
import { selectRuntime } from '../src/runtime/select.js';
import { SensoriumError } from '../src/util/errors.js';
import type { HostTensor } from '../src/util/host.js';
import { CAPACITY, randomValues, smolShape } from './decode-model.js';
import { PeerProcess } from './peers/child.js';
import { writeGguf } from './peers/gguf.js';
import { installPeers } from './peers/install.js';
import { writeTransformersJs } from './peers/transformersjs-model.js';
import { absent, askPeers, benchOptions, median, pause, type Row, report, rootFolder, runBench } from './report.js';

const USAGE = `usage: npm run bench -- decode [options]

Greedy decoding of one sequence by a model of SmolLM2-135M's shape with random weights, in int4 and float32, after 16, 128 and
900 tokens, everything between two tokens included. Peers: transformers.js on the same graph and weights, node-llama-cpp on the
same weights as GGUF (Q4_0, F32). They are installed from npm into .cache/bench (SENSORIUM_BENCH_CACHE) when first wanted.
`;
const TRANSFORMERS = '@huggingface/transformers@4.3.1';
const LLAMA = '3.22.1';
const CONTEXTS = [16, 128, 900];
type Format = 'int4' | 'fp32';

/** Sensorium's side: prompt as far as it is not in the cache, then greedy tokens. */
class Ours {
  private readonly cache: KvCache;
  private readonly sampler = new Sampler();
  constructor(private readonly decoder: Decoder) {
    this.cache = decoder.cache();
  }
  /** Milliseconds of `count` tokens after `context` ones. */
  async time(context: number, count: number): Promise<number> {
    const { cache, decoder } = this;
    cache.truncate(context - 1);
    const have = cache.lengths[0] as number;
    let logits = await decoder.step(cache, { ids: [Array.from({ length: context - have }, (_, i) => 2 + (((have + i) * 7919) % 40000))] });
    let id = this.sampler.choose(logits.data, cache.logSums[0]).id;
    const start = performance.now();
    for (let i = 0; i < count; i++) {
      logits = await decoder.step(cache, { ids: [[id]] });
      id = this.sampler.choose(logits.data, cache.logSums[0]).id;
    }
    return performance.now() - start;
  }
}

/** Starts the peers that can be had; the others are named on stderr. */
async function startPeers(format: Format, threads: number, model: Model): Promise<Map<string, PeerProcess>> {
  const peers = new Map<string, PeerProcess>();
  const start = async (name: string, packages: string[], prepare: (dir: string) => string[]): Promise<void> => {
    try {
      const dir = await installPeers(packages);
      const [script, ...args] = prepare(dir);
      const { peer, about } = await PeerProcess.start(process.execPath, [
        join(rootFolder(), 'bench', 'peers', script as string),
        dir,
        ...args,
      ]);
      process.stderr.write(`${name} ${format}: ${about}\n`);
      peers.set(name, peer);
    } catch (error) {
      absent(`${name} ${format}`, (error as Error).message.split('\n')[0] as string);
    }
  };
  const { network, values, quantized } = model;
  await start('transformersjs', [TRANSFORMERS], (dir) => {
    const folder = join(dir, 'models', 'smol-shape');
    const dtype = format === 'int4' ? 'q4' : 'fp32';
    if (!existsSync(join(folder, 'onnx', format === 'int4' ? 'model_q4.onnx' : 'model.onnx')))
      writeTransformersJs(folder, network, values, format === 'int4' ? quantized() : undefined);
    return ['decode_transformersjs.mjs', folder, dtype, String(threads)];
  });
  const platform = `@node-llama-cpp/${({ darwin: process.arch === 'arm64' ? 'mac-arm64-metal' : 'mac-x64', win32: `win-${process.arch}` } as Record<string, string>)[process.platform] ?? `linux-${process.arch}`}@${LLAMA}`;
  await start('llamacpp', [`node-llama-cpp@${LLAMA}`, platform], (dir) => {
    mkdirSync(join(dir, 'models'), { recursive: true });
    const file = join(dir, 'models', `smol-shape-${format}.gguf`);
    if (!existsSync(file)) writeGguf(file, network, values, format === 'int4' ? quantized() : undefined);
    return ['decode_llamacpp.mjs', file, String(threads), String(CAPACITY)];
  });
  return peers;
}

interface Model {
  network: ReturnType<typeof smolShape>;
  values: ReadonlyMap<Parameter, HostTensor<'float32'>>;
  /** All matrices in four bits, made when first asked for. */
  quantized(): Map<Parameter, Int4Matrix>;
}

function makeModel(): Model {
  const network = smolShape();
  const values = randomValues(network);
  let int4: Map<Parameter, Int4Matrix> | undefined;
  const quantized = (): Map<Parameter, Int4Matrix> => {
    int4 ??= new Map([...values].filter(([p]) => p.dims.length === 2).map(([p, t]) => [p, quantizeInt4(t)]));
    return int4;
  };
  return { network, values, quantized };
}

/** The benchmark. */
export async function main(args: readonly string[]): Promise<number> {
  return runBench(async () => {
    const options = benchOptions(args, USAGE, {
      tokens: 'N     tokens per timed run (default 16)',
      format: 'F     int4 or fp32 (default: both)',
    });
    if (!options) return;
    const tokens = Number(options.more.tokens ?? 16);
    if (!Number.isInteger(tokens) || tokens < 1 || tokens > CAPACITY - 900)
      throw new SensoriumError('bench.option', '--tokens is out of range', {
        expected: `1 to ${CAPACITY - 900}`,
        got: options.more.tokens,
      });
    const wanted = options.more.format;
    if (wanted !== undefined && wanted !== 'int4' && wanted !== 'fp32')
      throw new SensoriumError('bench.option', 'no such format', { place: '--format', expected: 'int4 or fp32', got: wanted });
    const threads = options.threads || physicalCores();
    const runtime = await selectRuntime();
    const model = makeModel();
    const rows: Row[] = [];
    for (const format of wanted ? [wanted as Format] : (['int4', 'fp32'] as const)) {
      const peers = options.peers ? await startPeers(format, threads, model) : new Map<string, PeerProcess>();
      const decoder = await Decoder.create({
        network: model.network,
        values: model.values,
        capacity: CAPACITY,
        runtime,
        quantize: format === 'int4' ? 'int4' : undefined,
      });
      const ours = new Ours(decoder);
      // Every weight of a product is read once per token: with what memory gives, that is the most there can be.
      const bytes = model.network.parameters().reduce((n, p) => n + p.count * (p.dims.length === 1 || format === 'fp32' ? 4 : 18 / 32), 0);
      try {
        for (const context of CONTEXTS) {
          const times = { ours: [] as number[], bandwidth: [] as number[] };
          const theirs = new Map([...peers.keys()].map((name) => [name, [] as number[]]));
          for (let i = 0; i <= options.repeats; i++) {
            await pause();
            const mine = await ours.time(context, tokens);
            if (i > 0) times.ours.push(mine); // the first round warms up
            if (i > 0) times.bandwidth.push(await readBandwidth({ runtime, megabytes: 128, repeats: 1 }));
            await askPeers(peers, `${context} ${tokens}`, (name, ms) => void (i > 0 && theirs.get(name)?.push(ms)));
          }
          const speed = (milliseconds: readonly number[]): number => tokens / (median(milliseconds) / 1e3);
          const measured = Object.fromEntries([...theirs].filter(([name]) => peers.has(name)).map(([name, t]) => [name, speed(t)]));
          rows.push({
            name: 'decode',
            case: `${format} context ${context} ${threads}t`,
            unit: 'tokens/s',
            sensorium: speed(times.ours),
            peers: measured,
            roofline: (median(times.bandwidth) * 1e9) / bytes,
          });
        }
      } finally {
        for (const peer of peers.values()) peer.stop();
        decoder.dispose();
      }
    }
    report(rows, options);
  });
}
