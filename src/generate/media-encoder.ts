// The vision program of a model: images and videos to the rows that its language model reads.

import type { Parameter } from '../graph/index.js';
import type { Feeds, SequenceMedia } from '../model/sequence.js';
import type { VisionNetwork } from '../networks/multimodal.js';
import { compile, type Program } from '../runtime/compile.js';
import type { Runtime, RuntimeName } from '../runtime/runtime.js';
import { type HostTensor, hostTensor } from '../util/host.js';
import { fedWeights, packedOnce } from './decoder.js';

/** Media that go through the program together, where a family's can. */
const BATCH = 32;

/** What is encoded: the number of its rows is that of its places. */
export type Medium = Pick<SequenceMedia, 'at' | 'feeds'>;

export interface MediaEncoderOptions {
  network: Pick<VisionNetwork, 'see'>;
  values: ReadonlyMap<Parameter, HostTensor>;
  /** Those whose values change between runs; see `DecoderOptions`. */
  changing?: ReadonlySet<Parameter>;
  /** Feeds of several media may be joined along the first axis. */
  joins?: boolean;
  runtime?: Runtime | RuntimeName;
  threads?: number;
}

/** Encodes media. The program is compiled at the first one. */
export class MediaEncoder {
  private compiled: Promise<Program> | undefined;
  constructor(private readonly o: MediaEncoderOptions) {}

  /** Rows [m, width] of each medium. */
  async encode(media: readonly Medium[]): Promise<HostTensor<'float32'>[]> {
    const { network, values, runtime, threads, joins } = this.o;
    const frozen = packedOnce(this.o);
    const rows: HostTensor<'float32'>[] = [];
    const batch = joins ? BATCH : 1;
    for (let first = 0; first < media.length; first += batch) {
      const together = media.slice(first, first + batch);
      const feeds: Feeds[] = [];
      for (const medium of together) feeds.push(await medium.feeds());
      this.compiled ??= compile({ features: network.see() }, { frozen, runtime, threads, name: 'vision' });
      const program = await this.compiled;
      const { features } = await program.run({ ...fedWeights(program, values), ...joinFeeds(feeds) });
      const { data, shape } = features as HostTensor<'float32'>;
      const width = shape[1] as number;
      let row = 0;
      for (const { at } of together) {
        const end = together.length === 1 ? (shape[0] as number) : row + at.length;
        rows.push({ dtype: 'float32', shape: [end - row, width], data: data.subarray(row * width, end * width) });
        row = end;
      }
    }
    return rows;
  }

  /** Frees the program. */
  async dispose(): Promise<void> {
    const [program] = await Promise.allSettled([this.compiled]);
    if (program.status === 'fulfilled') program.value?.dispose();
    this.compiled = undefined;
  }
}

/** Feeds of several media as one batch. */
function joinFeeds([first, ...others]: readonly Feeds[]): Record<string, HostTensor> {
  if (!first || others.length === 0) return { ...first };
  return Object.fromEntries(
    Object.keys(first).map((name) => [name, joinRows([first, ...others].map((f) => f[name] as HostTensor<'float32'>))]),
  );
}

/** Tensors one after the other along the first axis. */
export function joinRows(parts: readonly HostTensor<'float32'>[]): HostTensor<'float32'> {
  const [first] = parts;
  if (first && parts.length === 1) return first;
  // Feeds may also be whole numbers, such as the words that a connector reads.
  const out = hostTensor(first?.dtype ?? 'float32', [
    parts.reduce((n, p) => n + (p.shape[0] as number), 0),
    ...(first?.shape.slice(1) ?? []),
  ]);
  let at = 0;
  for (const { data } of parts) {
    out.data.set(data, at);
    at += data.length;
  }
  return out;
}
