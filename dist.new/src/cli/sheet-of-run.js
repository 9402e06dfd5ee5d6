// `sensorium eval --sheet`: the replies of one run as a blinded sheet.
import { givenOf, itemsOf } from '../evaluate/human/from-replies.js';
import { makeSheet } from '../evaluate/human/sheet.js';
import { writeSheet } from '../evaluate/human/write-sheet.js';
import { sheetLine } from './sheet.js';
/** Writes the sheet and its key, and says so on stderr: stdout is the result's. */
export async function sheetOfRun(file, { model, records, scale, seed, signal, }) {
    const items = itemsOf([{ name: model, replies: givenOf(records) }], { seed });
    const { sheet, key } = makeSheet(items, { scale, seed });
    const keyName = await writeSheet(file, sheet, key, { signal });
    process.stderr.write(`${sheetLine(file, keyName, sheet.rows.length, key.models.length)}\n`);
}
//# sourceMappingURL=sheet-of-run.js.map