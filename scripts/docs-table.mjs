// Puts a table between <!-- NAME --> and <!-- /NAME --> of a page of docs.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Replaces what stands between the marks. Throws where they are missing. */
export function writeTable(page, name, lines) {
  const path = join(import.meta.dirname, '../docs', page);
  const text = readFileSync(path, 'utf8');
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [from, to] = [text.indexOf(open), text.indexOf(close)];
  if (from < 0 || to < from) throw new Error(`${path}: no ${open} … ${close}`);
  writeFileSync(path, `${text.slice(0, from)}${open}\n${lines.join('\n')}\n${text.slice(to)}`);
}

/** A share with its interval: `0.650 [0.433, 0.819]`. */
export const shareCell = ({ value, low, high }) => `${value.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
