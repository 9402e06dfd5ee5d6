// ScienceQA as it is published: problems.json, an object of problems by id, with pid_splits.json and the images of each split beside it.

import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { SensoriumError } from '../../util/errors.js';
import { readJson } from '../../util/fs.js';
import { errno } from '../../util/io.js';
import { nearest } from '../../util/nearest.js';
import type { Table } from '../dataset.js';
import type { Format, FormatOptions } from '../format.js';
import { cannotOpen } from '../open-file.js';
import { shorten } from '../row.js';
import { readScience } from '../science-qa.js';

const PROBLEMS = 'problems.json';
const SPLITS = 'pid_splits.json';
/** The published file has 29 MB. */
const MAX_BYTES = 480 * 2 ** 20;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

async function readObject(file: string, optional = false): Promise<Record<string, unknown> | undefined> {
  const info = await stat(file).catch((cause: unknown) => {
    if (optional && errno(cause) === 'ENOENT') return undefined;
    throw cannotOpen(file, cause);
  });
  if (!info) return undefined;
  const wrong = (summary: string, expected: string, got: string): SensoriumError =>
    new SensoriumError('data.read', summary, { place: file, expected, got });
  if (info.size > MAX_BYTES) throw wrong('the file is too large to be read as a whole', `at most ${MAX_BYTES} bytes`, `${info.size} bytes`);
  const value = await readJson<unknown>(file);
  if (!isObject(value)) throw wrong('this is not a file of ScienceQA', 'an object by ids', shorten(value));
  return value;
}

/** The problems of a split, in the order of its list; without lists, those that name it. */
async function openScience(path: string, { split = 'train' }: FormatOptions): Promise<Table> {
  const file = path.endsWith('.json') ? path : join(path, PROBLEMS);
  const root = dirname(file);
  const problems = (await readObject(file)) as Record<string, unknown>;
  const lists = await readObject(join(root, SPLITS), true);
  const splitOf = (id: string): unknown => (isObject(problems[id]) ? problems[id].split : undefined);
  const listed = lists && Object.hasOwn(lists, split) ? lists[split] : undefined;
  const ids = Array.isArray(listed) ? listed.map(String) : lists ? [] : Object.keys(problems).filter((id) => splitOf(id) === split);
  const names = lists ? Object.keys(lists) : [...new Set(Object.keys(problems).map((id) => String(splitOf(id) ?? 'none')))];
  if (ids.length === 0) {
    const near = nearest(split, names);
    throw new SensoriumError('data.read', 'there are no problems of this split', {
      place: lists ? join(root, SPLITS) : file,
      expected: names.slice(0, 10).join(', '),
      got: split,
      ...(near ? { hint: `Did you mean ${near}?` } : {}),
    });
  }
  const hash = createHash('sha256')
    .update(JSON.stringify(ids.map((id) => problems[id] ?? null)))
    .digest('hex');
  const at = (row: number) => ({ file, row });
  return {
    root: join(root, 'images'),
    length: ids.length,
    fingerprint: { file: basename(file), split, rows: ids.length, hash },
    at,
    async record(row) {
      const id = ids[row] as string;
      const problem = Object.hasOwn(problems, id) ? problems[id] : undefined;
      if (!isObject(problem))
        throw new SensoriumError('data.row', 'there is no such problem', {
          place: `${file}, row ${row}`,
          expected: 'an id of problems.json',
          got: id,
        });
      // Images lie in a folder for each split, and there in one for each problem.
      const { image } = problem;
      const folder = typeof problem.split === 'string' ? problem.split : split;
      return { ...problem, id, ...(typeof image === 'string' && image !== '' ? { image: [folder, id, image].join(sep) } : {}) };
    },
    dispose() {},
  };
}

/** ScienceQA, read as the answer, the rationale, or the answer behind it. Its parquet is read as `parquet`, with `form`. */
export const scienceQaFormat: Format = {
  name: 'scienceqa',
  summary: 'ScienceQA: problems.json and pid_splits.json, for the answer, the rationale, or the answer behind it',
  target: 'folder',
  detect: ({ kind, path, names, head }) =>
    kind === 'folder'
      ? names.includes(PROBLEMS)
      : kind === 'json' && basename(path) === PROBLEMS && /^\ufeff?\s*\{\s*"[^"]*"\s*:\s*\{/.test(head) && !/"messages"\s*:/.test(head),
  open: openScience,
  read: (record, context, { form = 'QCM-A' }) => readScience(record, context, form),
};
