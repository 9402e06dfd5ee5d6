// Kinds of connectors: one call defines a connector for recipes and for `config.json`, so that adding one needs no change elsewhere.

import { z } from 'zod';
import { SensoriumError } from '../../util/errors.js';
import type { Connector } from '../parts.js';

/** Widths that a connector stands between: of the encoder's tokens and of the language model. */
export interface ConnectorSizes {
  inputs: number;
  width: number;
  /** Ids of the tokenizer, for connectors that read text. */
  vocabSize: number;
}

/** A connector by its sizes, as recipes and `mllm` hold it. `config` is plain data. */
export interface ConnectorSpec<C extends object = object> {
  readonly kind: string;
  readonly config: C;
  build(inputs: number, width: number, vocabSize?: number): Connector;
}

/** `projector` of config.json: the kind and its own options. */
export const connectorConfig = z.looseObject({ kind: z.string() });

const kinds = new Map<string, (config: never) => ConnectorSpec>();

/**
 * Defines a kind of connector and returns the function that recipes call: `mllm({ connector: pooled({ queries: 4 }), … })`.
 * Options must be plain data, since they go into config.json; a folder that names the kind can be loaded wherever this has run.
 */
export function defineConnector<C extends object>(
  kind: string,
  build: (config: C, sizes: ConnectorSizes) => Connector,
): (config: C) => ConnectorSpec<C> {
  if (kinds.has(kind) || kind === 'mlp')
    throw new SensoriumError('model.connector', 'this kind of connector is defined already', { got: kind });
  const make = (config: C): ConnectorSpec<C> => ({
    kind,
    config,
    build: (inputs, width, vocabSize = 0) => build(config, { inputs, width, vocabSize }),
  });
  kinds.set(kind, make);
  return make;
}

/** All kinds of connectors that are defined. */
export const connectorKinds = (): string[] => ['mlp', ...kinds.keys()];

/** The connector that `projector` of a config names. Throws `model.connector` for a kind that nothing has defined. */
export function connectorFrom({ kind, ...config }: z.infer<typeof connectorConfig>): ConnectorSpec {
  const make = kinds.get(kind);
  if (!make)
    throw new SensoriumError('model.connector', 'unknown kind of connector', {
      place: 'config.json: projector.kind',
      expected: ['mlp', ...kinds.keys()].join(', '),
      got: kind,
      hint: 'Import the module that defines it before the model is loaded',
    });
  return make(config as never);
}
