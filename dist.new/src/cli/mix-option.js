// Several data sets as one: `--data a.jsonl,b.jsonl --mix sqrt|size|sequential|weights=2,1`.
import { existsSync } from 'node:fs';
import { conversations, MIXTURE_KINDS, mixture } from '../data/index.js';
import { choiceOption, numberOption } from './flags.js';
import { usageError } from './report.js';
/** The mixture that options ask for; undefined for one data set as it is. A path with commas that is there is one data set, unless `--mix` is given. */
export function mixtureOf(args) {
    const { data, mix } = args;
    const cap = numberOption('mix-cap', args['mix-cap'], { min: 1, integer: true });
    const textShare = numberOption('text-share', args['text-share'], { min: 0, max: 1 });
    const asked = mix !== undefined || cap !== undefined || textShare !== undefined;
    if (!asked && (!data.includes(',') || existsSync(data)))
        return undefined;
    const files = data.split(',').map((file) => file.trim());
    if (files.some((file) => file === ''))
        throw usageError('a data set has no name', { place: '--data', expected: 'a.jsonl,b.jsonl', got: data });
    const more = { files, ...(cap === undefined ? {} : { cap }), ...(textShare === undefined ? {} : { textShare }) };
    if (!mix?.startsWith('weights=')) {
        const kinds = MIXTURE_KINDS.filter((kind) => kind !== 'weighted');
        return { ...more, how: choiceOption('mix', mix, kinds) ?? 'size' };
    }
    const weights = mix.slice('weights='.length).split(',').map(Number);
    if (weights.length !== files.length || !weights.every((w) => w > 0 && Number.isFinite(w)))
        throw usageError('there must be a weight above 0 for each data set', {
            place: '--mix',
            expected: `weights=${files.map((_, i) => files.length - i).join(',')}`,
            got: mix,
        });
    return { ...more, how: 'weighted', weights };
}
/** The data sets of `mixtureOf`, or the one of a path. */
export function mixedData(path, mix, options, seed) {
    if (!mix)
        return conversations(path, options);
    const { files, weights, ...how } = mix;
    return mixture({
        ...how,
        seed,
        parts: files.map((file, i) => ({ data: conversations(file, options), name: file, ...(weights ? { weight: weights[i] } : {}) })),
    });
}
//# sourceMappingURL=mix-option.js.map