// `read_table`: printed text as rows and columns, by where its lines stand.

import { z } from 'zod';
import type { ReadLine } from '../../trust/reader.js';
import { named } from '../tool.js';
import { builtIn } from './define.js';
import { wayOf } from './in-turn.js';
import { readLines } from './read.js';

/**
 * Cells of a table, `''` where there is none. Lines whose middle lies within half a line of a row's belong to that row; columns are the gaps that no
 * line of several-celled rows crosses.
 */
export function tableOf(lines: readonly ReadLine[]): string[][] {
  const middle = ({ box }: ReadLine): number => (box[1] + box[3]) / 2;
  const rows: ReadLine[][] = [];
  for (const line of [...lines].sort((a, b) => middle(a) - middle(b))) {
    const row = rows.at(-1);
    const [first] = row ?? [];
    if (row && first && Math.abs(middle(first) - middle(line)) < 0.5 * Math.max(first.box[3] - first.box[1], line.box[3] - line.box[1]))
      row.push(line);
    else rows.push([line]);
  }
  const spans: [number, number][] = [];
  for (const { box } of rows
    .filter((row) => row.length > 1)
    .flat()
    .sort((a, b) => a.box[0] - b.box[0])) {
    const last = spans.at(-1);
    if (last && box[0] < last[1]) last[1] = Math.max(last[1], box[2]);
    else spans.push([box[0], box[2]]);
  }
  const columns = Math.max(1, spans.length);
  return rows.map((row) => {
    const cells = new Array<string>(columns).fill('');
    for (const line of row.sort((a, b) => a.box[0] - b.box[0])) {
      const at = Math.max(
        0,
        spans.findLastIndex(([left]) => left <= (line.box[0] + line.box[2]) / 2),
      );
      cells[at] = cells[at] ? `${cells[at]} ${line.text}` : line.text;
    }
    return cells;
  });
}

/** Reads a table: `{ rows }`. */
export const readTable = builtIn({
  name: 'read_table',
  description: 'Reads a printed table, form or receipt in an image as rows of cells.',
  needs: ['reader'],
  input: z.object({ image: named('image') }),
  async run({ image }, context, parts) {
    const found = await readLines(parts, context.workspace.get('image', image), context);
    return { rows: tableOf(found.value.lines), unread: found.value.unread, ...wayOf(found) };
  },
});
