// Reading options: unknown ones are errors (a misspelt one would silently give the default), numbers are checked and bounded.

import type { ArgsDef } from 'citty';
import { didYouMean } from './nearest.js';
import { usageError } from './report.js';

const camel = (name: string): string => name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Options that every command takes. */
export const GLOBAL_FLAGS = ['debug', 'help', 'h'] as const;

/** Throws a usage error for an option that the command does not have or a string option without its value. */
export function checkFlags(rawArgs: readonly string[], known: ArgsDef, command: string): void {
  const takes = new Map<string, 'value' | 'none'>();
  for (const name of GLOBAL_FLAGS) takes.set(name, 'none');
  for (const [name, def] of Object.entries(known)) {
    if (def.type === 'positional') continue;
    const kind = def.type === 'boolean' || def.type === undefined ? 'none' : 'value';
    for (const form of [name, camel(name), ...[('alias' in def && def.alias) || []].flat()]) takes.set(form, kind);
    if (kind === 'none') takes.set(`no-${name}`, 'none');
  }
  for (let i = 0; i < rawArgs.length; i++) {
    const arg = rawArgs[i] as string;
    if (arg === '--') return;
    if (!arg.startsWith('-') || arg === '-' || /^-\.?\d/.test(arg)) continue;
    const [flag, value] = splitOnce(arg.replace(/^--?/, ''), '=');
    const kind = takes.get(flag);
    if (kind === undefined) {
      const names = Object.entries(known).flatMap(([name, def]) => (def.type === 'positional' ? [] : [name]));
      throw usageError(`${command} has no option ${arg.split('=')[0]}`, {
        hint: `${didYouMean(flag, names, '--') ?? `It has: ${names.map((name) => `--${name}`).join(', ')}.`} See ${command} --help`,
      });
    }
    if (kind === 'value' && value === undefined) {
      const next = rawArgs[i + 1];
      if (next === undefined || (next.startsWith('--') && next.length > 2))
        throw usageError(`${arg} needs a value`, { hint: `See ${command} --help` });
      i++;
    }
  }
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** Bounds of a numeric option, both inclusive. */
export interface NumberBounds {
  min?: number;
  max?: number;
  integer?: boolean;
}

/** A numeric option; `undefined` when it was not given. Throws a usage error when it is not a number within the bounds. */
export function numberOption(name: string, text: string | undefined, bounds: NumberBounds = {}): number | undefined {
  if (text === undefined) return undefined;
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, integer = false } = bounds;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value >= min && value <= max && (!integer || Number.isSafeInteger(value))) return value;
  const kind = integer ? 'a whole number' : 'a number';
  const range = [min > Number.NEGATIVE_INFINITY ? `at least ${min}` : '', max < Number.POSITIVE_INFINITY ? `at most ${max}` : '']
    .filter(Boolean)
    .join(' and ');
  throw usageError('not a valid value', {
    place: `--${name}`,
    expected: range ? `${kind}, ${range}` : kind,
    got: text === '' ? 'nothing' : text,
  });
}

/** An option with a fixed set of values; `undefined` when it was not given. */
export function choiceOption<T extends string>(name: string, text: string | undefined, allowed: readonly T[]): T | undefined {
  if (text === undefined) return undefined;
  if (allowed.includes(text as T)) return text as T;
  throw usageError('not a valid value', {
    place: `--${name}`,
    expected: allowed.join(', '),
    got: text || 'nothing',
    hint: didYouMean(text, allowed),
  });
}

/**
 * Learning rates as `1e-4`, `vision=2e-6,connector=1e-3` or both, `1e-4,vision=2e-6`; empty when the option was not given.
 * Throws a usage error for what is not a number of at least 0, and for what is given twice.
 */
export function ratesOption(text: string | undefined): { lr?: number; learningRates?: Record<string, number> } {
  if (text === undefined) return {};
  const rates = new Map<string, number>();
  for (const item of text.split(',').map((part) => part.trim())) {
    const at = item.lastIndexOf('=');
    const part = at < 0 ? 'lr' : item.slice(0, at).trim();
    const name = at < 0 ? 'lr' : `lr ${part}`;
    if (at === 0 || rates.has(at < 0 ? '' : part))
      throw usageError('not a valid value', { place: '--lr', expected: 'a rate, and one for each part: 1e-4,vision=2e-6', got: text });
    rates.set(at < 0 ? '' : part, numberOption(name, item.slice(at + 1), { min: 0 }) as number);
  }
  const lr = rates.get('');
  rates.delete('');
  return { ...(lr === undefined ? {} : { lr }), ...(rates.size > 0 ? { learningRates: Object.fromEntries(rates) } : {}) };
}
