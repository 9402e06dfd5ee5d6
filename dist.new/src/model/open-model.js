// A model folder opened: any family that writes text, with its weights, tokenizer, chat template and processor.
import { join } from 'node:path';
import { families, openedBy, setTokenBudget, } from '../networks/index.js';
import { processorOf } from '../networks/processor.js';
import { assertFits, ChatTemplate, endTokensOf, NO_FRAME, readChatTemplates, Tokenizer, templateTokens, textFrame, } from '../text/index.js';
import { ifThere, SensoriumError } from '../util/errors.js';
import { adapterFolder, FILES, loadNetwork, modelFolders, putAdapters, } from '../weights/index.js';
import { readGenerationConfig } from './generation-config.js';
import { growForAdapter, growVocabulary } from './grow-vocabulary.js';
import { Processor } from './processor.js';
/** The language model of a network: itself, or the part of that name. */
export function languageModel(network) {
    return (network.language_model ?? network);
}
/** How models of a family write, by its row and config. Throws `model.architecture` for an encoder, which writes nothing. */
export function modelKind(family, config, place) {
    if (family.kind === 'encoder')
        throw new SensoriumError('model.architecture', 'this model writes no text', {
            place,
            expected: `one of ${[...new Set(families().flatMap((f) => (f.kind === 'encoder' ? [] : f.architectures)))].join(', ')}`,
            got: `${family.architectures[0]}, an encoder`,
            hint: openedBy(family),
        });
    const { model_type } = config.text_config ?? {};
    return families().find((row) => row.modelType === model_type)?.kind === 'seq2seq' ? 'seq2seq' : family.kind;
}
/**
 * Opens a folder in Hugging Face layout, or a model of the hub (`org/name`, `org/name@revision`); for the folder of an adapter its base,
 * with the adapter. Text-only folders may lack a tokenizer or a chat template. Errors: `model.architecture`, `model.config`, `media.config`, `weights.*`, `text.*`, each naming the file.
 */
export async function openModel(name, options = {}) {
    const { signal, kinds = ['causal', 'seq2seq', 'multimodal'], limits } = options;
    const hub = { signal, ...options.hub };
    const { dir, adapters } = await modelFolders(name, hub);
    const base = await loadNetwork(dir, { kinds, signal });
    const { family } = base;
    const kind = modelKind(family, base.config, join(dir, FILES.config));
    const sees = family.processor !== undefined || family.kind === 'multimodal';
    const own = sees ? await Tokenizer.fromFolder(dir) : await ifThere(() => Tokenizer.fromFolder(dir));
    const wanted = [...adapters, ...(await adapterFolders(options.adapters ?? [], hub))];
    const grown = await withVocabulary({ dir, loaded: base, tokenizer: own }, { adapters: wanted, tokens: options.tokens });
    const { tokenizer, vocabulary } = grown;
    const loaded = await putAdapters(grown.loaded, wanted, { seed: options.seed, signal });
    const { config, network } = loaded;
    if (options.imageTokens)
        setTokenBudget(network, options.imageTokens);
    const media = sees && tokenizer ? await processorOf(family, { dir, config, network: network, tokenizer }) : undefined;
    const { vocab_size: vocabSize } = languageModel(network).config;
    const image = media && tokenizer ? imageToken(tokenizer, vocabSize, media, kind) : undefined;
    const generation = await readGenerationConfig({ dir, tokenizer, vocabSize });
    const template = tokenizer && (await templateOf(dir, { tokenizer, media, image, generation, source: options.template }));
    const { startId, endIds } = generation;
    const processor = new Processor({
        dir,
        tokenizer,
        template,
        media,
        limits,
        seq2seq: kind === 'seq2seq' ? { startId: startId ?? startOf(config), endIds } : undefined,
    });
    return { kind, dir, ...loaded, tokenizer, template, media, processor, generation, ...(vocabulary ? { vocabulary } : {}) };
}
/** Adapters with the folders that names mean. */
async function adapterFolders(given, hub) {
    const found = [];
    for (const adapter of given)
        found.push(typeof adapter === 'string' ? await adapterFolder(adapter, { ...hub, revision: undefined }) : adapter);
    return found;
}
/** With the tokens that adapters were trained with, then with `tokens`. */
async function withVocabulary(base, { adapters, tokens = [] }) {
    let grown = base;
    const add = (next) => {
        grown = { ...next, vocabulary: joined(grown.vocabulary, next.vocabulary) };
    };
    for (const adapter of adapters)
        if (typeof adapter === 'string')
            add(await growForAdapter(grown, adapter));
    if (tokens.length > 0)
        add(growVocabulary(grown, tokens));
    return grown;
}
const joined = (one, two) => one && two ? { ...two, added: [...one.added, ...two.added], known: [...one.known, ...two.known], before: one.before } : (two ?? one);
/** The token that replies of an encoder-decoder begin behind, where generation_config.json has none. */
function startOf(config) {
    const c = (config.text_config ?? config);
    return c.decoder_start_token_id ?? c.pad_token_id ?? 0;
}
/** The placeholder as the template writes it. Errors: `text.fit` when the tokenizer is another model's or has no such token. */
function imageToken(tokenizer, vocabSize, { imageTokenId: id, marked = true }, kind) {
    const token = tokenizer.token(id);
    const isSpecial = token !== undefined && (!marked || tokenizer.specialTokens.has(token));
    // `<image>` with another id, or no token of the role at all, is for assertFits to tell.
    assertFits(tokenizer, { vocabSize, imageTokenId: isSpecial && kind !== 'seq2seq' ? undefined : id });
    if (isSpecial)
        return token;
    throw new SensoriumError('text.fit', 'the tokenizer does not fit the model: its image token is an ordinary one', {
        place: tokenizer.place,
        expected: `a special token with the id ${id}`,
        got: token,
        hint: 'Mark it as special in added_tokens of tokenizer.json',
    });
}
/** The given template, else the folder's, else the family's. Errors: `text.template` where a model that takes media has none. */
async function templateOf(dir, { tokenizer, media, image, generation, source }) {
    const found = source === undefined ? await readChatTemplates(dir) : undefined;
    const place = found?.place ?? dir;
    const text = source ?? found?.source ?? media?.template;
    if (!media) {
        const { endIds } = generation;
        if (text === undefined)
            return undefined;
        return ChatTemplate.forTokenizer(tokenizer, source ?? found, dir, { frame: NO_FRAME, endIds });
    }
    if (text === undefined)
        throw new SensoriumError('text.template', 'the model has no chat template', {
            place: dir,
            expected: `${FILES.chatTemplate}, chat_template.json, or chat_template in tokenizer_config.json`,
            hint: 'Add the file',
        });
    const endIds = ownEndFirst(generation.endIds, tokenizer);
    return new ChatTemplate(text, {
        specialTokens: tokenizer.specialTokens.keys(),
        imageToken: image,
        videoToken: media.videoTokenId === undefined ? undefined : tokenizer.token(media.videoTokenId),
        tokens: templateTokens(tokenizer),
        toolTemplate: found?.toolUse,
        endTokens: endTokensOf(tokenizer, { endIds }),
        layout: {
            frame: textFrame(tokenizer),
            endIds,
            adapt: media.adapt?.bind(media),
            sharesImageEdges: media.sharesImageEdges,
            prompt: media.prompt?.bind(media),
            reply: media.reply,
        },
        place,
    });
}
/** End ids, the tokenizer's own first: replies to train on end with it. */
function ownEndFirst(endIds, { specialIds: { eos } }) {
    return [...endIds.filter((id) => id === eos), ...endIds.filter((id) => id !== eos)];
}
//# sourceMappingURL=open-model.js.map