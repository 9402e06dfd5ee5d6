// The rows of a data set in order, shard by shard: one file is open at a time, whatever the number of shards.
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { detectFormat, formatNamed } from '../data/formats/index.js';
import { namesIn } from '../data/open-file.js';
import { openParquet } from '../data/parquet-table.js';
import { shardsAt } from '../data/shards.js';
import { isImageName } from '../data/sniff.js';
import { openTar } from '../data/tar-table.js';
import { SensoriumError } from '../util/errors.js';
import { openPairFolder } from './pair-folder.js';
const shardFormats = {
    webdataset: { ending: '.tar', open: (file, signal) => openTar(file, { signal }) },
    parquet: { ending: '.parquet', open: (file) => openParquet(file, { anyColumns: true }) },
};
async function sharded(path, name, signal) {
    const { ending, open } = shardFormats[name];
    const found = await shardsAt(path, ending);
    const files = found.length > 0 ? found : [path];
    const units = [];
    for (const file of files)
        units.push({ name: basename(file), bytes: (await stat(file)).size, open: () => open(file, signal) });
    return { format: name, units };
}
/** Images of a folder that have no metadata file are rows by themselves. */
async function isBareFolder(path) {
    const names = await namesIn(path);
    if (names.some((name) => /^(?:metadata\.|data\.|captions\.json)|\.(?:tar|parquet)$/.test(name)))
        return false;
    if (names.some(isImageName))
        return true;
    for (const name of names.slice(0, 20))
        if (await hasSidecars(`${path}/${name}`))
            return true;
    return false;
}
/** Folders for classes hold images alone; here texts stand beside them. */
async function hasSidecars(folder) {
    const names = await namesIn(folder);
    const image = names.find(isImageName);
    const stem = image?.replace(/\.[^.]+$/, '');
    return stem !== undefined && (names.includes(`${stem}.txt`) || names.includes(`${stem}.json`));
}
/**
 * Opens a data set: tar and parquet files shard by shard, anything else as one table. Errors: `data.read`, `data.format`.
 */
export async function openUnits(path, { format, signal } = {}) {
    if (format === undefined && (await isBareFolder(path))) {
        const table = await openPairFolder(path);
        if (table)
            return { format: 'folder', units: [{ name: basename(path), bytes: 0, open: async () => table }] };
    }
    if (format === 'webdataset' || format === 'parquet')
        return sharded(path, format, signal);
    if (format === undefined) {
        const found = await detectFormat(path).catch(async (error) => {
            // Parquet whose columns are not those of dialogues is opened here by its images and captions.
            if (error instanceof SensoriumError && (await shardsAt(path, '.parquet')).length > 0)
                return undefined;
            throw error;
        });
        const name = found?.format.name ?? 'parquet';
        if (name === 'webdataset' || name === 'parquet')
            return sharded(path, name, signal);
        return oneTable(path, name, signal);
    }
    return oneTable(path, formatNamed(format).name, signal);
}
async function oneTable(path, format, signal) {
    return {
        format,
        units: [
            {
                name: basename(path),
                bytes: 0,
                open: async () => formatNamed(format).open((await detectFormat(path)).found.path, { signal }),
            },
        ],
    };
}
//# sourceMappingURL=source.js.map