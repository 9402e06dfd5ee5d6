// The worker of a tab: holds models and runs them, and trains, so that the page stays free. It answers the calls of `protocol.ts`.

import { Mllm as Model } from '../generate/mllm.js';
import type { ChatMessage } from '../text/index.js';
import { isAbort, SensoriumError } from '../util/errors.js';
import { disk } from './disk.js';
import { beginEngine, type Engine } from './engine.js';
import { type OpenedSource, openSource } from './model-source.js';
import type { Asked, AskOptions, CallEvent, Calls, Told, WireError, WireMessage } from './protocol.js';
import { forgetRun, keptRun, keptRuns, type TaughtModel, teach } from './teach.js';
import { keptFolder } from './volume.js';

/** A model that answers. */
interface Held {
  mllm: Model;
  source: OpenedSource;
  /** What a page calls the model, for the files of adapters. */
  name: string;
  /** Folder of its adapter. */
  adapter?: string;
}

interface Context {
  signal: AbortSignal;
  tell(event: CallEvent): void;
}

type Handlers = { [K in keyof Calls]: (input: Parameters<Calls[K]>[0], context: Context) => Promise<ReturnType<Calls[K]>> };

const held = new Map<number, Held>();
let next = 0;
let engine: Promise<Engine> | undefined;
const storage = keptFolder();

function hold(model: Held): number {
  held.set(++next, model);
  return next;
}

function heldOf(number: number): Held {
  const found = held.get(number);
  if (found) return found;
  throw new SensoriumError('web.worker', 'the model has been disposed of', { hint: 'Load it again' });
}

const requestOf = ({ messages, options }: { messages: WireMessage[]; options: AskOptions }, signal: AbortSignal) => ({
  messages: messages as unknown as ChatMessage[],
  ...options,
  signal,
});

const handlers: Handlers = {
  async load({ source, device, threads, adapter }, { signal, tell }) {
    engine ??= beginEngine({ device, threads });
    engine.catch(() => {
      engine = undefined; // may be asked for again in another way
    });
    const { runtime, environment } = await engine;
    const { folder, reason } = await storage;
    const opened = await openSource(source, folder, { signal, onEvent: tell });
    const adapters = adapter ? [(await openSource(adapter, undefined)).dir] : [];
    const mllm = await Model.load(opened.dir, { runtime, adapters, signal });
    const name = 'url' in source ? (source.url.replace(/\/+$/, '').split('/').pop() ?? '') : (source.files[0]?.path.split('/')[0] ?? '');
    const notes = reason ? [...environment.notes, `Nothing is kept for the next visit: ${reason}.`] : environment.notes;
    return {
      model: hold({ mllm, source: opened, name, adapter: adapters[0] }),
      environment: { ...environment, notes, kept: folder !== undefined },
      fetched: opened.fetched,
      broken: opened.broken,
    };
  },

  async reply(o, { signal }) {
    const { text, boxes, finish, tokens } = await heldOf(o.model).mllm.reply(requestOf(o, signal));
    return { text, boxes: boxes as unknown as number[][], finish, tokens: tokens.length };
  },

  async stream(o, { signal, tell }) {
    for await (const { text } of heldOf(o.model).mllm.stream(requestOf(o, signal))) if (text !== '') tell({ type: 'piece', text });
  },

  async teach({ model, pictures, settings }, context) {
    return taught(model, (place, run) => teach(place, { pictures, settings }, run), context);
  },

  async runs({ model }) {
    return keptRuns({ dir: heldOf(model).source.dir, kept: (await storage).folder });
  },

  async resume({ model, id }, context) {
    const work = async (place: Parameters<typeof teach>[0], run: Parameters<typeof teach>[2]): Promise<TaughtModel> => {
      const { pictures, settings } = await keptRun(place, id);
      return teach(place, { pictures, settings }, run);
    };
    return taught(model, work, context);
  },

  async forget({ id }) {
    await forgetRun((await storage).folder, id);
  },

  async adapter({ model }) {
    const { adapter, name } = heldOf(model);
    if (adapter === undefined) throw new SensoriumError('web.model', 'this model has no adapter', { hint: 'Teach it something first' });
    const files: { name: string; bytes: Uint8Array }[] = [];
    for (const [path, file] of disk.folder(adapter).files()) {
      const bytes = await file.slice();
      files.push({ name: path, bytes: path === 'adapter_config.json' ? withBase(bytes, name) : bytes });
    }
    return files;
  },

  async dispose({ model }) {
    const found = held.get(model);
    held.delete(model);
    await found?.mllm.dispose();
    if (found && ![...held.values()].some(({ source }) => source === found.source)) await found.source.volume?.close();
  },
};

/** Trains and holds what comes of it beside the model that it was taught from. */
async function taught(
  number: number,
  work: (place: Parameters<typeof teach>[0], run: Parameters<typeof teach>[2]) => Promise<TaughtModel>,
  { signal, tell }: Context,
): Promise<ReturnType<Calls['teach']>> {
  const { source, name } = heldOf(number);
  const { runtime } = await (engine as Promise<Engine>);
  const place = { dir: source.dir, runtime, kept: (await storage).folder };
  const { model, adapter, steps, seconds, loss } = await work(place, { signal, onEvent: tell });
  return { model: hold({ mllm: Model.of(model, { runtime }), source, name, adapter }), steps, seconds, loss };
}

/** The config of an adapter with the model's own name in place of its folder in this tab. */
function withBase(bytes: Uint8Array, name: string): Uint8Array {
  const config = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  return new TextEncoder().encode(`${JSON.stringify({ ...config, base_model_name_or_path: name }, null, 2)}\n`);
}

/** An error as it can be sent. */
function wireError(error: unknown): WireError {
  if (error instanceof SensoriumError) {
    const { code, summary, place, expected, got, hint, name, message } = error;
    return { code, summary, place, expected, got, hint, name, message };
  }
  const { name = 'Error', message = String(error), stack } = error as Partial<Error>;
  if (!isAbort(error)) console.error(stack ?? message);
  return { code: 'web.worker', summary: message, name, message };
}

const running = new Map<number, AbortController>();
const tell = (told: Told): void => postMessage(told);

addEventListener('message', ({ data }: MessageEvent<Asked>) => {
  if ('abort' in data) running.get(data.id)?.abort();
  else void answer(data);
});

async function answer({ id, call, input }: Extract<Asked, { call: keyof Calls }>): Promise<void> {
  const control = new AbortController();
  running.set(id, control);
  try {
    const handler = handlers[call] as (input: unknown, context: Context) => Promise<unknown>;
    const value = await handler(input, { signal: control.signal, tell: (event) => tell({ id, event }) });
    tell({ id, value });
  } catch (error) {
    tell({ id, error: wireError(error) });
  } finally {
    running.delete(id);
  }
}
