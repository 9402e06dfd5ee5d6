// Export as a Hugging Face folder: the canonical files and nothing else, for models whose parts transformers has.
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SensoriumError } from '../../util/errors.js';
import { mapIoError, writeAtomic } from '../../util/fs.js';
import { FILES } from '../folder.js';
import { writeExport } from './output.js';
import { copyFiles, openExport } from './source.js';
/** What transformers reads beside config.json and the weights, in folders of any age. */
const CANONICAL = [
    ...[FILES.tokenizer, FILES.tokenizerConfig, FILES.preprocessor, FILES.processor, FILES.generation, FILES.chatTemplate],
    ...['chat_template.json', 'video_preprocessor_config.json', 'special_tokens_map.json', 'added_tokens.json'],
    ...['vocab.json', 'merges.txt', 'tokenizer.model', 'spiece.model', 'README.md', 'LICENSE', 'LICENSE.txt'],
];
/** Folders beside them: named chat templates, and the tokenizer of InstructBLIP's Q-Former. */
const FOLDERS = ['additional_chat_templates', 'qformer_tokenizer'];
/**
 * Writes a folder that `from_pretrained` of transformers loads. A model of ours that has only published parts gets the plain class.
 * Errors: `weights.export`, naming every part that transformers does not have.
 */
export async function exportHuggingFace(dir, out, { signal } = {}) {
    const source = await openExport(dir);
    const config = plainConfig(source);
    const names = await readdir(dir).catch((error) => {
        throw mapIoError(error, dir);
    });
    const weights = names.includes(FILES.weights)
        ? [FILES.weights]
        : names.filter((name) => name === FILES.index || /^model-\d+-of-\d+\.safetensors$/.test(name)).sort();
    return writeExport(out, async (folder) => {
        // Copied where nothing changes: 1.0 would come back as 1, which transformers refuses in fields that it declares as floats.
        const files = config === source.raw ? await copyFiles(dir, folder, [FILES.config]) : [FILES.config];
        if (config !== source.raw)
            await writeAtomic(join(folder, FILES.config), `${JSON.stringify(config, null, 2)}\n`);
        for (const name of [...weights, ...CANONICAL]) {
            signal?.throwIfAborted();
            files.push(...(await copyFiles(dir, folder, [name])));
        }
        for (const inner of FOLDERS) {
            if (!names.includes(inner))
                continue;
            await mkdir(join(folder, inner));
            const found = await readdir(join(dir, inner));
            files.push(...(await copyFiles(dir, folder, found.filter((name) => /\.(jinja|json|txt)$/.test(name)).map((name) => `${inner}/${name}`))));
        }
        return { files, notes: [] };
    });
}
/** config.json as transformers reads it. */
function plainConfig({ raw, dir }) {
    const missing = foreignParts(raw);
    if (missing.length > 0)
        throw new SensoriumError('weights.export', 'transformers has no class for this model', {
            place: dir,
            expected: 'parts that transformers has',
            got: missing.join('; '),
            hint: 'Export it for transformers.js, whose graphs are complete: --to transformers-js',
        });
    if (raw.model_type !== 'sensorium_llava')
        return raw;
    const { projector, projector_depth, projector_pixel_shuffle, ...plain } = raw;
    return { ...plain, model_type: 'llava' };
}
/** What in a config only Sensorium has. */
function foreignParts(raw) {
    const vision = (raw.vision_config ?? {});
    const found = [];
    if (vision.stem_channels !== undefined)
        found.push('a convolutional stem in the vision tower (vision_config.stem_channels)');
    else if (String(vision.model_type ?? '').startsWith('sensorium_'))
        found.push(`the vision tower ${String(vision.model_type)}`);
    if (raw.projector !== undefined)
        found.push(`the connector ${String(raw.projector.kind ?? 'of its own')} (projector)`);
    if ((raw.projector_pixel_shuffle ?? 1) !== 1)
        found.push('a connector that puts tokens together (projector_pixel_shuffle)');
    if ((raw.projector_depth ?? 2) !== 2)
        found.push('a connector of one layer (projector_depth)');
    const type = String(raw.model_type ?? '');
    if (type.startsWith('sensorium_') && type !== 'sensorium_llava')
        found.push(`the model type ${type}`);
    return found;
}
//# sourceMappingURL=hugging-face.js.map