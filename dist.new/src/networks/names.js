// Renaming parameters by leading path segments, both ways: what family rows and weight files are bridged with.
import { SensoriumError } from '../util/errors.js';
const starts = (name, prefix) => prefix === '' || name === prefix || (name.startsWith(prefix) && name[prefix.length] === '.');
function swap(name, pairs) {
    let best;
    for (const pair of pairs)
        if (starts(name, pair[0]) && (!best || pair[0].length > best[0].length))
            best = pair;
    if (!best)
        return name;
    const rest = best[0] === '' ? name : name.slice(best[0].length + 1);
    return [best[1], rest].filter((part) => part !== '').join('.');
}
/**
 * Renames by leading path segments, `[ours, file]` pairs; the longest prefix wins, other names stay. An empty prefix stands
 * for every name: `['vision_tower', '']` strips `vision_tower.` on the way to the file.
 */
export function prefixMap(pairs) {
    for (const side of [0, 1]) {
        const seen = new Set(pairs.map((pair) => pair[side]));
        if (seen.size !== pairs.length)
            throw new SensoriumError('weights.name', 'a prefix appears twice', { place: 'prefixMap', got: pairs.map((p) => p[side]).join(', ') });
    }
    const forward = pairs.map(([ours, file]) => [ours, file]);
    const backward = pairs.map(([ours, file]) => [file, ours]);
    const convert = (name, there, back) => {
        const result = swap(name, there);
        if (swap(result, back) !== name)
            throw new SensoriumError('weights.name', 'this name has no counterpart', {
                place: name,
                expected: `a name whose renaming can be undone (${there.map(([a, b]) => `${a || '*'} -> ${b || '*'}`).join(', ')})`,
                got: `${result}, which comes back as ${swap(result, back)}`,
            });
        return result;
    };
    return { toFile: (name) => convert(name, forward, backward), toOurs: (name) => convert(name, backward, forward) };
}
/**
 * LlavaForConditionalGeneration has two layouts: the one it is published in (which is ours), and the attribute names of
 * transformers >= 4.52, which some tools write.
 */
export const llavaAttributeNames = prefixMap([
    ['language_model.model', 'model.language_model'],
    ['language_model.lm_head', 'lm_head'],
    ['vision_tower', 'model.vision_tower'],
    ['multi_modal_projector', 'model.multi_modal_projector'],
    ['image_newline', 'model.image_newline'],
]);
/** True where a file has names below this prefix (which ends with a dot). */
export const hasPrefix = (inFile, prefix) => {
    for (const name of inFile)
        if (name.startsWith(prefix))
            return true;
    return false;
};
/** The map for a decoder whose file has the names of the base class, without `model.`; nothing for the usual names. */
export function decoderNames(inFile) {
    if (hasPrefix(inFile, 'model.') || !hasPrefix(inFile, 'layers.'))
        return undefined;
    return prefixMap([
        ['model', ''],
        ['lm_head', 'lm_head'],
    ]);
}
/** The map for a network of a base class whose file is that of a class around it, below `prefix` (`convnext.`); nothing for the usual names. */
export const withinNames = (prefix) => (inFile) => hasPrefix(inFile, `${prefix}.`) ? prefixMap([['', prefix]]) : undefined;
/** The names of a base class (LlavaModel, Qwen2VLModel), whose language model has no `model` around it. */
export const baseLanguageNames = prefixMap([
    ['language_model.model', 'language_model'],
    ['language_model.lm_head', 'lm_head'],
]);
/** transformers 5 leaves `vision_model` out of the names of a tower. */
const bareTower = (tower) => prefixMap([[`${tower}vision_model`, tower.replace(/\.$/, '')]]);
/** The map for a LLaVA of any age, by what names are in the file. */
export function llavaNames(inFile) {
    const has = (prefix) => hasPrefix(inFile, prefix);
    const maps = [
        ...(has('vision_tower.embeddings.') || has('model.vision_tower.embeddings.') ? [bareTower('vision_tower.')] : []),
        ...(has('model.language_model.') ? [llavaAttributeNames] : []),
        ...(has('language_model.layers.') ? [baseLanguageNames] : []),
    ];
    if (maps.length === 0)
        return undefined;
    return {
        toFile: (name) => maps.reduce((n, map) => map.toFile(n), name),
        toOurs: (name) => maps.reduceRight((n, map) => map.toOurs(n), name),
    };
}
/** Attributes of LLaVA's classes in transformers 5. */
export const llavaAttributes = llavaNames(new Set(['model.language_model.', 'model.vision_tower.embeddings.']));
/** The map for a tower on its own, which published files have under `vision_model` and those of transformers 5 do not. */
export function towerNames(inFile) {
    return hasPrefix(inFile, 'vision_model.') ? undefined : prefixMap([['vision_model', '']]);
}
/** `Family.tied` of a decoder: files may hold a tied head or leave it out. */
export const tiedDecoderHead = (c) => c.tie_word_embeddings ? { 'lm_head.weight': 'model.embed_tokens.weight' } : {};
/** `Family.tied` of a multimodal network: the same for its language model. */
export const tiedLanguageHead = (c) => c.tie_word_embeddings ? { 'language_model.lm_head.weight': 'language_model.model.embed_tokens.weight' } : {};
//# sourceMappingURL=names.js.map