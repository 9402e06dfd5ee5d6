// Writes report.json and report.html into a folder: checked first, each file replaced whole or not at all.
import { join } from 'node:path';
import { SensoriumError } from '../../util/errors.js';
import { readJson, writeAtomic } from '../../util/fs.js';
import { renderPage } from './page.js';
import { REPORT_VERSION, reportSchema } from './schema.js';
/** The content of `report.json` for `data`. Throws `evaluate.report` naming the first field that is wrong. */
export function toReport(data) {
    const { title: _title, curves: _curves, samples: _samples, samplesNote: _note, ...rest } = data;
    const checked = reportSchema.safeParse({ version: REPORT_VERSION, ...rest });
    if (checked.success)
        return checked.data;
    const [issue] = checked.error.issues;
    throw new SensoriumError('evaluate.report', 'the report is not complete', {
        place: issue?.path.join('.') || 'report',
        got: issue?.message,
        hint: 'Every field of reportSchema must be present and finite.',
        cause: checked.error,
    });
}
/** Writes both files into `dir` (made if need be) and returns their paths. */
export async function writeReport(dir, data) {
    const report = toReport(data);
    const page = renderPage(data);
    const files = { json: join(dir, 'report.json'), html: join(dir, 'report.html') };
    await writeAtomic(files.json, `${JSON.stringify(report, null, 2)}\n`);
    await writeAtomic(files.html, page);
    return { ...files, report };
}
/** Reads a `report.json`. Errors: `evaluate.report` for another layout and for a field that is wrong, those of `readJson`. */
export async function readReport(file) {
    const value = await readJson(file);
    if (value?.version !== REPORT_VERSION)
        throw new SensoriumError('evaluate.report', 'this report has another layout', {
            place: file,
            expected: `version ${REPORT_VERSION}`,
            got: `version ${JSON.stringify(value?.version) ?? 'unknown'}`,
            hint: 'Measure the model again: sensorium eval MODEL --report DIR',
        });
    const checked = reportSchema.safeParse(value);
    if (checked.success)
        return checked.data;
    const [issue] = checked.error.issues;
    throw new SensoriumError('evaluate.report', 'the report is not complete', {
        place: `${file}, ${issue?.path.join('.')}`,
        got: issue?.message,
        cause: checked.error,
    });
}
//# sourceMappingURL=write.js.map