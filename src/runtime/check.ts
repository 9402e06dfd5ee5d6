// Checks and small allocations that the runtimes share: a wrong feed is an error with names, never a wild pointer.

import { SensoriumError } from '../util/errors.js';
import type { HostTensor } from '../util/host.js';
import { hostTensor } from '../util/host.js';
import type { AnyTensor, ValueInfo } from './runtime.js';

const show = (dtype: string, shape: readonly (number | string)[]): string => `${dtype}[${shape.join(',')}]`;

function fits(info: ValueInfo, tensor: AnyTensor): boolean {
  if (tensor.dtype !== info.dtype || tensor.shape.length !== info.shape.length) return false;
  for (let i = 0; i < info.shape.length; i++) {
    const d = info.shape[i];
    if (typeof d === 'number' && d !== tensor.shape[i]) return false;
  }
  return true;
}

function mismatch(place: string, info: ValueInfo, tensor: AnyTensor, role: string): SensoriumError {
  return new SensoriumError('runtime.tensor', `${role} "${info.name}" does not fit the model`, {
    place,
    expected: show(info.dtype, info.shape),
    got: show(tensor.dtype, tensor.shape),
  });
}

function unknown(place: string, infos: readonly ValueInfo[], name: string, role: string): SensoriumError {
  return new SensoriumError('runtime.name', `the model has no ${role} "${name}"`, {
    place,
    expected: infos.map((info) => info.name).join(', ') || 'none',
    got: name,
  });
}

/** Throws unless every input is fed with the right dtype and shape, and nothing else is. */
export function checkFeeds(place: string, inputs: readonly ValueInfo[], feeds: Readonly<Record<string, AnyTensor>>): void {
  for (const info of inputs) {
    const tensor = feeds[info.name];
    if (!tensor)
      throw new SensoriumError('runtime.name', `input "${info.name}" is missing`, {
        place,
        expected: show(info.dtype, info.shape),
        got: `only ${Object.keys(feeds).join(', ') || 'nothing'}`,
      });
    if (!fits(info, tensor)) throw mismatch(place, info, tensor, 'input');
  }
  const names = Object.keys(feeds);
  if (names.length !== inputs.length)
    for (const name of names) if (!inputs.some((info) => info.name === name)) throw unknown(place, inputs, name, 'input');
}

/** Throws unless every preallocated output exists in the model and has its dtype and shape. */
export function checkInto(place: string, outputs: readonly ValueInfo[], into: Readonly<Record<string, AnyTensor>>): void {
  let found = 0;
  for (const info of outputs) {
    const tensor = into[info.name];
    if (!tensor) continue;
    found++;
    if (!fits(info, tensor)) throw mismatch(place, info, tensor, 'output');
  }
  const names = Object.keys(into);
  if (names.length !== found)
    for (const name of names) if (!outputs.some((info) => info.name === name)) throw unknown(place, outputs, name, 'output');
}

/** A zeroed tensor for an output whose shape is known; undefined when it has named dimensions. */
export function freshOutput(info: ValueInfo): HostTensor | undefined {
  for (const d of info.shape) if (typeof d === 'string') return undefined;
  return hostTensor(info.dtype, info.shape as readonly number[]);
}
