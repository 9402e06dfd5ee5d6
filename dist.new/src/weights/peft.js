// Adapters in peft's layout, both ways: adapter_config.json and adapter_model.safetensors beside the names of the transformers class.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PackedTensor } from '../graph/index.js';
import { attachedLora, detachLora, lora, moduleNames, patternValue, placeLoras, } from '../networks/index.js';
import { SensoriumError } from '../util/errors.js';
import { writeAtomic, writeFolderAtomic } from '../util/fs.js';
import { castFloat } from './half.js';
import { ADAPTER_FILES, peftConfig, readPeftConfig } from './peft-config.js';
import { readAdapterNames, savedRows } from './peft-names.js';
import { SafetensorsFile, writeSafetensors } from './safetensors.js';
import { dictionary } from './source.js';
const PREFIX = 'base_model.model.';
/**
 * Writes an adapter as a folder that `peft` loads; the folder appears whole or not at all. `values` holds at least what was trained.
 * Errors: `adapter.values` for a parameter without a value, `util.*`.
 */
export async function saveAdapter(dir, adapter, { family, config, network, values }, { base, dtype = 'float32', files } = {}) {
    const names = moduleNames(family, config, network);
    const tensors = dictionary();
    const put = (name, p) => {
        const value = values.get(p);
        if (!value)
            throw new SensoriumError('adapter.values', 'a parameter of the adapter has no value', { place: p.name });
        tensors[PREFIX + names.toFile(name)] = castFloat(value, dtype, p.name);
    };
    for (const p of adapter.parameters)
        put(p.name, p);
    const saved = new Set();
    const tied = Object.entries(family.tied?.(config) ?? {});
    for (const module of adapter.saved.values())
        for (const p of module.parameters()) {
            // peft unties what it trains whole, so every name of the matrix is given its values.
            for (const name of [p.name, ...tied.flatMap(([other, of]) => (of === p.name ? [other] : []))]) {
                put(name, p);
                saved.add(names.toFile(name).replace(/\.[^.]+$/, ''));
            }
        }
    const { targets, ranks, alphas } = savedLayers(adapter, (path) => names.toFile(`${path}.weight`).replace(/\.weight$/, ''));
    const taskType = family.kind === 'causal' ? 'CAUSAL_LM' : family.kind === 'seq2seq' ? 'SEQ_2_SEQ_LM' : null;
    const written = peftConfig(adapter.spec, { base, taskType, targets, saved: [...saved].sort(), ranks, alphas });
    await writeFolderAtomic(dir, async (folder) => {
        await writeSafetensors(join(folder, ADAPTER_FILES.weights), tensors);
        await writeAtomic(join(folder, ADAPTER_FILES.config), `${JSON.stringify(written, null, 2)}\n`);
        await files?.(folder);
    });
}
/** Targets as ends of names where they choose exactly these layers in the file's names too, else by whole names. */
function savedLayers({ spec, layers }, toFile) {
    const files = [...layers.keys()].map((path) => [path, toFile(path)]);
    const ends = Array.isArray(spec.targets) && !spec.layers && spec.exclude.length === 0 ? spec.targets : undefined;
    const keeps = ends?.every((end) => files.every(([path, file]) => `.${path}`.endsWith(`.${end}`) === `.${file}`.endsWith(`.${end}`)));
    const of = (path) => layers.get(path).adapter.options;
    const differing = (key) => Object.fromEntries(files.filter(([path]) => of(path)[key] !== spec[key]).map(([path, file]) => [file, of(path)[key]]));
    return {
        targets: keeps ? [...new Set(ends)].sort() : files.map(([, file]) => file),
        ranks: differing('rank'),
        alphas: differing('alpha'),
    };
}
/**
 * Reads an adapter that peft or `saveAdapter` wrote and puts it on `network`; its `values` also hold what it replaces in the base
 * (`modules_to_save`). Names may be those of any version of the transformers class. Errors, all before anything is changed: those of
 * `readPeftConfig`; `adapter.files`; `adapter.base` for names and shapes that are not this network's; `adapter.rank`; `adapter.exists`.
 */
export async function loadAdapter(dir, base) {
    const config = await readPeftConfig(dir);
    const file = await openWeights(dir);
    const found = readAdapterNames(file, base, config);
    const options = new Map([...found.layers].map(([path, layer]) => [path, layerOptions(path, layer, { config, place: file.place })]));
    const layers = placeLoras(base.network, options);
    try {
        const values = new Map();
        const read = async (p, name) => {
            values.set(p, (await file.read(name, { as: 'float32' })));
        };
        for (const [path, { a, b, magnitude }] of found.layers) {
            const { lora_A, lora_B, lora_magnitude_vector: lengths } = layers.get(path).adapter;
            await read(lora_A.weight, a);
            await read(lora_B.weight, b);
            if (lengths && magnitude)
                await read(lengths, magnitude);
        }
        for (const [p, [first = '', ...copies]] of found.saved) {
            await read(p, first);
            for (const copy of copies)
                assertSame(values.get(p), await file.read(copy, { as: 'float32' }), { first, copy, place: file.place });
        }
        const spec = lora({
            rank: config.r,
            alpha: config.lora_alpha,
            dropout: Math.min(config.lora_dropout, 1 - 1e-7),
            rslora: config.use_rslora ?? false,
            dora: config.use_dora ?? false,
            targets: [...layers.keys()],
            modulesToSave: [...found.modules.keys()],
        });
        return { ...attachedLora({ spec, layers, saved: found.modules, values }), dir, base: config.base_model_name_or_path ?? undefined };
    }
    catch (error) {
        detachLora({ layers });
        throw error;
    }
}
/** Rows of one of some parameters of the base as an adapter's folder has them; undefined where it has none whole. Errors: `adapter.files`. */
export async function adapterRows(dir, base, wanted) {
    return savedRows(await openWeights(dir), base, wanted);
}
/** Rank by the tensors, which the config must agree with; alpha by the config. */
function layerOptions(path, layer, { config, place }) {
    const { rank, module, magnitude } = layer;
    const expected = patternValue(config.rank_pattern ?? {}, module, 'rank_pattern') ?? config.r;
    if (rank !== expected)
        throw new SensoriumError('adapter.rank', 'weights and config of the adapter disagree on the rank', {
            place: `${place}: ${module}`,
            expected: `rank ${expected}, by ${ADAPTER_FILES.config}`,
            got: `rank ${rank}`,
            hint: 'The two files belong to different adapters',
        });
    const dora = config.use_dora ?? false;
    if (dora !== (magnitude !== undefined))
        throw new SensoriumError('adapter.base', 'weights and config of the adapter disagree on use_dora', {
            place: `${place}: ${path}`,
            expected: dora ? 'a lora_magnitude_vector' : 'none',
            got: dora ? 'none' : 'a lora_magnitude_vector',
        });
    const alpha = patternValue(config.alpha_pattern ?? {}, module, 'alpha_pattern') ?? config.lora_alpha;
    return { rank, alpha, rslora: config.use_rslora ?? false, dora, dropout: config.lora_dropout };
}
/** peft unties what it trains whole; a network that has one matrix in both places cannot hold two. */
function assertSame(one, other, { first, copy, place }) {
    if (one.data.every((v, i) => v === other.data[i]))
        return;
    throw new SensoriumError('adapter.tied', 'the adapter parts a matrix that is one in its base', {
        place,
        expected: `${first} and ${copy} to be equal`,
        got: 'different values',
        hint: 'Untie the base first: tie_word_embeddings false in config.json and both matrices in the weights',
    });
}
async function openWeights(dir) {
    const isThere = async (name) => stat(join(dir, name)).then((s) => s.isFile(), () => false);
    if (await isThere(ADAPTER_FILES.weights))
        return SafetensorsFile.open(join(dir, ADAPTER_FILES.weights));
    if (await isThere('adapter_model.bin'))
        throw new SensoriumError('adapter.files', 'the weights of the adapter are a pickle, which can run code when it is read', {
            place: join(dir, 'adapter_model.bin'),
            expected: ADAPTER_FILES.weights,
            hint: 'Load it with peft in Python and save it again: save_pretrained(dir)',
        });
    throw new SensoriumError('adapter.files', 'the folder of the adapter has no weights', { place: dir, expected: ADAPTER_FILES.weights });
}
/** Refuses DoRA on weights that are quantized. Errors: `adapter.quantized`. */
export function assertAdaptable({ layers, spec }, values) {
    if (!spec.dora)
        return;
    for (const [path, { weight }] of layers)
        if (values.get(weight) instanceof PackedTensor)
            throw new SensoriumError('adapter.quantized', 'an adapter with DoRA needs a base whose weights are floats', {
                place: path,
                got: 'a quantized weight',
                hint: 'Merge the adapter into the float model (sensorium merge), then quantize the result',
            });
}
//# sourceMappingURL=peft.js.map