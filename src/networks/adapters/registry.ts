// Adapters of decoders by kind: one row says what its options are and what it puts into which layer, or behind the last one. config.json keeps them.

import { z } from 'zod';
import type { Module } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import { nearest } from '../../util/nearest.js';
import { assertOneLabel, isClassifier } from '../classifier.js';
import { CausalDecoder, type DecoderLayer } from '../language/decoder.js';
import { parseConfig } from '../parse-config.js';
import type { BlockAdapter, EndAdapter } from '../parts.js';
import { placeRegions } from '../regions/place.js';
import type { RegionEncoder, RegionSizes } from '../regions/region-encoder.js';

/** The decoder that an adapter is put into. */
export interface AdapterSizes {
  width: number;
  heads: number;
  layers: number;
}

/** One kind of adapter. */
export interface AdapterRow<O = unknown> {
  readonly kind: string;
  readonly options: z.ZodType<O>;
  /** What acts in a layer; undefined where nothing does. `block`: the layer itself, for adapters that begin as copies of what is in it. */
  build?(options: NoInfer<O>, layer: number, sizes: AdapterSizes, block: DecoderLayer): BlockAdapter | undefined;
  /** What acts behind the last layer. */
  end?(options: NoInfer<O>, sizes: AdapterSizes): EndAdapter;
  /** What makes rows of regions of images, beside the connector of a LLaVA. */
  regions?(options: NoInfer<O>, sizes: RegionSizes): RegionEncoder;
}

/** An adapter as config.json and recipes have it: plain data. */
export interface AdapterSpec {
  readonly kind: string;
  readonly [option: string]: unknown;
}

/** The key of config.json under which a model's adapters stand. */
export const ADAPTERS_KEY = 'sensorium_adapters';

const rows = new Map<string, AdapterRow>();

/** Registers a kind of adapter, and returns what makes its specs. @example gatedCrossAttention({ every: 4 }) */
export function defineAdapter<O>(row: AdapterRow<O>): (options?: z.input<AdapterRow<O>['options']>) => AdapterSpec {
  if (rows.has(row.kind)) throw new SensoriumError('adapter.kind', 'this kind of adapter is defined already', { place: row.kind });
  rows.set(row.kind, row as AdapterRow);
  return (options = {} as never) => ({ kind: row.kind, ...(parseConfig(row.options, options, row.kind) as object) });
}

/** The adapters that a config.json names; a class for sequence classification names the reward head. Errors: `model.config`, `adapter.kind` for one that is not known, with the nearest. */
export function readAdapters(raw: Readonly<Record<string, unknown>>, place = 'config.json'): AdapterSpec[] {
  const list = parseConfig(z.array(z.looseObject({ kind: z.string() })).default([]), raw[ADAPTERS_KEY], `${place}: ${ADAPTERS_KEY}`);
  const specs: AdapterSpec[] = list.map((spec) => checked(spec, place));
  if (!isClassifier(raw) || specs.some(({ kind }) => kind === REWARD)) return specs;
  assertOneLabel(raw, place);
  return [...specs, { kind: REWARD }];
}

/** The kind of the head that makes a reward model. */
export const REWARD = 'reward';

/** The place of a kind among the adapters at a decoder's end; -1 where it is not there. */
export function endPlace(specs: readonly AdapterSpec[], kind: string): number {
  return specs.filter((spec) => rows.get(spec.kind)?.end).findIndex((spec) => spec.kind === kind);
}

function checked(spec: AdapterSpec, place: string): AdapterSpec {
  const { kind, ...options } = spec;
  const row = rows.get(kind);
  if (row) return { kind, ...(parseConfig(row.options, options, `${place}: ${kind}`) as object) };
  const near = nearest(kind, rows.keys());
  throw new SensoriumError('adapter.kind', 'there is no adapter of this kind', {
    place,
    expected: [...rows.keys()].join(', '),
    got: kind,
    hint: near && `The nearest is ${near}; kinds of your own are registered by defineAdapter before the model is opened`,
  });
}

/**
 * Puts adapters into the layers of a network's decoder and at its end, behind those that are there. Their parameters are named
 * `….layers.N.adapters.K.…` and `….model.adapters.K.…`; call it before parameters are named, or name them again. Errors: `adapter.layers` for a network whose
 * language model is not a decoder, `adapter.none` for one that acts in no layer.
 */
export function addAdapters(network: Module, specs: readonly AdapterSpec[], place = 'adapters'): void {
  if (specs.length === 0) return;
  const language = network instanceof CausalDecoder ? network : (network as { language_model?: unknown }).language_model;
  if (!(language instanceof CausalDecoder))
    throw new SensoriumError('adapter.layers', 'adapters act in the layers of decoders', {
      place,
      expected: 'a decoder-only language model, alone or with an encoder of images',
      got: network.constructor.name,
      hint: 'lora({ … }) acts on the linear layers of any network',
    });
  const { layers } = language.model;
  const { hidden_size: width, num_attention_heads: heads } = language.config;
  for (const spec of specs) {
    const { kind, ...options } = checked(spec, place);
    const row = rows.get(kind) as AdapterRow;
    const sizes = { width, heads, layers: layers.length };
    const made = layers.map((block, layer) => row.build?.(options, layer, sizes, block));
    const last = row.end?.(options, sizes);
    if (last) language.model.adapters.push(last);
    else if (row.regions) placeRegions(network, (of) => (row as Required<AdapterRow>).regions(options, of), `${place}: ${kind}`);
    else if (made.every((adapter) => adapter === undefined))
      throw new SensoriumError('adapter.none', 'this adapter acts in no layer', {
        place: `${place}: ${kind}`,
        expected: `one of ${layers.length} layers`,
      });
    for (const [i, adapter] of made.entries()) if (adapter) layers[i]?.adapters.push(adapter);
  }
}
