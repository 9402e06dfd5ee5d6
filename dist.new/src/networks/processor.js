// How a family turns images into what its network takes: ids in the prompt, tensors for the vision program.
import { SensoriumError } from '../util/errors.js';
import { families } from './family.js';
/** `PreparedImage.feeds` from the maker of each input. */
export function feedsFrom(makers) {
    return async (names = Object.keys(makers)) => {
        const feeds = {};
        for (const name of names)
            if (Object.hasOwn(makers, name))
                feeds[name] = await makers[name]();
        return feeds;
    };
}
/** The id of a token that a family cannot do without. Errors: `text.fit`. */
export function requiredToken(tokenizer, name) {
    const id = tokenizer.tokenId(name);
    if (id !== undefined)
        return id;
    throw new SensoriumError('text.fit', 'the tokenizer does not fit the model: a token is missing', {
        place: tokenizer.place,
        expected: name,
        got: 'none',
    });
}
/** Positions that rows take, where `image` begins at `start`. */
export function rowPositions(image, start) {
    return (image.rows ?? [...image.ids.keys()]).map((at) => start + at);
}
/** The same as runs of neighbouring positions. */
export function rowRuns(image, start) {
    const runs = [];
    for (const at of rowPositions(image, start)) {
        const last = runs.at(-1);
        if (last && last[0] + last[1] === at)
            last[1]++;
        else
            runs.push([at, 1]);
    }
    return runs;
}
/** Makes the processor of a folder. Errors: `model.processor` for a family without one, `media.config`, `util.missing`. */
export async function processorOf(family, source) {
    if (!family.processor)
        throw new SensoriumError('model.processor', 'models of this family cannot be asked about images', {
            place: source.dir,
            expected: `model_type ${families()
                .flatMap((row) => (row.processor ? [row.modelType] : []))
                .join(', ')}`,
            got: family.modelType,
        });
    return family.processor(source);
}
//# sourceMappingURL=processor.js.map