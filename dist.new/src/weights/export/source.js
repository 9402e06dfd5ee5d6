// A model folder as exporters see it: the network it describes, each parameter on demand, and the small files beside the weights.
import { access, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ADAPTERS_KEY, CausalDecoder, MultimodalNetwork, readAdapters } from '../../networks/index.js';
import { readChatTemplates } from '../../text/chat-templates.js';
import { SensoriumError } from '../../util/errors.js';
import { mapIoError, readJson } from '../../util/fs.js';
import { FILES } from '../folder.js';
import { openNetwork } from '../open-network.js';
import { readQuantization } from '../quantized.js';
/**
 * Opens a model folder. Errors: `model.architecture`, `model.config`, `weights.*` for files that are missing or do not fit,
 * and `weights.export` for a quantized model.
 */
export async function openExport(dir) {
    const place = join(dir, FILES.config);
    const { family, raw, config, network, weights, match } = await openNetwork(dir, {
        check: (given) => {
            if (readQuantization(given, place))
                throw new SensoriumError('weights.export', 'a quantized model is not exported again', {
                    place,
                    expected: 'a float checkpoint',
                    got: 'quantization_config',
                    hint: 'Export the model that it was made from; every format has types of its own with fewer bits',
                });
            const [adapter] = readAdapters(given, place);
            if (adapter)
                throw unsupported(`${place}: ${ADAPTERS_KEY}`, 'a model without adapters in its layers', adapter.kind);
        },
    });
    const read = async (p) => (await weights.read(match.get(p.name), { as: 'float32' }));
    return { dir, family, raw, config, network, weights, read };
}
/** The language model of a source, and the config that it was built from. Errors: `weights.export` for networks without one. */
export function languageOf({ dir, family, network, config }, wanted) {
    const language = network instanceof MultimodalNetwork ? network.language_model : network;
    if (language instanceof CausalDecoder && wanted.includes(language.config.model_type))
        return language;
    const text = config.text_config?.model_type;
    throw unsupported(dir, `a language model of ${wanted.join(', ')}`, [family.modelType, ...(text ? [`with ${text}`] : [])].join(' '));
}
/** What an export format has no form for. */
export function unsupported(place, expected, got, hint) {
    return new SensoriumError('weights.export', 'this model cannot be exported to this format', { place, expected, got, hint });
}
/** True when the folder holds this file. */
export async function holds(dir, name) {
    try {
        await access(join(dir, name));
        return true;
    }
    catch (error) {
        if (error.code === 'ENOENT')
            return false;
        throw mapIoError(error, join(dir, name));
    }
}
/** Copies the files that are there; returns their names. */
export async function copyFiles(from, to, names) {
    const copied = [];
    for (const name of names) {
        if (!(await holds(from, name)))
            continue;
        await copyFile(join(from, name), join(to, name)).catch((error) => {
            throw mapIoError(error, join(from, name));
        });
        copied.push(name);
    }
    return copied;
}
/** A JSON file of the folder; undefined where there is none. */
export async function optionalJson(dir, name) {
    return (await holds(dir, name)) ? readJson(join(dir, name)) : undefined;
}
/** The chat templates by name, from wherever a folder of any age keeps them; `default` comes first. Undefined where there are none. */
export async function chatTemplatesOf(dir) {
    const found = await readChatTemplates(dir);
    return found && new Map([['default', found.source], ...[...found.all].filter(([name]) => name !== 'default')]);
}
//# sourceMappingURL=source.js.map