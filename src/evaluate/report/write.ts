// Writes report.json and report.html into a folder: checked first, each file replaced whole or not at all.

import { join } from 'node:path';
import { SensoriumError } from '../../util/errors.js';
import { writeAtomic } from '../../util/fs.js';
import type { ReportData } from './data.js';
import { renderPage } from './page.js';
import { type Report, reportSchema } from './schema.js';

/** The content of `report.json` for `data`. Throws `evaluate.report` naming the first field that is wrong. */
export function toReport(data: ReportData): Report {
  const { title: _title, curves: _curves, samples: _samples, world, ...rest } = data;
  const checked = reportSchema.safeParse({ version: 1, world: { name: 'scene world', description: world }, ...rest });
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw new SensoriumError('evaluate.report', 'the report is not complete', {
    place: issue?.path.join('.') || 'report',
    got: issue?.message,
    hint: 'Every field of reportSchema must be present and finite.',
    cause: checked.error,
  });
}

/** Writes both files into `dir` (made if need be) and returns their paths. */
export async function writeReport(dir: string, data: ReportData): Promise<{ json: string; html: string; report: Report }> {
  const report = toReport(data);
  const page = renderPage(data);
  const files = { json: join(dir, 'report.json'), html: join(dir, 'report.html') };
  await writeAtomic(files.json, `${JSON.stringify(report, null, 2)}\n`);
  await writeAtomic(files.html, page);
  return { ...files, report };
}
