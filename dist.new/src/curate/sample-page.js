// A page with pictures of kept and dropped rows, some for every reason, so that thresholds are looked at and not only counted.
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { html } from '../evaluate/report/html.js';
import { encodePicture } from '../evaluate/report/picture.js';
import { headNumber, howMade, pageHtml } from '../evaluate/report/shell.js';
import { readImageFile, reducedImage } from '../media/reduced-image.js';
import { SensoriumError } from '../util/errors.js';
import { writeAtomic } from '../util/fs.js';
import { packageVersion } from '../util/package.js';
import { pairAt } from './pair.js';
import { DECISIONS } from './run-folder.js';
import { openUnits } from './source.js';
import { hash32 } from './text.js';
/** Rows shown for each reason. */
const SHOWN = 12;
/** Shorter side of a picture on the page. */
const SIDE = 120;
/** The rows with the smallest hashes: the same ones every time, from all over the data. */
class Draw {
    rows = [];
    offer(decision) {
        const hash = hash32(`${decision.file}:${decision.row}`, 1);
        if (this.rows.length === SHOWN && hash >= (this.rows.at(-1)?.hash ?? 0))
            return;
        this.rows.push({ decision, hash });
        this.rows.sort((a, b) => a.hash - b.hash);
        this.rows.length = Math.min(this.rows.length, SHOWN);
    }
}
/** Writes `samples.html` into the folder of a run. Errors: those of the data set. */
export async function writeSamplePage(path, dir, report, options) {
    const draws = new Map();
    const lines = createInterface({ input: createReadStream(join(dir, DECISIONS)), crlfDelay: Number.POSITIVE_INFINITY });
    for await (const line of lines) {
        const decision = JSON.parse(line);
        const reason = decision.kept ? 'kept' : (decision.why?.[0]?.filter ?? 'dropped');
        const draw = draws.get(reason) ?? new Draw();
        draws.set(reason, draw);
        draw.offer(decision);
    }
    const { units } = await openUnits(path, options);
    const tables = new Map();
    const sections = [];
    try {
        for (const reason of ['kept', ...Object.keys(report.first)]) {
            const rows = draws.get(reason)?.rows ?? [];
            if (rows.length === 0)
                continue;
            const figures = [];
            for (const { decision } of rows) {
                const table = tables.get(decision.file) ?? (await units.find(({ name }) => name === decision.file)?.open());
                if (table)
                    tables.set(decision.file, table);
                figures.push(await figureOf(decision, table, options));
            }
            const count = reason === 'kept' ? report.kept : (report.first[reason] ?? 0);
            sections.push(html `<section><h2>${reason === 'kept' ? 'Kept' : `Dropped: ${reason}`} (${count})</h2><div class="samples">${figures}</div></section>`);
        }
    }
    finally {
        for (const table of tables.values())
            table.dispose();
    }
    const file = join(dir, 'samples.html');
    const page = pageHtml({
        title: `${report.recipe ?? 'Filtered'}: ${report.kept} of ${report.rows} rows`,
        header: html `<dl>${headNumber('rows', String(report.rows))}${headNumber('kept', String(report.kept))}${headNumber('dropped', String(report.dropped))}</dl>`,
        main: html `${styleOf()}${sections}${howMade(options.command, { sensorium: packageVersion() })}`,
    });
    await writeAtomic(file, page);
    return file;
}
const styleOf = () => html `<style>.samples{display:flex;flex-wrap:wrap;gap:14px}.samples figure{width:170px;margin:0}.samples img{max-width:170px;max-height:170px}.samples figcaption{font-size:12px;overflow-wrap:anywhere}</style>`;
async function figureOf(decision, table, options) {
    const { id, caption, why = [], size, clip } = decision;
    const facts = [size && `${size[0]}x${size[1]}`, clip !== undefined && `CLIP ${clip.toFixed(3)}`].filter(Boolean).join(', ');
    return html `<figure>${table && (await pictureOf(decision, table, options))}<figcaption dir="auto"><b>${id}</b> ${caption ?? ''}<br/>${facts}<br/>${why.map(({ filter, why: text }) => `${filter}: ${text}`).join('; ')}</figcaption></figure>`;
}
/** The picture of a row; nothing for one that cannot be read, which is what its reason says. */
async function pictureOf({ row, id }, table, { images, maxPixels }) {
    try {
        const pair = await pairAt(table, row, images ?? table.root);
        if (!pair.image)
            return undefined;
        const { image } = await reducedImage(await readImageFile(pair.image.source), { side: SIDE, maxPixels });
        const { url, width, height } = await encodePicture(image);
        return html `<img src="${url}" width="${width}" height="${height}" alt="${id}"/>`;
    }
    catch (error) {
        if (error instanceof SensoriumError)
            return undefined;
        throw error;
    }
}
//# sourceMappingURL=sample-page.js.map