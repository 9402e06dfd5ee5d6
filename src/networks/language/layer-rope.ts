// Rotary positions layer by layer: which table each layer turns its heads by, and which layers turn none.

import { type RotaryTable, rotary, type Tensor } from '../../graph/index.js';
import { type DecoderConfig, ropeOf } from './config.js';
import type { RopeConfig, Rotation } from './rope.js';

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
