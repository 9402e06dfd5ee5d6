// Methods by name: ways of decoding that a request may ask for. A method is one file and one line here.

import { SensoriumError } from '../../util/errors.js';
import type { Method, Policy } from '../policy.js';
import { type HalleOptions, halle } from './halle.js';
import { type VcdOptions, vcd } from './vcd.js';

/** `rows`: rows of the model that one row of the method takes. */
const METHODS = {
  vcd: { make: vcd, rows: ({ alpha }: VcdOptions) => (alpha === 0 ? 1 : 2) },
};

/** A method by name, with its options. */
export type NamedMethod = { name: 'vcd' } & VcdOptions;

/** The method of a request. Errors: `generate.option` for a name that is not one, and those of the method. */
export function methodOf(method: NamedMethod | Method): Method {
  return typeof method === 'function' ? method : entryOf(method).make(method);
}

/** Rows of a model that a row of a method takes. Errors: `generate.option`. */
export function rowsOf(method: NamedMethod): number {
  return entryOf(method).rows(method);
}

/** How a reply is decoded. */
export interface MethodOptions {
  /** A method over the model, by name or as a function, such as `{ name: 'vcd', alpha: 1 }`. Log-probabilities are then the method's. */
  method?: NamedMethod | Method;
  /** Of models with a HallE switch: how far it is turned. */
  halle?: HalleOptions;
}

/** A policy as a request asks for it: with its switch turned, and its method over that. */
export function withMethod(policy: Policy, { method, halle: turn }: MethodOptions): Policy {
  const turned = turn ? halle(turn)(policy) : policy;
  return method ? methodOf(method)(turned) : turned;
}

function entryOf({ name }: NamedMethod): (typeof METHODS)[NamedMethod['name']] {
  if (Object.hasOwn(METHODS, name)) return METHODS[name];
  throw new SensoriumError('generate.option', 'there is no such method', {
    place: 'method.name',
    expected: Object.keys(METHODS).join(', '),
    got: String(name),
  });
}
