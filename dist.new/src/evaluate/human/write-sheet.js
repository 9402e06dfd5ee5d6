// Writes a sheet as CSV or as a page, with its pictures, and the key beside it.
import { mkdir } from 'node:fs/promises';
import { basename, dirname, extname, join, relative } from 'node:path';
import { resize } from '../../media/index.js';
import { SensoriumError, throwIfAborted } from '../../util/errors.js';
import { writeAtomic } from '../../util/fs.js';
import { pixelsOf } from '../mean-image.js';
import { encodePng, pngUrl } from '../report/png.js';
import { sheetColumns, sheetCsv } from './sheet.js';
import { sheetPage } from './sheet-page.js';
/** Larger pictures are shown at this width or height. */
const SHOWN = 480;
/** Throws `evaluate.sheet` for a name that says neither form of a sheet. */
export function assertSheetName(file) {
    if (!['.csv', '.html'].includes(extname(file).toLowerCase()))
        throw new SensoriumError('evaluate.sheet', 'a sheet is CSV or a page', { expected: 'a name that ends in .csv or .html', got: file });
}
/** Where the key of a sheet is written: `mine.html` has `mine.key.json`. Raters must not have it. */
export const keyFile = (file) => `${file.slice(0, file.length - extname(file).length)}.key.json`;
async function shown({ picture }) {
    if (!picture)
        return undefined;
    const whole = await pixelsOf(picture);
    const scale = Math.min(1, SHOWN / Math.max(whole.width, whole.height));
    const side = (n) => Math.max(1, Math.round(n * scale));
    return scale === 1 ? whole : resize(whole, side(whole.width), side(whole.height), 'bilinear');
}
/**
 * Writes `file` (.csv or .html) and its key. A page holds its pictures; a table names their files, and those that are no files yet are written
 * to `NAME-pictures/`. Returns the path of the key. Errors: `evaluate.sheet`, those of pictures.
 */
export async function writeSheet(file, sheet, key, { signal } = {}) {
    assertSheetName(file);
    const name = keyFile(file);
    if (extname(file).toLowerCase() === '.html') {
        const pictures = [];
        for (const row of sheet.rows) {
            throwIfAborted(signal);
            const image = await shown(row);
            pictures.push(image && { url: pngUrl(image.data, image.width, image.height), width: image.width, height: image.height });
        }
        await writeAtomic(file, sheetPage(sheet, sheetColumns(sheet.rows[0]?.replies.length ?? 1), pictures));
    }
    else {
        const folder = `${file.slice(0, -extname(file).length)}-pictures`;
        const names = [];
        for (const row of sheet.rows) {
            throwIfAborted(signal);
            if (typeof row.picture?.source === 'string') {
                names.push(row.picture.source);
                continue;
            }
            const image = await shown(row);
            if (image) {
                await mkdir(folder, { recursive: true });
                await writeAtomic(join(folder, `${row.row}.png`), encodePng(image.data, image.width, image.height));
            }
            names.push(image && join(basename(relative(dirname(file), folder)), `${row.row}.png`));
        }
        await writeAtomic(file, sheetCsv(sheet, names));
    }
    await writeAtomic(name, `${JSON.stringify(key, null, 1)}\n`);
    return name;
}
//# sourceMappingURL=write-sheet.js.map