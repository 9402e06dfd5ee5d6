// Shared by stages over rows: their options, how many steps they take, and what their options cannot be.
import { nearest } from '../util/nearest.js';
import { show } from '../util/show.js';
import { isConversations, isMade } from './fine-tune.js';
import { splitRows } from './holdout.js';
import { optionError } from './options.js';
import { stepsPerEpoch } from './order.js';
import { PART_NAMES } from './select.js';
import { trainedModel } from './trained-model.js';
import { assertSource } from './world-samples.js';
/** The order of rows where nothing is said. */
export const ORDER = { shuffle: false, lastBatch: 'short' };
/** The order in which a stage takes its rows. */
export function orderOf({ batch, accumulate, shuffle, lastBatch, seed }, { length }) {
    const number = typeof shuffle === 'number' ? shuffle : shuffle ? seed : undefined;
    return { count: length, batch, accumulate, lastBatch, ...(number === undefined ? {} : { shuffle: number }) };
}
/** Steps of all passes over the data; undefined where there are no rows, which the check reports, or where they are not counted yet. */
export function allPasses(options) {
    const { holdout = 0, epochs = 1, seed } = options;
    const length = options.data?.length;
    if (length === undefined || !Number.isSafeInteger(length) || length <= 0)
        return undefined;
    const rows = holdout > 0 ? splitRows(length, { share: holdout, seed }).train.length : length;
    return Math.ceil(epochs * stepsPerEpoch(orderOf(options, { length: rows })));
}
/** Throws `train.option` for parts that no model has; patterns over the names of parameters are looked up when the stage begins. */
export function checkParts(train, place, parts) {
    const wrong = train.find((part) => !parts.includes(part) && !(parts === PART_NAMES && /[.*]/.test(part)));
    if (train.length === 0 || wrong !== undefined)
        throw optionError('train', {
            place,
            expected: `one or more of ${parts.join(', ')}`,
            got: show(train),
            hint: wrong === undefined ? undefined : didYouMean(wrong, parts),
        });
    const twice = train.find((part, i) => train.indexOf(part) !== i);
    if (twice !== undefined)
        throw optionError('train', { place, expected: 'each part once', got: show(train) });
}
/** Throws `train.option` for an order that cannot be. */
export function checkOrder({ batch, shuffle, lastBatch }, place) {
    if (!Number.isSafeInteger(batch) || batch < 1)
        throw optionError('batch', { place, expected: 'a whole number of at least 1', got: show(batch) });
    if (typeof shuffle !== 'boolean' && !Number.isSafeInteger(shuffle))
        throw optionError('shuffle', { place, expected: 'true, false or a seed (a whole number)', got: show(shuffle) });
    if (lastBatch !== 'short' && lastBatch !== 'wrap')
        throw optionError('lastBatch', { place, expected: "'short' or 'wrap'", got: show(lastBatch) });
}
/** A hint at the nearest of some words. */
export function didYouMean(word, valid) {
    const near = typeof word === 'string' ? nearest(word, valid) : undefined;
    return near ? `Did you mean '${near}'?` : undefined;
}
/** Throws for options of a stage over conversations that cannot be. */
export function checkConversations(options, place) {
    checkOrder(options, place);
    const { data, maxLength, epochs, holdout } = options;
    if (!isConversations(data)) {
        checkParts(options.train, place, PART_NAMES);
        if (data !== undefined && data !== null && !isMade(data))
            assertSource(data, place);
    }
    if (!Number.isSafeInteger(maxLength) || maxLength < 0)
        throw optionError('maxLength', { place, expected: 'a whole number of at least 0', got: show(maxLength) });
    if (!(epochs > 0 && Number.isFinite(epochs)))
        throw optionError('epochs', { place, expected: 'a number above 0', got: show(epochs) });
    if (!(holdout >= 0))
        throw optionError('holdout', { place, expected: 'a share below 1, or a number of rows', got: show(holdout) });
}
/** The options of a stage with its data, and a length for those of scenes. `text`: tokens that the longest need beside their image. */
export function withLength({ options, stage, state }, text) {
    const { data, maxLength } = options;
    if (isConversations(data) || isMade(data))
        return { ...options, data };
    assertSource(data, `stage ${stage.name}`);
    const image = trainedModel(state, stage.name).model.media?.everyImage?.length;
    if (image !== undefined && maxLength > 0 && maxLength <= image)
        throw optionError('maxLength', {
            place: `stage ${stage.name}`,
            expected: `more than the ${image} tokens of an image`,
            got: String(maxLength),
        });
    return { ...options, data, maxLength: maxLength || (image === undefined ? 0 : image + text) };
}
//# sourceMappingURL=stage-options.js.map