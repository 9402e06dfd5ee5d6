// Models of this package as models of the AI SDK, in the same process: generateText({ model: sensorium('models/sensorium-tiny'), … }).
import { randomUUID } from 'node:crypto';
import { APICallError, NoSuchModelError, } from '@ai-sdk/provider';
import { Mllm } from '../generate/index.js';
import { requestOf } from './ai-prompt.js';
import { ClipEmbedder } from './clip-embedder.js';
import { ApiError } from './errors.js';
import { ModelEngine } from './model-engine.js';
import { expectedCalls, ReplyReader } from './reply.js';
/** A provider with options of its own. */
export function createSensorium(options = {}) {
    const engines = new Map();
    const embedders = new Map();
    const once = (loaded, dir, load) => {
        let model = loaded.get(dir);
        if (!model) {
            model = load();
            loaded.set(dir, model);
            model.catch(() => loaded.delete(dir)); // the caller has the error; the next use tries again
        }
        return model;
    };
    const others = [];
    const track = (engine) => {
        others.push(engine);
        return engine;
    };
    const languageModel = (model, { adapter } = {}) => {
        if (typeof model === 'string')
            return new SensoriumModel(model, () => once(engines, model, () => ModelEngine.load(model, options)), adapter);
        if (!(model instanceof Mllm))
            return new SensoriumModel('loaded', async () => model, adapter);
        let engine;
        return new SensoriumModel('loaded', () => (engine ??= track(ModelEngine.create(model, options))), adapter);
    };
    const provider = (model, choice) => languageModel(model, choice);
    return Object.assign(provider, {
        specificationVersion: 'v3',
        languageModel,
        embeddingModel: (dir) => embeddingModel(dir, () => once(embedders, dir, () => ClipEmbedder.load(dir, options))),
        imageModel: (modelId) => {
            throw new NoSuchModelError({ modelId, modelType: 'imageModel' });
        },
        dispose: async () => {
            const loaded = await Promise.allSettled([...engines.values(), ...embedders.values(), ...others.splice(0)]);
            engines.clear();
            embedders.clear();
            for (const model of loaded)
                if (model.status === 'fulfilled')
                    await model.value.dispose();
        },
    });
}
/** The provider with default options. */
export const sensorium = createSensorium();
class SensoriumModel {
    load;
    adapter;
    specificationVersion = 'v3';
    provider = 'sensorium';
    modelId;
    supportedUrls = {}; // the SDK downloads what its user's URLs name
    constructor(model, load, adapter) {
        this.load = load;
        this.adapter = adapter;
        this.modelId = adapter ?? model;
    }
    async doGenerate(options) {
        const running = await this.start(options);
        let text = '';
        let last;
        const calls = [];
        for await (const event of running.reply) {
            last = running.reader.read(event);
            text += last.text;
            for (const { id, function: f } of last.calls)
                calls.push({ type: 'tool-call', toolCallId: id, toolName: f.name, input: f.arguments });
        }
        return {
            content: [...(text === '' ? [] : [{ type: 'text', text }]), ...calls],
            finishReason: finishOf(last),
            usage: usageOf(running),
            warnings: running.warnings,
            response: running.response,
        };
    }
    async doStream(options) {
        const parts = streamParts(await this.start(options));
        const stream = new ReadableStream({
            async pull(controller) {
                const next = await parts.next();
                if (next.done)
                    controller.close();
                else
                    controller.enqueue(next.value);
            },
            async cancel() {
                await parts.return(undefined);
            },
        }, { highWaterMark: 0 });
        return { stream };
    }
    async start(options) {
        const engine = await this.load();
        const { request, warnings } = requestOf(options, engine.abilities);
        try {
            const reader = new ReplyReader({ logprobs: false, ...expectedCalls(request) });
            return {
                reply: await engine.submit({ ...request, adapter: this.adapter }),
                reader,
                warnings,
                response: { id: randomUUID(), timestamp: new Date(), modelId: this.modelId },
            };
        }
        catch (error) {
            throw asSdkError(error);
        }
    }
}
async function* streamParts({ reply, reader, warnings, response }) {
    yield { type: 'stream-start', warnings };
    yield { type: 'response-metadata', ...response };
    let last;
    let open = false;
    try {
        for await (const event of reply) {
            last = reader.read(event);
            if (last.text !== '') {
                if (!open)
                    yield { type: 'text-start', id: '0' };
                open = true;
                yield { type: 'text-delta', id: '0', delta: last.text };
            }
            for (const { id, function: f } of last.calls) {
                yield { type: 'tool-input-start', id, toolName: f.name };
                yield { type: 'tool-input-delta', id, delta: f.arguments };
                yield { type: 'tool-input-end', id };
                yield { type: 'tool-call', toolCallId: id, toolName: f.name, input: f.arguments };
            }
        }
    }
    catch (error) {
        yield { type: 'error', error: asSdkError(error) };
        return;
    }
    if (open)
        yield { type: 'text-end', id: '0' };
    yield { type: 'finish', finishReason: finishOf(last), usage: usageOf({ reply, reader }) };
}
function finishOf(last) {
    const raw = last?.finish;
    return { unified: raw === 'tool_calls' ? 'tool-calls' : (raw ?? 'other'), raw };
}
function usageOf({ reply, reader }) {
    return {
        inputTokens: { total: reply.promptTokens, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
        outputTokens: { total: reader.tokens, text: undefined, reasoning: undefined },
    };
}
/** A full queue is worth another try, which the SDK makes for its own class of errors; everything else says itself what is wrong. */
function asSdkError(error) {
    if (!(error instanceof ApiError) || error.status !== 429)
        return error;
    return new APICallError({
        message: error.message,
        url: 'sensorium:',
        requestBodyValues: {},
        statusCode: error.status,
        responseHeaders: error.retryAfter === undefined ? undefined : { 'retry-after': String(error.retryAfter) },
        isRetryable: true,
        cause: error,
    });
}
function embeddingModel(modelId, load) {
    return {
        specificationVersion: 'v3',
        provider: 'sensorium',
        modelId,
        maxEmbeddingsPerCall: 256,
        supportsParallelCalls: true,
        async doEmbed({ values, abortSignal }) {
            const { vectors, tokens } = await (await load()).texts(values, abortSignal);
            return { embeddings: vectors.map((vector) => Array.from(vector)), usage: { tokens }, warnings: [] };
        },
    };
}
//# sourceMappingURL=ai-provider.js.map