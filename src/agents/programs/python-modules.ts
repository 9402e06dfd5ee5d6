// The functions and methods of Python that ViperGPT's programs use: numbers, texts and lists, nothing that reaches outside.

import { SensoriumError } from '../../util/errors.js';
import { shown } from './interpret.js';
import { defineModule, type Module, type Parameters } from './modules.js';
import { itemOf, type Type, type Value } from './types.js';

const wrong = (place: string, expected: string, got: unknown): SensoriumError =>
  new SensoriumError('agent.argument', 'a function of a program was called with a wrong argument', {
    place,
    expected,
    got: JSON.stringify(got)?.slice(0, 100),
  });

/** Defines a function that costs nothing. */
const define = <const P extends Parameters>(
  name: string,
  takes: P,
  gives: Module<P>['gives'],
  run: Module<P>['run'],
  about: string,
  self?: Type,
) => defineModule('viper', { name, takes, gives, run, about, free: true, ...(self === undefined ? {} : { self }) });

const numberOf = (value: Value, place: string): number => {
  const found =
    typeof value === 'boolean' ? Number(value) : typeof value === 'number' ? value : Number(/-?\d+(\.\d+)?/.exec(String(value))?.[0]);
  if (!Number.isFinite(found)) throw wrong(place, 'a number, or a text with one', value);
  return found;
};

define(
  'len',
  { value: 'any' },
  'number',
  ({ value }) => {
    if (typeof value !== 'string' && !Array.isArray(value)) throw wrong('len', 'a list or a text', value);
    return value.length;
  },
  'The length of a list or a text.',
);
define('str', { value: 'any' }, 'string', ({ value }) => shown(value), 'A value as a text.');
define('int', { value: 'scalar' }, 'number', ({ value }) => Math.trunc(numberOf(value, 'int')), 'A whole number.');
define('float', { value: 'scalar' }, 'number', ({ value }) => numberOf(value, 'float'), 'A number.');
define(
  'coerce_to_numeric',
  { string: 'string' },
  'number',
  ({ string }) => numberOf(string, 'coerce_to_numeric'),
  'The first number in a text.',
);
define('bool_to_yesno', { bool_answer: 'boolean' }, 'string', ({ bool_answer }) => (bool_answer ? 'yes' : 'no'), 'yes or no.');
define('abs', { value: 'number' }, 'number', ({ value }) => Math.abs(value), 'A number without its sign.');
define(
  'round',
  { value: 'number', digits: 'number?' },
  'number',
  ({ value, digits = 0 }) => Number(value.toFixed(Math.min(10, Math.max(0, digits)))),
  'A number, rounded.',
);
define('sum', { list: 'list<number>' }, 'number', ({ list }) => list.reduce((a, b) => a + b, 0), 'The sum of a list.');
define('any', { list: 'list<boolean>' }, 'boolean', ({ list }) => list.some(Boolean), 'Whether one of a list is true.');
define('all', { list: 'list<boolean>' }, 'boolean', ({ list }) => list.every(Boolean), 'Whether all of a list are true.');
define(
  'range',
  { stop: 'number' },
  'list<number>',
  ({ stop }) => {
    if (!(stop <= 10_000)) throw wrong('range', 'at most 10000', stop);
    return Array.from({ length: Math.max(0, Math.floor(stop)) }, (_, i) => i);
  },
  'The numbers from 0 to below `stop`.',
);

/** Places of a list by their keys, the least first; equal ones stay in order. */
function order(list: readonly Value[], keys: readonly Value[] | undefined, reverse = false): Value[] {
  const by = keys ?? list;
  const places = [...list.keys()].sort((a, b) => {
    const [x, y] = [by[a] as number, by[b] as number];
    return x < y ? -1 : x > y ? 1 : a - b;
  });
  if (reverse) places.sort((a, b) => ((by[a] as number) > (by[b] as number) ? -1 : (by[a] as number) < (by[b] as number) ? 1 : a - b));
  return places.map((i) => list[i] as Value);
}

const keysOf = (key: Value | undefined): readonly Value[] | undefined => (Array.isArray(key) ? (key as readonly Value[]) : undefined);
const listOrPair = (list: Value, other: Value | undefined, place: string): readonly Value[] => {
  const all = Array.isArray(list) ? (list as readonly Value[]) : other === undefined ? [] : [list, other];
  if (all.length === 0) throw wrong(place, 'a list that is not empty, or two numbers', list);
  return all;
};
const itemType = ({ list, other }: Readonly<Record<string, Type>>): Type =>
  other === undefined ? (itemOf(list as Type) ?? 'any') : 'number';

define(
  'sorted',
  { list: 'list<any>', key: 'any?', reverse: 'boolean?' },
  ({ list }) => list as Type,
  ({ list, key, reverse }) => order(list, keysOf(key), reverse),
  'A list in order, by a key if one is given.',
);
define(
  'min',
  { list: 'any', other: 'any?', key: 'any?' },
  itemType,
  ({ list, other, key }) => order(listOrPair(list, other, 'min'), keysOf(key))[0] as Value,
  'The least of a list, or of two numbers.',
);
define(
  'max',
  { list: 'any', other: 'any?', key: 'any?' },
  itemType,
  ({ list, other, key }) => order(listOrPair(list, other, 'max'), keysOf(key), true)[0] as Value,
  'The greatest of a list, or of two numbers.',
);

type Self = { self: Value };
define(
  'append',
  { item: 'any' },
  'none',
  (args) => {
    const { self, item } = args as unknown as { self: Value[]; item: Value };
    if (self.length >= 10_000) throw wrong('append', 'a list of fewer than 10000 items', self.length);
    self.push(item);
    return null;
  },
  'Adds to the end of the list.',
  'list<any>',
);
define(
  'sort',
  { key: 'any?', reverse: 'boolean?' },
  'none',
  (args) => {
    const { self, key, reverse } = args as unknown as { self: Value[]; key?: Value; reverse?: boolean };
    self.splice(0, self.length, ...order(self, keysOf(key), reverse));
    return null;
  },
  'Puts the list in order, by a key if one is given.',
  'list<any>',
);
define('lower', {}, 'string', (args) => ((args as Self).self as string).toLowerCase(), 'The text in small letters.', 'string');
define('strip', {}, 'string', (args) => ((args as Self).self as string).trim(), 'The text without spaces around it.', 'string');
define(
  'split',
  { separator: 'string?' },
  'list<string>',
  (args) => {
    const { self, separator } = args as unknown as { self: string; separator?: string };
    return separator === undefined ? self.trim().split(/\s+/) : self.split(separator);
  },
  'The parts of the text between separators.',
  'string',
);
