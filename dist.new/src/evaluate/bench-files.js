// Where the files of a benchmark are read: from disk, or from memory, where the scene world makes them in the form of the official files.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { readJson, readText } from '../util/fs.js';
import { base64Image, recordsIn, recordsOf } from './file-benchmark.js';
import { imagePath } from './file-rows.js';
const VIDEOS = ['.mp4', '.webm', '.mkv', '.avi', '.mov'];
/** Files on disk. */
export const DISK = {
    names: (folder) => readdir(folder).catch((error) => {
        if (error.code === 'ENOENT')
            return [];
        throw error;
    }),
    text: readText,
    json: readJson,
    records: recordsOf,
    image: imagePath,
    embedded: base64Image,
    video(folder, name, place) {
        const path = VIDEOS.map((ending) => imagePath(folder, name.endsWith(ending) ? name : `${name}${ending}`, place)).find((file) => existsSync(file));
        if (path)
            return [{ type: 'video', source: path }];
        throw new SensoriumError('evaluate.images', 'a video of the rows is not there', {
            place,
            expected: `${join(folder, name)}${VIDEOS[0]} or another ending`,
            got: 'missing',
            hint: 'Give the folder of the videos with --images',
        });
    },
};
/** Files in memory. Folders count only in `names`; images are found by name. Errors: `evaluate.rows` for a file that was not made. */
export function memoryFiles(made, pictures) {
    const read = (file) => {
        const name = file.replaceAll('\\', '/');
        if (name in made)
            return made[name];
        throw new SensoriumError('evaluate.rows', 'there is no such file in memory', { expected: Object.keys(made).join(', '), got: file });
    };
    return {
        names: async (folder) => Object.keys(made).flatMap((name) => (posix.dirname(name) === folder.replaceAll('\\', '/') ? [posix.basename(name)] : [])),
        text: async (file) => String(read(file)),
        json: async (file) => read(file),
        async *records(file, { list } = {}) {
            const value = read(file);
            const rows = Array.isArray(value) ? value : [value];
            for (const [i, row] of rows.entries())
                yield* recordsIn(file, { value: row, line: i + 1, lines: !Array.isArray(value) }, list);
        },
        image: (_, name) => pictures.image(name),
        embedded: (name) => pictures.image(name),
        // Frames are images in order: every model that takes images can be asked.
        video: (_, name) => pictures.frames(name).map((source) => ({ type: 'image', source })),
    };
}
//# sourceMappingURL=bench-files.js.map