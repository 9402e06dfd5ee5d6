// The names that adapters are saved under: those of the attributes of the transformers class.

import type { Module } from '../nn/index.js';
import type { Family, ParameterNames } from './family.js';

/** Our names to those of the attributes of the transformers class, and back. */
export function moduleNames(family: Family, config: unknown, network: Module): ParameterNames {
  const own = new Set(network.parameters().map((p) => p.name));
  return family.modules?.(config) ?? family.names?.(own) ?? { toFile: (name) => name, toOurs: (name) => name };
}
