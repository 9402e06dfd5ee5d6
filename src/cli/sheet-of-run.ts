// `sensorium eval --sheet`: the replies of one run as a blinded sheet.

import { givenOf, itemsOf } from '../evaluate/human/from-replies.js';
import type { Scale } from '../evaluate/human/scales.js';
import { makeSheet } from '../evaluate/human/sheet.js';
import { writeSheet } from '../evaluate/human/write-sheet.js';
import type { BenchRecord } from '../evaluate/runner.js';
import { sheetLine } from './sheet.js';

/** Writes the sheet and its key, and says so on stderr: stdout is the result's. */
export async function sheetOfRun(
  file: string,
  {
    model,
    records,
    scale,
    seed,
    signal,
  }: { model: string; records: readonly BenchRecord[]; scale: Scale; seed: number; signal?: AbortSignal },
): Promise<void> {
  const items = itemsOf([{ name: model, replies: givenOf(records) }], { seed });
  const { sheet, key } = makeSheet(items, { scale, seed });
  const keyName = await writeSheet(file, sheet, key, { signal });
  process.stderr.write(`${sheetLine(file, keyName, sheet.rows.length, key.models.length)}\n`);
}
