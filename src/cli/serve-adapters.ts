// The adapters of `sensorium serve`: --adapter NAME=DIR, as often as there are adapters.

import type { AdapterChoice } from '../serve/index.js';
import { usageError } from './report.js';

/** The adapters among the words of a command line. Throws a usage error for one that is not NAME=DIR, or a name that is given twice. */
export function readAdapterChoices(words: readonly string[]): AdapterChoice[] {
  const choices: AdapterChoice[] = [];
  const end = words.indexOf('--');
  const flags = end < 0 ? words : words.slice(0, end);
  for (const [i, word] of flags.entries()) {
    const value = word === '--adapter' ? (flags[i + 1] ?? '') : word.startsWith('--adapter=') ? word.slice('--adapter='.length) : undefined;
    if (value === undefined) continue;
    for (const part of value.split(',')) {
      const at = part.indexOf('=');
      const [name, dir] = [part.slice(0, Math.max(at, 0)).trim(), part.slice(at + 1).trim()];
      if (!/^[\w.:/@+-]{1,100}$/.test(name) || dir === '')
        throw usageError('not a valid value', {
          place: '--adapter',
          expected: 'NAME=DIR, the name of letters, digits and . _ - : / @ +',
          got: part || 'nothing',
        });
      if (choices.some((other) => other.name === name))
        throw usageError('two adapters have the same name', { place: '--adapter', expected: 'a name of its own for each', got: name });
      choices.push({ name, dir });
    }
  }
  return choices;
}
