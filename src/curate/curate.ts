// The streaming pipeline: rows in, rows that stay out, a decision with its reasons for every row; goes on after a kill, byte for byte.

import { join } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { readJson } from '../util/fs.js';
import { checkCaptionLoop } from './captioner.js';
import { CurateRun } from './curate-run.js';
import { type ChosenFilter, chosenFilters } from './filters/index.js';
import { type CurateOptions, type CurateReport, curateIdentity } from './options.js';
import { REPORT, RunFolder } from './run-folder.js';
import { openUnits } from './source.js';

/**
 * Filters a data set into a folder. Memory does not grow with the number of rows, but for filters that remember them (`duplicate`,
 * `frequency`: about 25 bytes a row). Output bytes depend on the data and the options alone, also after a kill. Errors: `curate.option`,
 * `curate.images`, `curate.resume`, `data.read`, `data.format`, `data.exists`, `util.locked`; faults of rows are reasons.
 */
export async function curate(path: string, options: CurateOptions): Promise<CurateReport> {
  const { to = 'webdataset', signal } = options;
  const chosen = assertCuratable(options);
  const source = await openUnits(path, { format: options.format, signal });
  const folder = await RunFolder.open(options.out, {
    identity: curateIdentity(path, source, options),
    resume: options.resume,
    force: options.force,
  });
  try {
    if (folder.state?.done) return await readJson<CurateReport>(join(options.out, REPORT));
    return await new CurateRun(source, folder, { ...options, to }, chosen).run();
  } finally {
    await folder.close();
  }
}

/** The filters of a run. Throws `curate.option` for options that do not go together. */
export function assertCuratable(options: CurateOptions): ChosenFilter[] {
  const chosen = chosenFilters(options.filters);
  if (options.caption) checkCaptionLoop(options.caption);
  const fail = (place: string, summary: string, hint: string): SensoriumError =>
    new SensoriumError('curate.option', summary, { place, hint });
  const uses = (name: string): boolean => chosen.some(({ row }) => row.name === name);
  if (uses('clip') && !options.embedder) throw fail('clip', 'the filter needs a CLIP', 'Name one with --clip FOLDER');
  if (uses('duplicate') && options.share && options.share.count > 1)
    throw fail(
      'duplicate',
      'repeated rows are found within one run only',
      'Leave the filter out of shares, and run `sensorium data dedup` over what they kept',
    );
  return chosen;
}
