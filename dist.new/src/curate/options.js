// Options of a run over a data set, its result, and what makes a run what it is.
import { chosenFilters } from './filters/index.js';
/** How captions were made, by names and numbers. */
export const loopOf = ({ captioner, selectors, ...how }) => ({
    captioner: captioner.name,
    selectors: selectors.map(({ name }) => name),
    ...how,
});
/** What makes a run what it is, as plain JSON. */
export function curateIdentity(path, source, options) {
    const { to = 'webdataset', explain = false, transforms = [], recipe, share, limit, images, rowsPerFile, embedder, labeler, caption, about, } = options;
    const identity = {
        path,
        units: source.units.map(({ name, bytes }) => [name, bytes]),
        filters: chosenFilters(options.filters).map(({ row, settings }) => [row.name, settings]),
        ...{ transforms, to, recipe, explain, share, limit, images, rowsPerFile },
        ...{ clip: embedder?.name, detector: labeler?.name, caption: caption && loopOf(caption), ...about },
    };
    return JSON.parse(JSON.stringify(identity));
}
/** Cosine of two unit vectors, to four digits: the last ones depend on the machine. */
export function cosine(a, b) {
    let sum = 0;
    for (let i = 0; i < (a?.length ?? 0); i++)
        sum += (a?.[i] ?? 0) * (b?.[i] ?? 0);
    return Math.round(sum * 1e4) / 1e4;
}
//# sourceMappingURL=options.js.map