// The models of a server under every name that requests can use: models, adapters of models, and aliases of both.

import type { Context } from 'hono';
import type { z } from 'zod';
import { SensoriumError } from '../util/errors.js';
import type { ClipEmbedder } from './clip-embedder.js';
import type { AppEnv, ModelContext, ServerContext } from './context.js';
import { type Engine, type EngineStats, engineBytes } from './engine.js';
import { ApiError } from './errors.js';
import { type EmbedderSource, type LoadedLater, type ModelSource, placesOf, type TranscriberSource } from './model-source.js';
import type { modelCard } from './schema.js';
import type { ServedTranscriber } from './served-transcriber.js';
import type { Shelf, Shelved } from './shelf.js';

type ModelCard = z.infer<typeof modelCard>;
type About = Pick<ModelCard, 'context_length' | 'max_model_len' | 'input_modalities' | 'output_modalities' | 'capabilities'>;

/** A model that answers. */
interface ChatModel {
  readonly item: Shelved<Engine>;
  readonly adapters: readonly string[];
  readonly places: number;
  /** What it takes and gives; known once it was loaded. */
  about?: About;
}

/** What one name stands for. */
interface ChatName {
  readonly model: ChatModel;
  /** Without aliases. */
  readonly name: string;
  readonly adapter?: string;
}

/** What a catalog is made of. */
export interface CatalogOptions {
  shelf: Shelf;
  /** Loaded already; they stay their owner's. */
  engine?: { name: string; value: Engine };
  embedder?: ClipEmbedder;
  transcriber?: ServedTranscriber;
  /** Loaded when they are asked for. */
  models?: readonly ModelSource[];
  embedders?: readonly EmbedderSource[];
  transcribers?: readonly TranscriberSource[];
  /** Other names of models and adapters. */
  aliases?: Readonly<Record<string, string>>;
  /** Called when a reply gets its slot, with the milliseconds that it waited. */
  onStart?: (waitedMs: number) => void;
}

/** What a model of one endpoint alone has. */
interface Specialist {
  readonly name: string;
  readonly bytes: number;
  dispose(): Promise<void>;
}

/** The models of one endpoint alone, under all their names. */
class Specialists<T extends Specialist> {
  readonly items: Shelved<T>[] = [];
  private readonly names = new Map<string, Shelved<T>>();

  constructor(
    private readonly shelf: Shelf,
    readonly modalities: Pick<ModelCard, 'input_modalities' | 'output_modalities'>,
  ) {}

  /** One that is loaded; it stays its owner's. */
  keep(value: T): void {
    this.push(this.shelf.keep(value.name, value, ({ bytes }) => bytes));
  }

  add({ name, bytes, load }: LoadedLater<T>): void {
    const unload = (value: T): Promise<void> => value.dispose();
    this.push(this.shelf.add<T>({ name, bytes, maxWaiting: placesOf({}), load, unload, bytesOf: (value) => value.bytes }));
  }

  find(name: string): Shelved<T> | undefined {
    return this.names.get(name);
  }

  /** The model of a name. Throws `ApiError` 404. */
  get(name: string): Shelved<T> {
    const found = this.names.get(name);
    if (!found) throw noSuchModel(name, this.names.keys());
    return found;
  }

  /** Takes an alias of one of them; false where it names none. */
  alias(alias: string, name: string): boolean {
    const item = this.names.get(name);
    if (item) this.names.set(alias, item);
    return item !== undefined;
  }

  get all(): readonly string[] {
    return [...this.names.keys()];
  }

  private push(item: Shelved<T>): void {
    this.names.set(item.name, item);
    this.items.push(item);
  }
}

/** The models of one server. */
export class Catalog {
  readonly models: ChatModel[] = [];
  /** Of /v1/embeddings. */
  readonly embedders: Specialists<ClipEmbedder>;
  /** Of /v1/audio. */
  readonly transcribers: Specialists<ServedTranscriber>;
  private readonly chats = new Map<string, ChatName>();
  private readonly aliases: Readonly<Record<string, string>>;
  private readonly created = Math.floor(Date.now() / 1000);
  /** What models found in their caches before they were unloaded. */
  private readonly past = { prefix: 0, features: 0 };

  /** Throws `serve.name` for a name that is given twice and an alias of nothing, `serve.model` where there is nothing to serve. */
  constructor({ shelf, engine, models = [], aliases = {}, onStart, ...options }: CatalogOptions) {
    this.aliases = aliases;
    this.embedders = new Specialists(shelf, { input_modalities: ['text', 'image'], output_modalities: ['embedding'] });
    this.transcribers = new Specialists(shelf, { input_modalities: ['audio'], output_modalities: ['text'] });
    const begin = (value: Engine): About => {
      value.onStart = onStart;
      return aboutOf(value);
    };
    if (engine) {
      const { name, value } = engine;
      const item = shelf.keep(name, value, engineBytes);
      this.addModel({ item, adapters: value.adapters ?? [], places: placesOf(value.stats()), about: begin(value) });
    }
    for (const source of models) {
      const { name, bytes, adapters = [], places = placesOf({}) } = source;
      const load = async (signal: AbortSignal): Promise<Engine> => {
        const value = await source.load(signal);
        model.about = begin(value);
        return value;
      };
      const unload = async (value: Engine): Promise<void> => {
        const { prefix = 0, features = 0 } = value.cacheHits?.() ?? {};
        this.past.prefix += prefix;
        this.past.features += features;
        await value.dispose();
      };
      const item = shelf.add<Engine>({ name, bytes, maxWaiting: places, load, unload, bytesOf: engineBytes });
      const model: ChatModel = { item, adapters, places };
      this.addModel(model);
    }
    const { embedder, embedders = [], transcriber, transcribers = [] } = options;
    this.addSpecialists(this.embedders, embedder, embedders);
    this.addSpecialists(this.transcribers, transcriber, transcribers);
    if (this.models.length === 0)
      throw new SensoriumError('serve.model', 'there is nothing to serve', { expected: 'an engine with the name of its model, or models' });
    for (const [alias, name] of Object.entries(aliases)) this.addAlias(alias, name);
  }

  /** The model that answers where only one is asked about. */
  get first(): ChatModel {
    return this.models[0] as ChatModel;
  }

  /** All that is on the shelf. */
  get items(): readonly (Shelved<Engine> | Shelved<ClipEmbedder> | Shelved<ServedTranscriber>)[] {
    return [...this.models.map(({ item }) => item), ...this.embedders.items, ...this.transcribers.items];
  }

  /** Engines that are loaded. */
  get engines(): readonly Engine[] {
    return this.models.flatMap(({ item }) => item.value ?? []);
  }

  /** Replies that may run or wait at all models together. */
  get places(): number {
    return this.models.reduce((sum, { places }) => sum + places, 0);
  }

  /** How busy all models are together; what is not loaded has neither slots nor a queue. */
  stats(): EngineStats {
    const sum = { running: 0, queued: 0, slots: 0, maxQueue: 0 };
    for (const engine of this.engines) {
      const { running, queued, slots, maxQueue } = engine.stats();
      sum.running += running;
      sum.queued += queued;
      sum.slots += slots;
      sum.maxQueue += maxQueue;
    }
    return sum;
  }

  /** What was found in caches since the start; undefined where no model knows. */
  cacheHits(): { prefix: number; features: number } | undefined {
    const hits = this.engines.flatMap((engine) => engine.cacheHits?.() ?? []);
    if (hits.length === 0 && this.past.prefix + this.past.features === 0) return undefined;
    return hits.reduce((sum, { prefix, features }) => ({ prefix: sum.prefix + prefix, features: sum.features + features }), this.past);
  }

  /** Why no model would take a request now; undefined where one would. */
  get refusal(): string | undefined {
    const reasons = this.models.map(({ item }) => {
      if (item.state === 'failed') return 'the model cannot be loaded';
      const { running, queued, slots, maxQueue } = item.value?.stats() ?? { running: 0, queued: 0, slots: 1, maxQueue: 0 };
      return running >= slots && queued >= maxQueue ? 'the queue is full' : undefined;
    });
    return reasons.includes(undefined) ? undefined : reasons[0];
  }

  /** The model or adapter of a name. Throws `ApiError` 404. */
  chat(name: string): ChatName {
    const found = this.chats.get(name);
    if (!found) throw noSuchModel(name, this.chats.keys());
    return found;
  }

  /** Every name with what is known of it, in the order of the options; aliases last. */
  cards(): ModelCard[] {
    const { created } = this;
    const common = { object: 'model', created, owned_by: 'sensorium' } as const;
    const cards = this.models.flatMap(({ item, adapters, about }): ModelCard[] => {
      const { name, state } = item;
      const card = { ...common, ...about, root: name, state };
      return [{ id: name, ...card, parent: null }, ...adapters.map((id) => ({ id, ...card, parent: name }))];
    });
    for (const { items, modalities } of [this.embedders, this.transcribers])
      for (const { name, state } of items) cards.push({ id: name, ...common, ...modalities, state });
    const byId = new Map(cards.map((card) => [card.id, card]));
    for (const id of Object.keys(this.aliases)) {
      const name = (this.chats.get(id) ?? this.embedders.find(id) ?? this.transcribers.find(id))?.name ?? '';
      cards.push({ ...(byId.get(name) as ModelCard), id, alias_of: name });
    }
    return cards;
  }

  private addModel(model: ChatModel): void {
    const { item, adapters } = model;
    this.checkName(item.name);
    this.chats.set(item.name, { model, name: item.name });
    for (const adapter of adapters) {
      this.checkName(adapter, 'serve.adapter');
      this.chats.set(adapter, { model, name: adapter, adapter });
    }
    this.models.push(model);
  }

  private addSpecialists<T extends Specialist>(to: Specialists<T>, loaded: T | undefined, later: readonly LoadedLater<T>[]): void {
    if (loaded) {
      this.checkName(loaded.name);
      to.keep(loaded);
    }
    for (const source of later) {
      this.checkName(source.name);
      to.add(source);
    }
  }

  private addAlias(alias: string, name: string): void {
    this.checkName(alias);
    const chat = this.chats.get(name);
    if (chat) this.chats.set(alias, chat);
    else if (!this.embedders.alias(alias, name) && !this.transcribers.alias(alias, name))
      throw new SensoriumError('serve.name', 'an alias names no model of the server', {
        place: alias,
        expected: [...this.chats.keys(), ...this.embedders.all, ...this.transcribers.all].join(', '),
        got: name,
      });
  }

  private checkName(name: string, code: 'serve.name' | 'serve.adapter' = 'serve.name'): void {
    if (name !== '' && !this.chats.has(name) && !this.embedders.find(name) && !this.transcribers.find(name)) return;
    throw new SensoriumError(code, name === '' ? 'a model has no name' : 'two models would have the same name', {
      expected: 'a name that no other model of the server has',
      got: name === '' ? 'nothing' : name,
    });
  }
}

function aboutOf({ abilities, contextLength }: Engine): About {
  const { images, videos = false, audio, tools, schema, regions, masks, draws } = abilities;
  return {
    context_length: contextLength,
    max_model_len: contextLength,
    input_modalities: [
      'text',
      ...(images ? ['image' as const] : []),
      ...(videos ? ['video' as const] : []),
      ...(audio ? ['audio' as const] : []),
    ],
    output_modalities: ['text', ...(draws ? ['image' as const] : [])],
    capabilities: { tools, json_schema: schema, ...(regions ? { regions } : {}), ...(masks ? { masks } : {}) },
  };
}

/**
 * The model that a request names, loaded for as long as the request lasts; noted in the record. Throws `ApiError`: 404 for a name that is
 * not served, 503 for a model that cannot be loaded now.
 */
export async function chosenModel(c: Context<AppEnv>, server: ServerContext, wanted: string): Promise<ModelContext> {
  const { model, name, adapter } = server.catalog.chat(wanted);
  c.get('record').model = name;
  const engine = await leased(c, model.item);
  const { limits, remote, files, clock } = server;
  return { engine, adapter, limits, remote, files, clock };
}

/** The model for embeddings that a request names, as `chosenModel` does it. */
export function chosenEmbedder(c: Context<AppEnv>, { catalog }: ServerContext, wanted: string): Promise<ClipEmbedder> {
  return chosen(c, catalog.embedders, wanted);
}

/** The model for transcripts that a request names, as `chosenModel` does it. */
export function chosenTranscriber(c: Context<AppEnv>, { catalog }: ServerContext, wanted: string): Promise<ServedTranscriber> {
  return chosen(c, catalog.transcribers, wanted);
}

async function chosen<T extends Specialist>(c: Context<AppEnv>, models: Specialists<T>, wanted: string): Promise<T> {
  const item = models.get(wanted);
  c.get('record').model = item.name;
  return leased(c, item);
}

async function leased<T>(c: Context<AppEnv>, item: Shelved<T>): Promise<T> {
  const signal = c.get('signal');
  const { value, release } = await item.lease(signal);
  if (signal.aborted) {
    release(); // the request may be over already
    throw signal.reason;
  }
  c.get('leave').push(release);
  return value;
}

/** The error for a model that is not served here. */
export function noSuchModel(model: string, served: Iterable<string>): ApiError {
  return new ApiError(404, `The model '${model.slice(0, 100)}' does not exist`, {
    param: 'model',
    code: 'model_not_found',
    hint: `This server has: ${[...served].join(', ')}.`,
  });
}
