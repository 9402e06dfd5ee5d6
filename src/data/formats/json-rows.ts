// What the formats of JSON rows share: opening, and a file that is one object.

import { SensoriumError } from '../../util/errors.js';
import { columnsKind } from '../columns.js';
import type { Table } from '../dataset.js';
import { DIALOGUE_KEYS } from '../dialogue.js';
import type { FormatOptions } from '../format.js';
import { openJson } from '../json-table.js';
import { isPrompt } from '../prompts.js';
import { pairLayoutOf } from '../published-pairs.js';

/** Opens a file of JSON rows. A file that is one object, such as {"data": [...]}, is not JSON lines of one row: `data.read`. */
export async function openRows(file: string, { signal }: FormatOptions): Promise<Table> {
  const table = await openJson(file, { signal });
  try {
    if (table.isLines && table.length === 1) checkTop(await table.record(0), file);
    return table;
  } catch (error) {
    table.dispose();
    throw error;
  }
}

/** True for an object of two or more columns of one length: lists, or objects by the number of the row. */
function isColumns(value: Record<string, unknown>): boolean {
  const columns = Object.values(value);
  const size = (column: unknown): number | undefined =>
    Array.isArray(column)
      ? column.length
      : typeof column === 'object' && column !== null && '0' in column
        ? Object.keys(column).length
        : undefined;
  const first = size(columns[0]);
  return columns.length > 1 && first !== undefined && columns.every((column) => size(column) === first);
}

function checkTop(value: Record<string, unknown>, file: string): void {
  if (isColumns(value))
    throw new SensoriumError('data.read', 'the file has columns, not rows', {
      place: file,
      expected: 'an array of rows, or JSON lines',
      got: `the columns ${Object.keys(value).slice(0, 8).join(', ')}`,
      hint: 'Write rows: in pandas to_json(file, orient="records", lines=True), in datasets to_json(file)',
    });
  if (
    [...DIALOGUE_KEYS, 'image', 'images', 'texts', 'input_text'].some((key) => key in value) ||
    columnsKind(value) ||
    isPrompt(value) ||
    pairLayoutOf(value)
  )
    return;
  const inner = Object.entries(value).find(([, item]) => Array.isArray(item))?.[0];
  throw new SensoriumError('data.read', 'wrong JSON at the top', {
    place: file,
    expected: 'an array of samples, or JSON lines',
    got: `an object with the keys ${Object.keys(value).slice(0, 8).join(', ') || '(none)'}`,
    hint: inner ? `Write the array under "${inner}" to a file of its own` : 'Put the samples in [ ]',
  });
}
