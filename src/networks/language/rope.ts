// Rotary position embedding as configs describe it: the base, and the ways in which published models stretch it to longer contexts.

import { z } from 'zod';
import { cast, constant, cos, cumSum, type Dim, type RotaryTable, rotaryTable, sin, sub, type Tensor, zeros } from '../../graph/index.js';
import { SensoriumError } from '../../util/errors.js';
import { hostTensor } from '../../util/host.js';

const factor = z.number().min(1);
const context = z.number().int().positive();

/** `rope_scaling` of config.json, by type; the older key `type` is read as `rope_type`. Other types are refused by name. */
export const ropeScaling = z.discriminatedUnion('rope_type', [
  z.object({ rope_type: z.literal('linear'), factor }),
  z.object({ rope_type: z.literal('dynamic'), factor }),
  z.object({
    rope_type: z.literal('llama3'),
    factor,
    low_freq_factor: z.number().positive(),
    high_freq_factor: z.number().positive(),
    original_max_position_embeddings: context,
  }),
  z.object({
    rope_type: z.literal('yarn'),
    factor,
    original_max_position_embeddings: context.optional(),
    attention_factor: z.number().positive().nullish(),
    beta_fast: z.number().positive().nullish(),
    beta_slow: z.number().positive().nullish(),
    mscale: z.number().nonnegative().nullish(),
    mscale_all_dim: z.number().nonnegative().nullish(),
    truncate: z.boolean().nullish(),
  }),
]);
export type RopeScaling = z.infer<typeof ropeScaling>;

/** What the angles depend on. */
export interface RopeConfig {
  head_dim: number;
  max_position_embeddings: number;
  rope_theta: number;
  rope_scaling?: RopeScaling | null;
  /** The share of a head that is turned, by default all of it. The pairs that stay are the last of the frequencies. */
  partial_rotary_factor?: number;
}

/** Cosines and sines for positions 0 … `positions` - 1 of sequences that are at most that long. */
export function ropeTable(c: RopeConfig, positions: number): RotaryTable {
  if (!c.rope_scaling && c.partial_rotary_factor === undefined) return rotaryTable(positions, c.head_dim, c.rope_theta);
  const { frequencies, amplitude } = rotaryOf(c, positions);
  const half = c.head_dim / 2;
  const cos = new Float32Array(positions * half).fill(1);
  const sin = new Float32Array(positions * half);
  for (let p = 0; p < positions; p++)
    frequencies.forEach((f, i) => {
      cos[p * half + i] = Math.cos(p * f) * amplitude;
      sin[p * half + i] = Math.sin(p * f) * amplitude;
    });
  return { cos: constant(hostTensor('float32', [positions, half], cos)), sin: constant(hostTensor('float32', [positions, half], sin)) };
}

/**
 * The table for a cache of `capacity` positions. Dynamic scaling turns keys by an angle that depends on the length of the whole text,
 * so keys in a cache go stale once it outgrows the model's own context. Errors: `models.rope`.
 */
export function ropeTableForCache(c: RopeConfig, capacity: number): RotaryTable {
  if (c.rope_scaling?.rope_type === 'dynamic' && capacity > c.max_position_embeddings)
    throw new SensoriumError('models.rope', 'a cache cannot be longer than the context when rotary positions scale with the length', {
      place: 'rope_scaling',
      expected: `a capacity of at most ${c.max_position_embeddings}`,
      got: String(capacity),
      hint: "Give a smaller capacity, or set rope_scaling to 'yarn' or 'linear' in config.json",
    });
  return ropeTable(c, capacity);
}

/** Angles for each token: row `at` of the table. at: int32 [batch, n], table: [rows, head_dim / 2]. */
export interface Rotation {
  table: RotaryTable;
  at: Tensor;
}

/**
 * Angles of tokens that have several positions (M-RoPE: time, height, width; Wang et al. 2024): the first `sections[0]` frequencies turn by
 * the first position, the next by the second, and so on; `interleaved`, they take turns, and the first position has what is left.
 * positions: int32 [kinds, batch, n]; sections: one count for each kind, making up half the head. Stretched as `rope_scaling` says, except by length. Errors: `models.rope` for sections that do not fit.
 */
export function sectionedRotation(c: RopeConfig, positions: Tensor, sections: readonly number[], interleaved = false): Rotation {
  const kinds = positions.size(0);
  const half = c.head_dim / 2;
  if (sections.length !== kinds || sections.reduce((a, b) => a + b, 0) !== half)
    throw new SensoriumError('models.rope', 'the sections of rotary positions do not fit', {
      place: 'mrope_section',
      expected: `${kinds} counts that add up to half of head_dim, ${half}`,
      got: sections.join(', '),
    });
  const { frequencies, amplitude } = rotaryOf(c, c.max_position_embeddings);
  const blocks = sections.flatMap((count, kind) => new Array<number>(count).fill(kind));
  const turns = blocks.map((_, i) => (i < (sections[i % kinds] as number) * kinds ? i % kinds : 0));
  return rotationBy(
    positions,
    (interleaved ? turns : blocks).map((kind, i) => ({ kind, frequency: frequencies[i] as number })),
    amplitude,
  );
}

/**
 * Angles of tokens on a grid, as vision encoders turn them: each axis has its share of the head, and frequencies of its own there.
 * positions: int32 [axes, batch, n]; head_dim must be a multiple of twice the axes.
 */
export function axialRotation(c: Pick<RopeConfig, 'head_dim' | 'rope_theta'>, positions: Tensor): Rotation {
  const axes = positions.size(0);
  const frequencies = plain(c.head_dim / axes, c.rope_theta);
  const columns = Array.from({ length: axes }, (_, kind) => frequencies.map((frequency) => ({ kind, frequency })));
  return rotationBy(positions, columns.flat());
}

/** A column of the table for each frequency, which turns by the position of its kind. positions: int32 [kinds, batch, n]. */
function rotationBy(positions: Tensor, columns: readonly { kind: number; frequency: number }[], amplitude = 1): Rotation {
  const [kinds, batch, n] = positions.shape as [number, Dim, Dim];
  const half = columns.length;
  // Each column of this matrix has one frequency, in the row of its kind: the product picks a position and multiplies, exactly.
  const pick = new Float32Array(kinds * half);
  for (const [i, { kind, frequency }] of columns.entries()) pick[kind * half + i] = frequency;
  const flat = cast(positions, 'float32').reshape([kinds, -1]).transpose(); // [batch * n, kinds]
  const angles = flat.matMul(constant(hostTensor('float32', [kinds, half], pick)));
  const counted = sub(cumSum(zeros([flat.dim(0)], 'int32').add(1), 0), 1);
  const scaled = (x: Tensor): Tensor => (amplitude === 1 ? x : x.mul(amplitude));
  return { table: { cos: scaled(cos(angles)), sin: scaled(sin(angles)) }, at: counted.reshape([batch, n]) };
}

const plain = (headDim: number, theta: number): number[] => Array.from({ length: headDim / 2 }, (_, i) => theta ** ((-2 * i) / headDim));

/** Frequencies of the pairs of a head that turn (all, or the first of them), and what their cosines and sines are multiplied by. */
function rotaryOf(c: RopeConfig, length: number): { frequencies: number[]; amplitude: number } {
  const { head_dim, partial_rotary_factor: part = 1, rope_scaling: s } = c;
  const turned = { ...c, head_dim: 2 * Math.floor((head_dim * part) / 2) };
  return s ? stretched(turned, s, length) : { frequencies: plain(turned.head_dim, c.rope_theta), amplitude: 1 };
}

function stretched(c: RopeConfig, s: RopeScaling, length: number): { frequencies: number[]; amplitude: number } {
  const base = plain(c.head_dim, c.rope_theta);
  switch (s.rope_type) {
    case 'linear':
      return { frequencies: base.map((f) => f / s.factor), amplitude: 1 };
    case 'dynamic': {
      // "NTK-aware": the base grows with the length beyond the context that the model was trained for.
      const ratio = Math.max(length, c.max_position_embeddings) / c.max_position_embeddings;
      const theta = c.rope_theta * (s.factor * ratio - (s.factor - 1)) ** (c.head_dim / (c.head_dim - 2));
      return { frequencies: plain(c.head_dim, theta), amplitude: 1 };
    }
    case 'llama3':
      return { frequencies: base.map((f) => llama3(f, s)), amplitude: 1 };
    case 'yarn':
      return yarn(c, s, base);
  }
}

/** Llama 3.1: waves longer than the original context are slowed by `factor`, short ones kept, those between blended. */
function llama3(f: number, s: Extract<RopeScaling, { rope_type: 'llama3' }>): number {
  const turns = (s.original_max_position_embeddings * f) / (2 * Math.PI); // within the original context
  const blend = Math.min(1, Math.max(0, (turns - s.low_freq_factor) / (s.high_freq_factor - s.low_freq_factor)));
  return (1 - blend) * (f / s.factor) + blend * f;
}

/** YaRN (Peng et al. 2023): a ramp over the dimensions between kept and slowed frequencies, and warmer attention. */
function yarn(c: RopeConfig, s: Extract<RopeScaling, { rope_type: 'yarn' }>, base: readonly number[]) {
  const original = s.original_max_position_embeddings ?? c.max_position_embeddings;
  const { factor } = s;
  const dimension = (turns: number): number => (c.head_dim * Math.log(original / (turns * 2 * Math.PI))) / (2 * Math.log(c.rope_theta));
  const [fast, slow] = [dimension(s.beta_fast || 32), dimension(s.beta_slow || 1)];
  const whole = s.truncate ?? true;
  const low = Math.max(whole ? Math.floor(fast) : fast, 0);
  const high = Math.min(whole ? Math.ceil(slow) : slow, c.head_dim - 1);
  const span = high === low ? 0.001 : high - low;
  const frequencies = base.map((f, i) => {
    const slowed = Math.min(1, Math.max(0, (i - low) / span));
    return slowed * (f / factor) + (1 - slowed) * f;
  });
  const warmth = (m: number): number => (factor <= 1 ? 1 : 0.1 * m * Math.log(factor) + 1);
  const inferred = s.mscale && s.mscale_all_dim ? warmth(s.mscale) / warmth(s.mscale_all_dim) : warmth(1);
  return { frequencies, amplitude: s.attention_factor ?? inferred };
}
