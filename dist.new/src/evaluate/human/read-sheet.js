// Filled sheets read back: every cell that cannot be counted is named, none is guessed.
import { basename } from 'node:path';
import { openCsv } from '../../data/csv-table.js';
import { SensoriumError, throwIfAborted } from '../../util/errors.js';
import { levelOf, scaleOf } from './scales.js';
import { sheetColumns } from './sheet.js';
/**
 * Reads filled sheets against their key. A rater is named in the column `rater`, else by the name of the file. Of a row that one rater has twice the first
 * counts where both say the same, and neither where they do not. Errors: `evaluate.sheet` for files that are no sheets or of which nothing can be counted;
 * `data.read`, `data.row`.
 */
export async function readSheets(files, key, signal) {
    const scale = scaleOf(key.scale, 'the key');
    const byRow = new Map(key.rows.map((row) => [row.row, row]));
    const width = key.rows[0]?.models.length ?? 1;
    const faults = [];
    const cells = new Map();
    const seen = new Map();
    for (const file of files) {
        const table = await openCsv(file, { signal });
        try {
            const wanted = sheetColumns(width).filter((name) => name === 'row' || name === 'sheet' || name.startsWith('rating'));
            const missing = wanted.filter((name) => !table.columns.includes(name));
            if (missing.length > 0)
                throw new SensoriumError('evaluate.sheet', 'this is not a filled sheet of the key', {
                    place: file,
                    expected: `columns ${wanted.join(', ')}`,
                    got: `none called ${missing.join(', ')}`,
                });
            for (let i = 0; i < table.length; i++) {
                throwIfAborted(signal);
                const record = (await table.record(i));
                const { line } = table.at(i);
                const rater = record.rater?.trim() || basename(file).replace(/\.[^.]+$/, '');
                const row = record.row?.trim() ?? '';
                const at = { file, line, rater, row };
                if (record.sheet?.trim() !== key.sheet) {
                    faults.push({ kind: 'of another sheet', ...at, got: record.sheet });
                    continue;
                }
                const known = byRow.get(row);
                if (!known) {
                    faults.push({ kind: 'unknown row', ...at });
                    continue;
                }
                const own = seen.get(rater) ?? { file, rows: new Set() };
                seen.set(rater, own);
                own.rows.add(row);
                for (const [k, model] of known.models.entries()) {
                    const column = `rating ${k + 1}`;
                    const text = record[column] ?? '';
                    const level = levelOf(scale, text);
                    if (!level) {
                        faults.push({
                            kind: text.trim() === '' ? 'empty' : 'off the scale',
                            ...at,
                            column,
                            ...(text.trim() ? { got: text.slice(0, 80) } : {}),
                        });
                        continue;
                    }
                    const { bench, kind } = known;
                    const id = JSON.stringify([rater, row, k]);
                    const rating = { row, bench, kind, model, rater, mark: level.mark, value: level.value };
                    cells.set(id, [...(cells.get(id) ?? []), { rating, file, line, column }]);
                }
            }
        }
        finally {
            table.dispose();
        }
    }
    for (const [rater, { file, rows }] of seen)
        for (const row of byRow.keys())
            if (!rows.has(row))
                faults.push({ kind: 'row missing', file, rater, row });
    const ratings = [];
    for (const same of cells.values()) {
        const [first, ...others] = same;
        for (const { rating, file, line, column } of others)
            faults.push({
                kind: 'rated twice',
                file,
                line,
                rater: rating.rater,
                row: rating.row,
                column,
                got: `${first.rating.mark} and ${rating.mark}`,
            });
        if (others.every(({ rating }) => rating.value === first.rating.value))
            ratings.push(first.rating);
    }
    if (ratings.length === 0)
        throw new SensoriumError('evaluate.sheet', 'nothing in the sheets can be counted', {
            place: files.join(', '),
            expected: `ratings ${scale.levels.map(({ mark }) => mark).join(', ')} in rows of sheet ${key.sheet}`,
            got: `${faults.length} faults, the first: ${faults[0]?.kind ?? 'no rows'}`,
            hint: 'Is this the key that was written with the sheet?',
        });
    return { scale, raters: [...new Set(ratings.map(({ rater }) => rater))], ratings, faults };
}
//# sourceMappingURL=read-sheet.js.map