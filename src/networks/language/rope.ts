// Rotary position embedding (Su et al. 2021): the angles of positions, by layer, and heads turned by them.

import { constant, type RotaryTable, rotary, type Tensor } from '../../graph/index.js';
import { hostTensor } from '../../util/host.js';
import type { DecoderConfig } from './config.js';
import { type RopeScaling, stretched } from './rope-scaling.js';

/** What the angles depend on. */
export interface RopeConfig {
  head_dim: number;
  max_position_embeddings: number;
  rope_theta: number;
  rope_scaling?: RopeScaling | null;
  /** The share of a head that is turned, by default all of it. The pairs that stay are the last of the frequencies. */
  partial_rotary_factor?: number;
}

/** theta^(-2 i / headDim) for each pair of a head (Su et al. 2021). */
export const plainFrequencies = (headDim: number, theta: number): number[] =>
  Array.from({ length: headDim / 2 }, (_, i) => theta ** ((-2 * i) / headDim));

/**
 * Frequencies of the pairs of a head that turn (all, or the first of them), for texts of up to `length` tokens, and what their cosines and sines
 * are multiplied by.
 */
export function frequenciesOf(c: RopeConfig, length: number): { frequencies: number[]; amplitude: number } {
  const { head_dim, partial_rotary_factor: part = 1, rope_scaling: s } = c;
  const turned = { ...c, head_dim: 2 * Math.floor((head_dim * part) / 2) };
  return s ? stretched(turned, s, length) : { frequencies: plainFrequencies(turned.head_dim, c.rope_theta), amplitude: 1 };
}

/** Cosines and sines for positions 0 … `positions` - 1 of sequences that are at most that long. */
export function ropeTable(c: RopeConfig, positions: number): RotaryTable {
  const { frequencies, amplitude } = frequenciesOf(c, positions);
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

/** Angles for each token: row `at` of the table. at: int32 [batch, n], table: [rows, head_dim / 2]. */
export interface Rotation {
  table: RotaryTable;
  at: Tensor;
}

/** The rotary settings of a layer; undefined where its heads are not turned. */
export function ropeOf(c: DecoderConfig, layer: number): RopeConfig | undefined {
  if (c.no_rope_layers?.[layer] === 0) return undefined;
  if (c.rope_local_base_freq === undefined || c.layer_types?.[layer] !== 'sliding_attention') return c;
  return { head_dim: c.head_dim, max_position_embeddings: c.max_position_embeddings, rope_theta: c.rope_local_base_freq };
}

/** The table of a layer; undefined where its heads are not turned. */
export type LayerTables = (layer: number) => RotaryTable | undefined;

/** LayerTables by layer; layers of the same settings share one, made when first asked for. */
export function tablesByLayer(c: DecoderConfig, make: (rope: RopeConfig) => RotaryTable): LayerTables {
  const made = new Map<string, RotaryTable>();
  return (layer) => {
    const rope = ropeOf(c, layer);
    if (!rope) return undefined;
    const key = JSON.stringify([rope.rope_theta, rope.rope_scaling ?? null]);
    const table = made.get(key) ?? make(rope);
    made.set(key, table);
    return table;
  };
}

/**
 * Turns heads [batch, heads, n, d] of a layer by the places `at` of their tokens (int [batch, n]) in its table. One table stands for all
 * layers that turn at all.
 */
export function rotator(c: DecoderConfig, { at, table }: { at: Tensor; table: LayerTables | Rotation['table'] }) {
  return (x: Tensor, layer: number): Tensor => {
    const own = typeof table === 'function' ? table(layer) : ropeOf(c, layer) && table;
    return own ? rotary(x, at, own) : x;
  };
}
