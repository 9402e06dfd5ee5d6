// Where a region encoder goes: beside the connector of a LLaVA whose images give one grid of tokens each.

import type { Module } from '../../nn/index.js';
import { SensoriumError } from '../../util/errors.js';
import type { RegionEncoder, RegionSizes } from './region-encoder.js';

/** What such a network is known by. */
interface RegionNetwork {
  config: {
    model_type: string;
    vision_config: { hidden_size: number; num_hidden_layers: number; image_size: number; patch_size: number };
    text_config: { hidden_size: number };
    vision_feature_layer: number | number[];
    vision_feature_select_strategy: string;
  };
  adapters: RegionEncoder[];
}

/** Model types with one picture of the tower's size for each image. */
const TYPES = ['llava', 'sensorium_llava'];

/** Puts a region encoder into a network. Errors: `adapter.layers` for another network, or one that has one, or hidden states that are not there. */
export function placeRegions(network: Module, make: (sizes: RegionSizes) => RegionEncoder, place: string): void {
  const { config, adapters } = network as Partial<RegionNetwork>;
  const wrong = (summary: string, expected: string, got: string): SensoriumError =>
    new SensoriumError('adapter.layers', summary, { place, expected, got });
  if (!config || !Array.isArray(adapters) || !TYPES.includes(config.model_type) || config.vision_feature_select_strategy !== 'default')
    throw wrong(
      'regions are read by models with one grid of tokens for each image',
      TYPES.join(', '),
      config?.model_type ?? network.constructor.name,
    );
  if (adapters.length > 0) throw wrong('the model has a region encoder already', 'one', adapters[0]?.constructor.name ?? '');
  const { vision_config: vision, text_config: text } = config;
  const encoder = make({
    inputs: vision.hidden_size * [config.vision_feature_layer].flat().length,
    tower: vision.hidden_size,
    grid: Math.floor(vision.image_size / vision.patch_size),
    side: vision.image_size,
    width: text.hidden_size,
  });
  const states = vision.num_hidden_layers + 1;
  const missing = encoder.layers.find((layer) => layer >= states || layer < -states);
  if (missing !== undefined) throw wrong('the tower has no such hidden state', `${-states} to ${states - 1}`, String(missing));
  adapters.push(encoder);
}
