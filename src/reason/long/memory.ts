// A memory of a long film under a budget: neighbors that are most alike become one, again and again, so that what changes keeps its place.

import { SensoriumError } from '../../util/errors.js';

/** A stretch of the film that became one. */
export interface Span<T> {
  /** Numbers of its first and last frame. */
  from: number;
  to: number;
  /** Mean of the vectors of its frames. */
  vector: Float32Array;
  /** The frame that stands for it: of the spans that were joined, that of the longer one. */
  frame: T;
  /** Token rows, where they were given: means over the frames, [tokens, width]. */
  rows?: Float32Array;
}

const cosine = (a: Float32Array, b: Float32Array): number => {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot / Math.sqrt(aa * bb || 1);
};

const count = ({ from, to }: { from: number; to: number }): number => to - from + 1;

/** Mean of two, weighed. */
const mean = (a: Float32Array, b: Float32Array, n: number, m: number): Float32Array =>
  a.map((v, i) => (v * n + (b[i] as number) * m) / (n + m));

/** How frames leave when there is no room. */
export type MemoryRule =
  /** The most alike neighbors become one (MovieChat, Song et al. 2024, arXiv:2307.16449, section 3.3). */
  | 'merge'
  /** Evenly spaced frames stay, whatever they show: what merging has to beat. */
  | 'stride';

/**
 * Takes frames one by one and never holds more than `spans`: of 1,800 frames of half an hour, 62 of 64 tokens are 4,000 tokens. A frame costs as many
 * comparisons as there are spans. Errors: `model.connector` for a budget below 2.
 */
export class FrameMemory<T> {
  private readonly kept: Span<T>[] = [];
  /** Likeness of each span to the next one. */
  private readonly likeness: number[] = [];
  private taken = 0;
  /** Of `stride`: every so manieth frame is kept. */
  private stride = 1;

  constructor(
    readonly most: number,
    private readonly rule: MemoryRule = 'merge',
  ) {
    if (!Number.isSafeInteger(most) || most < 2)
      throw new SensoriumError('model.connector', 'a memory of a film has room for at least two spans', {
        place: 'spans',
        expected: 'a whole number of at least 2',
        got: String(most),
      });
  }

  /** Frames that came so far. */
  get length(): number {
    return this.taken;
  }

  /** The spans in order of time. */
  get spans(): readonly Span<T>[] {
    return this.kept;
  }

  /** Takes the next frame: a vector by which frames are compared, what stands for it, and its token rows if it has any. */
  push(vector: Float32Array, frame: T, rows?: Float32Array): void {
    const at = this.taken++;
    if (this.rule === 'stride') {
      const last = this.kept.at(-1);
      if (at % this.stride !== 0 && last) {
        last.to = at;
        return;
      }
    }
    const before = this.kept.at(-1);
    if (before) this.likeness.push(cosine(before.vector, vector));
    this.kept.push({ from: at, to: at, vector, frame, ...(rows ? { rows } : {}) });
    if (this.kept.length <= this.most) return;
    if (this.rule === 'stride') {
      this.stride *= 2;
      const every = this.kept.splice(0).reduce<Span<T>[]>((out, span, i) => {
        if (i % 2 === 0) out.push(span);
        else (out.at(-1) as Span<T>).to = span.to;
        return out;
      }, []);
      this.kept.push(...every);
      this.likeness.length = 0;
      return;
    }
    const alike = this.likeness.reduce((best, value, i) => (value > (this.likeness[best] as number) ? i : best), 0);
    this.join(alike);
  }

  /** Spans `i` and `i + 1` become one. */
  private join(i: number): void {
    const [a, b] = this.kept.slice(i, i + 2) as [Span<T>, Span<T>];
    const [n, m] = [count(a), count(b)];
    const joined: Span<T> = {
      from: a.from,
      to: b.to,
      vector: mean(a.vector, b.vector, n, m),
      frame: n >= m ? a.frame : b.frame,
      ...(a.rows && b.rows ? { rows: mean(a.rows, b.rows, n, m) } : {}),
    };
    this.kept.splice(i, 2, joined);
    this.likeness.splice(i, 1);
    if (i > 0) this.likeness[i - 1] = cosine((this.kept[i - 1] as Span<T>).vector, joined.vector);
    const next = this.kept[i + 1];
    if (next) this.likeness[i] = cosine(joined.vector, next.vector);
  }
}

/** Frames that a budget of tokens has room for. Errors: `model.connector` where it is less than two. */
export function framesWithin({ tokens, each }: { tokens: number; each: number }): number {
  const frames = Math.floor(tokens / each);
  if (frames >= 2) return frames;
  throw new SensoriumError('model.connector', 'a budget of tokens has no room for two frames', {
    place: 'tokens',
    expected: `at least ${2 * each}`,
    got: String(tokens),
  });
}
