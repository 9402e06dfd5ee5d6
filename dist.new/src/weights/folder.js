// A model on disk in Hugging Face layout: config, safetensors (whole or in shards), tokenizer, preprocessor and chat template.
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { SensoriumError } from '../util/errors.js';
import { mapIoError, readJson, recoverFolder, writeAtomic, writeFolderAtomic } from '../util/fs.js';
import { FILES } from '../util/model-files.js';
import { pathHint } from '../util/near-path.js';
import { foreignFolder } from './foreign.js';
import { SafetensorsFile, writeSafetensors } from './safetensors.js';
import { dictionary, noSuchTensor } from './source.js';
export { FILES };
const LAYOUT = `a folder in Hugging Face layout: ${FILES.config} and ${FILES.weights}`;
/** Reads config.json. Errors: `weights.folder` when the folder or the file is missing, `util.json`, `weights.config`. */
export async function readConfig(dir) {
    await requireFolder(dir);
    const path = join(dir, FILES.config);
    if (!(await isFile(path)))
        throw ((await foreignFolder(dir, LAYOUT)) ??
            new SensoriumError('weights.folder', `there is no ${FILES.config}`, {
                place: dir,
                expected: LAYOUT,
                hint: 'Check that this is the folder of a model',
            }));
    return asObject(await readJson(path), path);
}
/**
 * Opens the weights of a folder, whole or in shards; nothing but headers is read.
 * Errors: `weights.folder` for missing files (and for pickles, with a hint), `weights.format` for broken ones, `weights.index`.
 */
export async function loadWeights(dir) {
    await requireFolder(dir);
    const single = join(dir, FILES.weights);
    if (await isFile(single))
        return SafetensorsFile.open(single);
    const index = join(dir, FILES.index);
    if (await isFile(index))
        return openShards(dir, index);
    for (const name of ['pytorch_model.bin', 'pytorch_model.bin.index.json'])
        if (await isFile(join(dir, name)))
            throw new SensoriumError('weights.folder', 'the weights are a pickle, which can run code when it is read', {
                place: join(dir, name),
                expected: FILES.weights,
                hint: 'Convert them in Python: AutoModel.from_pretrained(dir).save_pretrained(dir, safe_serialization=True)',
            });
    const expected = `${FILES.weights} or ${FILES.index}`;
    throw ((await foreignFolder(dir, expected)) ??
        new SensoriumError('weights.folder', 'there are no weights in this folder', {
            place: dir,
            expected,
            hint: 'A download may have stopped early: fetch the folder again',
        }));
}
/**
 * Writes a model folder as a whole: after a crash there is the old folder or the new one.
 * What the old folder held beside these files is gone. Errors: `weights.name`, `weights.shape`, `util.*`.
 */
export async function saveFolder(dir, contents) {
    const files = new Map([
        [FILES.config, contents.config],
        [FILES.tokenizer, contents.tokenizer],
        [FILES.tokenizerConfig, contents.tokenizerConfig],
        [FILES.preprocessor, contents.preprocessor],
        [FILES.processor, contents.processor],
        [FILES.generation, contents.generation],
        [FILES.chatTemplate, contents.chatTemplate],
    ]);
    for (const [name, value] of Object.entries(contents.extra ?? {})) {
        const plain = name !== '' && name !== '.' && name !== '..' && !/[\\/\0]/.test(name);
        if (!plain || files.get(name) !== undefined || name === FILES.weights)
            throw new SensoriumError('weights.name', 'this extra file cannot be written', {
                place: dir,
                expected: 'a plain file name that is not taken',
                got: JSON.stringify(name),
            });
        files.set(name, value);
    }
    await writeFolderAtomic(dir, async (folder) => {
        await writeSafetensors(join(folder, FILES.weights), contents.weights, { format: 'pt', ...contents.metadata });
        for (const [name, value] of files)
            if (value !== undefined)
                await writeAtomic(join(folder, name), asText(value));
    });
}
function asText(value) {
    return typeof value === 'string' || value instanceof Uint8Array ? value : `${JSON.stringify(value, null, 2)}\n`;
}
function asObject(value, path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw new SensoriumError('weights.config', 'wrong JSON', {
            place: path,
            expected: 'an object',
            got: JSON.stringify(value).slice(0, 80),
        });
    return value;
}
async function isFile(path) {
    try {
        return (await stat(path)).isFile();
    }
    catch (error) {
        if (error.code === 'ENOENT')
            return false;
        throw mapIoError(error, path);
    }
}
/** The folder must be there; one whose replacement was interrupted is put back first. */
async function requireFolder(dir) {
    for (const second of [false, true]) {
        try {
            if ((await stat(dir)).isDirectory())
                return;
            throw new SensoriumError('weights.folder', 'this is not a folder', {
                place: dir,
                expected: LAYOUT,
                hint: 'Name the folder, not a file in it',
            });
        }
        catch (error) {
            if (error.code !== 'ENOENT')
                throw mapIoError(error, dir);
            if (second || !(await recoverFolder(dir)))
                throw new SensoriumError('weights.folder', 'there is no such folder', {
                    place: dir,
                    expected: LAYOUT,
                    hint: pathHint(dir),
                    cause: error,
                });
        }
    }
}
async function openShards(dir, index) {
    const { weight_map: map } = asObject(await readJson(index), index);
    if (typeof map !== 'object' || map === null || Array.isArray(map))
        throw new SensoriumError('weights.index', 'the shard index has no weight_map', {
            place: index,
            expected: '{ "weight_map": { name: file } }',
        });
    const fileOf = new Map(Object.entries(map));
    const shards = new Map();
    const tensors = new Map();
    const unsupported = new Map();
    for (const [name, file] of fileOf) {
        // The index is data: it must not lead out of the folder.
        if (typeof file !== 'string' || file !== basename(file) || !file.endsWith('.safetensors'))
            throw new SensoriumError('weights.index', 'wrong shard name', {
                place: `${index}: ${name}`,
                expected: 'a .safetensors file in the same folder',
                got: JSON.stringify(file),
            });
        let shard = shards.get(file);
        if (!shard) {
            if (!(await isFile(join(dir, file))))
                throw new SensoriumError('weights.folder', 'a shard is missing', {
                    place: join(dir, file),
                    hint: 'A download may have stopped early: fetch this file again',
                });
            shard = await SafetensorsFile.open(join(dir, file));
            shards.set(file, shard);
        }
        const info = shard.tensors.get(name);
        if (!info && !shard.unsupported.has(name))
            throw new SensoriumError('weights.index', 'a tensor is not in the shard that the index names', {
                place: `${index}: ${name}`,
                expected: `it in ${file}`,
                hint: 'Index and shards belong to different versions: fetch the folder again',
            });
        if (info)
            tensors.set(name, info);
        else
            unsupported.set(name, shard.unsupported.get(name));
    }
    const shardOf = (name) => {
        const shard = shards.get(String(fileOf.get(name)));
        if (!shard)
            throw noSuchTensor(name, dir, tensors.keys());
        return shard;
    };
    return {
        place: dir,
        tensors,
        unsupported,
        read: async (name, options) => shardOf(name).read(name, options),
        readMany: async (names, options) => {
            const byShard = new Map();
            for (const name of names)
                byShard.set(shardOf(name), [...(byShard.get(shardOf(name)) ?? []), name]);
            const read = dictionary();
            for (const [shard, wanted] of byShard)
                Object.assign(read, await shard.readMany(wanted, options));
            const out = dictionary();
            for (const name of names)
                out[name] = read[name];
            return out;
        },
        locate: (name) => shards.get(String(fileOf.get(name)))?.locate(name),
    };
}
//# sourceMappingURL=folder.js.map