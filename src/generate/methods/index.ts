// Methods by name: ways of decoding that a request may ask for. A method is one file and one line here.

import { SensoriumError } from '../../util/errors.js';
import type { Method, Policy } from '../policy.js';
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

/** A policy with the method of a request, where it has one. */
export const withMethod = (policy: Policy, method?: NamedMethod | Method): Policy => (method ? methodOf(method)(policy) : policy);

function entryOf({ name }: NamedMethod): (typeof METHODS)[NamedMethod['name']] {
  if (Object.hasOwn(METHODS, name)) return METHODS[name];
  throw new SensoriumError('generate.option', 'there is no such method', {
    place: 'method.name',
    expected: Object.keys(METHODS).join(', '),
    got: String(name),
  });
}
