// Rows of a registry by their names.

import { SensoriumError } from '../../util/errors.js';
import { nearest } from '../../util/nearest.js';

/** The row of this name. `kind`: what the registry holds, for the error. Errors: `demos.option`. */
export function rowNamed<R extends { readonly name: string }>(rows: readonly R[], name: string, kind: string): R {
  const found = rows.find((row) => row.name === name);
  if (found) return found;
  const names = rows.map((row) => row.name);
  const near = nearest(name, names);
  throw new SensoriumError('demos.option', `there is no such ${kind}`, {
    place: kind,
    expected: names.join(', '),
    got: name || 'nothing',
    hint: near ? `Did you mean ${near}?` : undefined,
  });
}
