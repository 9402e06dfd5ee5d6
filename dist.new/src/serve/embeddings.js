// POST /v1/embeddings: texts and images to unit vectors of a CLIP, as numbers or as base64 (what the openai package asks for).
import { openImage } from '../media/index.js';
import { chosenEmbedder } from './catalog.js';
import { pixelTurns } from './decode-images.js';
import { ApiError, badRequest, toApiError } from './errors.js';
import { imageSources, openUrl } from './messages.js';
import { readJson } from './request.js';
import { sendJson } from './write-json.js';
/** Pixels of one image: a batch holds at most 256 of them, one decoded at a time. */
const MAX_PIXELS = 25e6;
/** Answers an embeddings request. */
export async function embeddings(c, server) {
    const request = await readJson(c, 'embeddings');
    const embedder = await chosenEmbedder(c, server, request.model);
    if (request.dimensions && request.dimensions !== embedder.width)
        throw badRequest(`This model's embeddings have ${embedder.width} dimensions`, 'dimensions', { code: 'invalid_value' });
    const signal = c.get('signal');
    const owner = `embeddings of ${c.get('client')}`; // beside the same client's chats, not before them
    const items = itemsOf(request.input);
    const texts = [];
    const images = [];
    for (const [at, item] of items.entries()) {
        if (typeof item === 'string' || Array.isArray(item))
            texts.push({ at, text: item });
        else if (item.type === 'text')
            texts.push({ at, text: item.text });
        else
            images.push({ at, url: item.image_url.url });
    }
    if (images.length > server.limits.maxImages)
        throw badRequest(`Too many images: at most ${server.limits.maxImages} in one request`, 'input', { code: 'too_many_images' });
    const sources = imageSources(c, server);
    const record = c.get('record');
    record.images = images.length;
    const vectors = new Array(items.length);
    try {
        const embedded = await embedder.texts(texts.map((t) => t.text), signal, { owner });
        for (const [i, { at }] of texts.entries())
            vectors[at] = embedded.vectors[i];
        record.promptTokens = embedded.tokens;
    }
    catch (error) {
        throw about(error, `input[${texts.length === 1 ? texts[0]?.at : ''}]`);
    }
    for (const { at, url } of images) {
        const param = `input[${at}].image_url.url`;
        const bytes = await openUrl(url, param, { sources, signal });
        const leave = await pixelTurns.take(signal, owner);
        try {
            const image = await openImage(bytes, { maxPixels: MAX_PIXELS }, signal);
            vectors[at] = (await embedder.images([image], signal, { owner })).vectors[0];
        }
        catch (error) {
            throw signal.aborted ? error : about(error, param);
        }
        finally {
            leave();
        }
    }
    const tokens = record.promptTokens ?? 0;
    return await sendJson(c, {
        object: 'list',
        model: embedder.name,
        data: vectors.map((vector, index) => ({ object: 'embedding', index, embedding: encode(vector, request.encoding_format ?? 'float') })),
        usage: { prompt_tokens: tokens, total_tokens: tokens },
    });
}
/** A list of numbers is one input; what else is a list is a list of inputs. */
function itemsOf(input) {
    if (typeof input === 'string')
        return [input];
    return typeof input[0] === 'number' ? [input] : input;
}
/** The error with the field of this request. */
function about(error, param) {
    const { status, message, apiCode, type, cause } = toApiError(error);
    return new ApiError(status, message, { param: status < 500 ? param : undefined, code: apiCode ?? undefined, type, cause });
}
function encode(vector, format) {
    if (format === 'float')
        return Array.from(vector);
    const bytes = Buffer.alloc(vector.length * 4);
    vector.forEach((v, i) => void bytes.writeFloatLE(v, i * 4));
    return bytes.toString('base64');
}
//# sourceMappingURL=embeddings.js.map