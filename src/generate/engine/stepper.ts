// Steps of the decoding program over the rows of an engine: one token for many rows, or many tokens for one row.

import type { Program } from '../../runtime/compile.js';
import { Pace } from '../../runtime/pace.js';
import { type HostTensor, hostTensor } from '../../util/host.js';
import type { Decoder } from '../decoder.js';
import type { Logits } from '../policy.js';
import { type StepTensors, stepTensors } from '../step-tensors.js';
import type { KvMemory } from './kv-memory.js';

/** Consecutive new tokens of one row. */
export interface Chunk {
  slot: number;
  /** Positions of the row that are filled already. */
  start: number;
  ids: ArrayLike<number>;
  /** How many of the last positions need logits. */
  wanted: number;
  /** Image rows [m, width] and their places in `ids`. */
  images?: { rows: Float32Array; at: Int32Array };
  /** Positions of the whole prompt, [kinds, its tokens], where tokens have several that do not just count on. */
  positions?: Int32Array;
  /** Without `positions`: what those of the row are ahead of the number of its tokens. */
  offset?: number;
  /** How far the switch of the model is turned. Default 0. */
  epsilon?: number;
  /** Round the number of tokens up to a multiple of this as well as of the tile. */
  multiple?: number;
}

/** Steps of one shape. Places with logits are picked apart. */
interface Shape {
  t: Omit<StepTensors, 'last'>;
  pace: Pace;
}
/** Which positions to compute logits of, and where they go. */
interface Picked {
  last: HostTensor<'int32'>;
  /** Of models with a switch. */
  epsilon?: HostTensor<'float32'>;
  logits: HostTensor<'float32'>;
  logSum: HostTensor<'float32'>;
}

/** Image rows are rounded up to a multiple of this, so that the program meets few shapes. */
const IMAGE_ROWS = 16;

const roundUp = (n: number, multiple: number): number => Math.ceil(n / multiple) * multiple;

/**
 * Runs one compiled program for all rows of an engine. ONNX Runtime's GroupQueryAttention takes one new token for each of many rows,
 * or several for a single row; so decoding is batched and chunks go row by row, between two decoding steps.
 */
export class Stepper {
  private readonly shapes = new Map<string, Shape>();
  private readonly picks = new Map<number, Picked>();
  private logits: Float32Array = new Float32Array();
  private readonly vocab: number;
  private readonly width: number;
  private readonly kinds: number;
  private readonly noImages: Record<string, HostTensor>;

  constructor(
    private readonly decoder: Decoder,
    private readonly kv: KvMemory,
    private readonly o: {
      /** Positions of a chunk, and those with logits, are rounded up to a multiple of this. Of a decoding step the caller sees to it. */
      tile: number;
      /** From so many rows on, decoding steps run on the program for many tokens, where the decoder has one. */
      manyRows: number;
    },
  ) {
    this.vocab = decoder.language.config.vocab_size;
    this.width = decoder.language.rowWidth;
    this.kinds = decoder.language.positionKinds;
    this.noImages = decoder.multimodal
      ? { features: hostTensor('float32', [0, this.width]), image_positions: hostTensor('int32', [0]) }
      : {};
  }

  /** Bytes of logits kept between steps. */
  get bytes(): number {
    return this.logits.byteLength;
  }

  /**
   * One token for each of the rows [start, start + ids.length). `filled` are the positions each row has, `offsets` what its rotary
   * positions are ahead of them, `epsilons` how far their switch is turned; the new token's key and value go to the next one. A row that only fills a gap computes garbage that nobody reads, at a position that its own next token
   * will overwrite.
   */
  async decode(
    start: number,
    ids: ArrayLike<number>,
    o: { filled: ArrayLike<number>; offsets: ArrayLike<number>; epsilons: ArrayLike<number> },
  ): Promise<Logits> {
    const { filled, offsets, epsilons } = o;
    const count = ids.length;
    const shape = this.shapeFor(count, 1);
    const { t } = shape;
    const p = this.pickedFor(count);
    let longest = 0;
    for (let b = 0; b < count; b++) {
      longest = Math.max(longest, filled[b] as number);
      p.last.data[b] = b;
      for (let k = 0; t.positions && k < this.kinds; k++) t.positions.data[k * count + b] = (filled[b] as number) + (offsets[b] as number);
    }
    t.ids.data.set(ids);
    p.epsilon?.data.set(epsilons);
    t.lengths.data.set(filled);
    t.total.data[0] = longest + 1;
    const { program, prefill = program } = this.decoder;
    return this.run(count >= this.o.manyRows ? prefill : program, { start, count, shape, p, images: this.noImages });
  }

  /** Several tokens of one row. */
  async chunk(c: Chunk): Promise<Logits> {
    const n = c.ids.length;
    const { tile } = this.o;
    const rounded = roundUp(roundUp(n, c.multiple ?? 1), tile);
    // Padding lies behind the row's own tokens, where causal attention never looks and the next tokens overwrite it.
    const size = c.start + rounded <= this.kv.capacity ? rounded : n;
    const shape = this.shapeFor(1, size);
    const { t } = shape;
    const p = this.pickedFor(Math.max(roundUp(c.wanted, tile), this.decoder.leastPicked));
    p.last.data.fill(n - 1);
    p.epsilon?.data.fill(c.epsilon ?? 0);
    t.ids.data.fill(0);
    t.ids.data.set(c.ids);
    this.place(t, c, size);
    t.lengths.data[0] = c.start + size - 1;
    t.total.data[0] = c.start + size;
    for (let i = 0; i < c.wanted; i++) p.last.data[i] = n - c.wanted + i;
    const images = c.images ? this.imageFeeds(c.images) : this.noImages;
    return this.run(this.decoder.programFor(size), { start: c.slot, count: 1, shape, p, images });
  }

  private place({ positions }: Shape['t'], { start, ids, positions: given, offset = 0 }: Chunk, size: number): void {
    if (!positions) return;
    const whole = given ? given.length / this.kinds : 0;
    for (let k = 0; k < this.kinds; k++)
      for (let i = 0; i < ids.length; i++)
        positions.data[k * size + i] = given ? (given[k * whole + start + i] as number) : start + i + offset;
  }

  private async run(
    program: Program,
    { start, count, shape, p, images }: { start: number; count: number; shape: Shape; p: Picked; images: Record<string, HostTensor> },
  ): Promise<Logits> {
    const epsilon = p.epsilon ? { epsilon: p.epsilon } : {};
    const feeds = { ...shape.t, last: p.last, ...epsilon, ...images, ...this.decoder.weights() };
    await this.kv.step({ start, count }, ({ past, present }) =>
      shape.pace.run(program, { ...feeds, ...past }, { logits: p.logits, log_sum: p.logSum, ...present }),
    );
    const { vocab } = this;
    return {
      at: (i) => p.logits.data.subarray(i * vocab, (i + 1) * vocab),
      logSum: (i) => p.logSum.data[i] as number,
    };
  }

  private shapeFor(batch: number, n: number): Shape {
    const key = `${batch}x${n}`;
    let shape = this.shapes.get(key);
    if (!shape) {
      shape = { t: stepTensors(batch, n, { kinds: this.kinds }), pace: new Pace() };
      this.shapes.set(key, shape);
    }
    return shape;
  }

  /** Logits of every count of positions lie in one buffer, which grows to the largest count there has been. */
  private pickedFor(count: number): Picked {
    let p = this.picks.get(count);
    if (!p) {
      if (this.logits.length < count * this.vocab) {
        this.logits = hostTensor('float32', [count, this.vocab]).data;
        this.picks.clear();
      }
      p = {
        last: hostTensor('int32', [count]),
        ...(this.decoder.language.switched ? { epsilon: hostTensor('float32', [count]) } : {}),
        logits: hostTensor('float32', [count, this.vocab], this.logits.subarray(0, count * this.vocab)),
        logSum: hostTensor('float32', [count]),
      };
      this.picks.set(count, p);
    }
    return p;
  }

  /** Image rows, their number rounded up by writing the last one again to its own place. */
  private imageFeeds({ rows, at }: { rows: Float32Array; at: Int32Array }): Record<string, HostTensor> {
    const m = roundUp(at.length, IMAGE_ROWS);
    const features = hostTensor('float32', [m, this.width]);
    const positions = hostTensor('int32', [m]);
    features.data.set(rows);
    positions.data.set(at);
    for (let i = at.length; i < m; i++) {
      features.data.copyWithin(i * this.width, (at.length - 1) * this.width, at.length * this.width);
      positions.data[i] = at[at.length - 1] as number;
    }
    return { features, image_positions: positions };
  }
}
