// Models of this package as models of the AI SDK, in the same process: generateText({ model: sensorium('models/sensorium-tiny'), … }).

import { randomUUID } from 'node:crypto';
import {
  APICallError,
  type EmbeddingModelV3,
  type LanguageModelV3,
  type LanguageModelV3CallOptions,
  type LanguageModelV3Content,
  type LanguageModelV3FinishReason,
  type LanguageModelV3GenerateResult,
  type LanguageModelV3StreamPart,
  type LanguageModelV3StreamResult,
  type LanguageModelV3Usage,
  NoSuchModelError,
  type ProviderV3,
  type SharedV3Warning,
} from '@ai-sdk/provider';
import { Mllm } from '../generate/index.js';
import { requestOf } from './ai-prompt.js';
import { ClipEmbedder } from './clip-embedder.js';
import type { Engine, EngineReply } from './engine.js';
import { ApiError } from './errors.js';
import { ModelEngine, type ModelEngineOptions } from './model-engine.js';
import { expectedCalls, type ReplyDelta, ReplyReader } from './reply.js';

/** Models of this package for the AI SDK. */
export interface SensoriumProvider extends ProviderV3 {
  /** A model by its folder, or one that is loaded already; with one of the provider's `adapters`, or as it is. A folder is loaded at the first use and once. */
  (model: string | Mllm | Engine, choice?: { adapter?: string }): LanguageModelV3;
  /** Frees what was loaded by folder; models that were given are left to their owners. */
  dispose(): Promise<void>;
}

/** A provider with options of its own. */
export function createSensorium(options: ModelEngineOptions = {}): SensoriumProvider {
  const engines = new Map<string, Promise<Engine>>();
  const embedders = new Map<string, Promise<ClipEmbedder>>();
  const once = <T>(loaded: Map<string, Promise<T>>, dir: string, load: () => Promise<T>): Promise<T> => {
    let model = loaded.get(dir);
    if (!model) {
      model = load();
      loaded.set(dir, model);
      model.catch(() => loaded.delete(dir)); // the caller has the error; the next use tries again
    }
    return model;
  };
  const others: Promise<Engine>[] = [];
  const track = (engine: Promise<Engine>): Promise<Engine> => {
    others.push(engine);
    return engine;
  };
  const languageModel = (model: string | Mllm | Engine, { adapter }: { adapter?: string } = {}): LanguageModelV3 => {
    if (typeof model === 'string')
      return new SensoriumModel(model, () => once(engines, model, () => ModelEngine.load(model, options)), adapter);
    if (!(model instanceof Mllm)) return new SensoriumModel('loaded', async () => model, adapter);
    let engine: Promise<Engine> | undefined;
    return new SensoriumModel('loaded', () => (engine ??= track(ModelEngine.create(model, options))), adapter);
  };
  const provider: typeof languageModel = (model, choice) => languageModel(model, choice);
  return Object.assign(provider, {
    specificationVersion: 'v3' as const,
    languageModel,
    embeddingModel: (dir: string): EmbeddingModelV3 =>
      embeddingModel(dir, () => once(embedders, dir, () => ClipEmbedder.load(dir, options))),
    imageModel: (modelId: string): never => {
      throw new NoSuchModelError({ modelId, modelType: 'imageModel' });
    },
    dispose: async () => {
      const loaded = await Promise.allSettled([...engines.values(), ...embedders.values(), ...others.splice(0)]);
      engines.clear();
      embedders.clear();
      for (const model of loaded) if (model.status === 'fulfilled') await model.value.dispose();
    },
  });
}

/** The provider with default options. */
export const sensorium: SensoriumProvider = createSensorium();

interface Running {
  reply: EngineReply;
  reader: ReplyReader;
  warnings: SharedV3Warning[];
  response: { id: string; timestamp: Date; modelId: string };
}

class SensoriumModel implements LanguageModelV3 {
  readonly specificationVersion = 'v3';
  readonly provider = 'sensorium';
  readonly modelId: string;
  readonly supportedUrls = {}; // the SDK downloads what its user's URLs name

  constructor(
    model: string,
    private readonly load: () => Promise<Engine>,
    private readonly adapter: string | undefined,
  ) {
    this.modelId = adapter ?? model;
  }

  async doGenerate(options: LanguageModelV3CallOptions): Promise<LanguageModelV3GenerateResult> {
    const running = await this.start(options);
    let text = '';
    let thinking = '';
    let last: ReplyDelta | undefined;
    const calls: LanguageModelV3Content[] = [];
    for await (const event of running.reply) {
      last = running.reader.read(event);
      text += last.text;
      thinking += last.thinking ?? '';
      for (const { id, function: f } of last.calls) calls.push({ type: 'tool-call', toolCallId: id, toolName: f.name, input: f.arguments });
    }
    return {
      content: [
        ...(thinking === '' ? [] : [{ type: 'reasoning' as const, text: thinking }]),
        ...(text === '' ? [] : [{ type: 'text' as const, text }]),
        ...calls,
      ],
      finishReason: finishOf(last),
      usage: usageOf(running),
      warnings: running.warnings,
      response: running.response,
    };
  }

  async doStream(options: LanguageModelV3CallOptions): Promise<LanguageModelV3StreamResult> {
    const parts = streamParts(await this.start(options));
    const stream = new ReadableStream<LanguageModelV3StreamPart>(
      {
        async pull(controller) {
          const next = await parts.next();
          if (next.done) controller.close();
          else controller.enqueue(next.value);
        },
        async cancel() {
          await parts.return(undefined);
        },
      },
      { highWaterMark: 0 },
    );
    return { stream };
  }

  private async start(options: LanguageModelV3CallOptions): Promise<Running> {
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
    } catch (error) {
      throw asSdkError(error);
    }
  }
}

async function* streamParts({ reply, reader, warnings, response }: Running): AsyncGenerator<LanguageModelV3StreamPart> {
  yield { type: 'stream-start', warnings };
  yield { type: 'response-metadata', ...response };
  let last: ReplyDelta | undefined;
  let open = false;
  let thinks = false;
  try {
    for await (const event of reply) {
      last = reader.read(event);
      if (last.thinking) {
        if (!thinks) yield { type: 'reasoning-start', id: 'thinking' };
        thinks = true;
        yield { type: 'reasoning-delta', id: 'thinking', delta: last.thinking };
      }
      if (thinks && (last.text !== '' || last.calls.length > 0)) {
        thinks = false;
        yield { type: 'reasoning-end', id: 'thinking' };
      }
      if (last.text !== '') {
        if (!open) yield { type: 'text-start', id: '0' };
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
  } catch (error) {
    yield { type: 'error', error: asSdkError(error) };
    return;
  }
  if (thinks) yield { type: 'reasoning-end', id: 'thinking' };
  if (open) yield { type: 'text-end', id: '0' };
  yield { type: 'finish', finishReason: finishOf(last), usage: usageOf({ reply, reader }) };
}

function finishOf(last: ReplyDelta | undefined): LanguageModelV3FinishReason {
  const raw = last?.finish;
  return { unified: raw === 'tool_calls' ? 'tool-calls' : (raw ?? 'other'), raw };
}

function usageOf({ reply, reader }: Pick<Running, 'reply' | 'reader'>): LanguageModelV3Usage {
  return {
    inputTokens: { total: reply.promptTokens, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: reader.tokens, text: undefined, reasoning: undefined },
  };
}

/** A full queue is worth another try, which the SDK makes for its own class of errors; everything else says itself what is wrong. */
function asSdkError(error: unknown): unknown {
  if (!(error instanceof ApiError) || error.status !== 429) return error;
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

function embeddingModel(modelId: string, load: () => Promise<ClipEmbedder>): EmbeddingModelV3 {
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
