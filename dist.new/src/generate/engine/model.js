// What an engine needs of a model, and how models give it: the shared decoder, prompts with their images, features of images.
import { valueBytes } from '../../graph/index.js';
import { languageModel } from '../../model/index.js';
import { SensoriumError } from '../../util/errors.js';
import { Mllm } from '../mllm.js';
import { rowsKey } from './feature-cache.js';
/** The parts of a model that an engine works with. Decoder and weights are those that the model's own `stream` uses. */
export async function engineModel(model) {
    if (!(model instanceof Mllm))
        return model;
    const { network, values, tokenizer, generation } = model.model;
    const decoder = await model.programs.decoder();
    const language = new Set(languageModel(network).parameters());
    let weightBytes = decoder.weightBytes;
    for (const [p, value] of values)
        if (!language.has(p))
            weightBytes += valueBytes(value);
    return {
        decoder,
        weightBytes,
        tokenizer,
        generation,
        encode: (messages, options) => model.encode(messages, options),
        encodeImages: (media) => model.encodeImages(media),
    };
}
/** The prompt of a request, its media not encoded. */
export async function readPrompt(request, model) {
    const { messages, variables, continueFinalMessage, signal } = request;
    const epsilon = request.halle?.epsilon;
    if (request.encode)
        return { ...(await request.encode()), epsilon };
    if (!messages) {
        const { ids = [], features, imagePositions, positions } = request;
        return { ids: Int32Array.from(ids), features, imagePositions, positions, epsilon };
    }
    if (!model.encode)
        throw new SensoriumError('generate.input', 'this model takes no messages', { place: 'messages', hint: 'Send token ids' });
    return { ...(await model.encode(messages, { variables, continueFinalMessage, signal })), epsilon };
}
/** Ids and image rows of a prompt, rows from the cache where that has them. */
export async function encodePrompt(prompt, { model, features, signal }) {
    const { rowWidth: width } = model.decoder.language;
    const { epsilon } = prompt;
    if (prompt.features)
        return { ...promptOfIds(prompt, width), epsilon };
    const images = [];
    for (const media of prompt.media ?? []) {
        signal?.throwIfAborted();
        const rows = await features.rows(media.key, async () => {
            if (!model.encodeImages)
                throw new SensoriumError('generate.input', 'this model takes no images');
            return (await model.encodeImages([media])).data;
        });
        // Ids of the family's own may stand between the rows of an image.
        for (const [start, length, at] of runsOf(media.at)) {
            const key = at === 0 ? media.key : `${media.key} ${at}`;
            images.push({ start, length, key, rows: rows.subarray(at * width, (at + length) * width) });
        }
    }
    return { ids: prompt.ids, images, positions: prompt.positions, epsilon };
}
/** Runs of neighbouring positions, and the place of each among them. */
function runsOf(positions) {
    const runs = [];
    for (const [i, position] of positions.entries()) {
        const last = runs.at(-1);
        if (last && last[0] + last[1] === position)
            last[1]++;
        else
            runs.push([position, 1, i]);
    }
    return runs;
}
/** Image positions that follow one another become one image, named by its rows. */
function promptOfIds({ ids, features, imagePositions: at, positions }, width) {
    if (!features || !at)
        return { ids, images: [], positions };
    const images = runsOf(at).map(([start, length, i]) => {
        const rows = features.data.subarray(i * width, (i + length) * width);
        return { start, length, key: rowsKey(rows), rows };
    });
    return { ids, images, positions };
}
//# sourceMappingURL=model.js.map