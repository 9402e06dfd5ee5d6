// `sensorium/web`: models that answer, and learn, in a browser tab. This runs on the page; the model is in a worker of its own.

/// <reference lib="dom" />
/// <reference lib="dom.asynciterable" />

import { SensoriumError } from './util/errors.js';
import { Channel } from './web/channel.js';
import type { LoadEvent, ModelSource } from './web/model-source.js';
import { type Part, pictureBytes, type WebMessage, wireMessages } from './web/parts.js';
import type { AskOptions, Environment, KeptRun, Taught, TeachEvent, TeachSettings } from './web/protocol.js';

export { SensoriumError } from './util/errors.js';
export type { LoadEvent } from './web/model-source.js';
export { image, type PictureSource } from './web/parts.js';
export type { AskOptions, Environment, KeptRun, TeachEvent, TeachSettings } from './web/protocol.js';

/** How a model is loaded. */
export interface LoadOptions {
  /** `auto`, the default: WebGPU where the browser has an adapter that is not software, else WebAssembly. */
  device?: 'auto' | 'webgpu' | 'wasm';
  /** Of WebAssembly, on an isolated page. Default: by the cores. */
  threads?: number;
  /** The files of an adapter in peft's layout. */
  adapter?: FileList | readonly File[];
  onProgress?: (event: LoadEvent) => void;
  signal?: AbortSignal;
  /** The worker's program, where it is not beside this module. */
  worker?: string | URL;
}

/** A reply. */
export interface Reply {
  text: string;
  /** Boxes that the reply writes, as [x0,y0,x1,y1] in 0..1 of the picture. */
  boxes: number[][];
  finish: string;
  /** Number of tokens. */
  tokens: number;
}

/** A picture and the name of what is in it. */
export interface NamedPicture {
  image: Blob;
  name: string;
}

/** What belongs to one call. */
interface CallOptions {
  signal?: AbortSignal;
}

/** A model in a worker of this tab. */
export class Mllm {
  private constructor(
    private readonly channel: Channel,
    private readonly number: number,
    /** Where it computes, and what is to be said about that. */
    readonly environment: Environment,
    /** Files that were fetched; the others were kept from an earlier visit. */
    readonly fetched: readonly string[],
    /** Of a model that was taught: how that went. */
    readonly taught?: Omit<Taught, 'model'>,
  ) {}

  /**
   * Loads a model: the URL of a folder (what `sensorium export --to browser` wrote, or any folder in Hugging Face layout), or the files of
   * one that were chosen. What comes from a URL is kept in the browser and checked; a second visit fetches nothing. Errors: `web.model`,
   * `web.fetch`, `web.device`, `web.worker`, `util.full`, `util.locked`, and those of models.
   * @example const model = await Mllm.load('/models/sensorium-tiny')
   */
  static async load(source: string | URL | FileList | readonly File[], options: LoadOptions = {}): Promise<Mllm> {
    const { device = 'auto', threads, adapter, onProgress, signal, worker } = options;
    const channel = new Channel(worker ? new Worker(worker, { type: 'module', name: 'sensorium' }) : ownWorker());
    try {
      const input = { source: sourceOf(source), device, threads, ...(adapter ? { adapter: filesOf(adapter) } : {}) };
      const { model, environment, fetched } = await channel.call('load', input, {
        signal,
        onEvent: (event) => event.type === 'fetch' && onProgress?.(event),
      });
      return new Mllm(channel, model, environment, fetched);
    } catch (error) {
      channel.close();
      throw error;
    }
  }

  /** Answers one message. @example (await model.generate([image(file), 'What is left of the cup?'])).text */
  async generate(content: string | readonly Part[], { signal, ...options }: AskOptions & CallOptions = {}): Promise<Reply> {
    const messages = await wireMessages([{ role: 'user', content }]);
    return this.channel.call('reply', { model: this.number, messages, options }, { signal });
  }

  /** Streams the reply to a conversation, piece by piece. */
  async *stream({ messages, signal, ...options }: { messages: readonly WebMessage[] } & AskOptions & CallOptions): AsyncGenerator<string> {
    const wired = await wireMessages(messages);
    for await (const event of this.channel.events('stream', { model: this.number, messages: wired, options }, { signal }))
      if (event.type === 'piece') yield event.text;
  }

  /**
   * Fine-tunes connector and low-rank adapters on named pictures, in the worker; nothing leaves the machine. Resolves with the model that
   * has learnt, beside this one. The same pictures and settings go on where a tab that was closed had stopped. Errors: `web.picture`,
   * `web.option`, `media.*`, `train.*`, `util.full`.
   */
  async teach(
    pictures: readonly NamedPicture[],
    { signal, onEvent, ...settings }: TeachSettings & CallOptions & { onEvent?: (event: TeachEvent) => void } = {},
  ): Promise<Mllm> {
    void navigator.storage?.persist?.(); // browsers then keep it when they need room
    const wired: { name: string; bytes: Uint8Array }[] = [];
    for (const { image, name } of pictures) wired.push({ name, bytes: await pictureBytes(image) });
    return this.holding(
      await this.channel.call('teach', { model: this.number, pictures: wired, settings }, { signal, onEvent: taughtEvents(onEvent) }),
    );
  }

  /** Runs of `teach` on this model that are kept in the browser, finished or not. */
  runs(): Promise<KeptRun[]> {
    return this.channel.call('runs', { model: this.number });
  }

  /** Goes on with a kept run; one that is finished gives its model at once. */
  async resume(id: string, { signal, onEvent }: CallOptions & { onEvent?: (event: TeachEvent) => void } = {}): Promise<Mllm> {
    return this.holding(await this.channel.call('resume', { model: this.number, id }, { signal, onEvent: taughtEvents(onEvent) }));
  }

  /** Removes a kept run. */
  async forget(id: string): Promise<void> {
    await this.channel.call('forget', { model: this.number, id });
  }

  /** The files of the adapter that was taught or loaded, in peft's layout. Errors: `web.model` for a model without one. */
  async adapter(): Promise<File[]> {
    const files = await this.channel.call('adapter', { model: this.number });
    return files.map(({ name, bytes }) => new File([bytes as Uint8Array<ArrayBuffer>], name));
  }

  /** Frees the model; with the last one of a worker, the worker. */
  async dispose(): Promise<void> {
    await this.channel.leave(() => this.channel.call('dispose', { model: this.number }));
  }

  private holding({ model, ...taught }: Taught): Mllm {
    this.channel.join();
    return new Mllm(this.channel, model, this.environment, [], taught);
  }
}

/** In one expression, by which bundlers know that this is the program of a worker. */
const ownWorker = (): Worker => new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'sensorium' });

const taughtEvents =
  (onEvent?: (event: TeachEvent) => void) =>
  (event: { type: string }): void => {
    if (event.type !== 'fetch' && event.type !== 'piece') onEvent?.(event as TeachEvent);
  };

function sourceOf(source: string | URL | FileList | readonly File[]): ModelSource {
  if (typeof source === 'string' || source instanceof URL) {
    if (!URL.canParse(String(source), document.baseURI))
      throw new SensoriumError('web.model', 'this is not the URL of a model', { got: String(source) });
    return { url: new URL(source, document.baseURI).href };
  }
  return filesOf(source);
}

const filesOf = (files: FileList | readonly File[]): { files: { path: string; blob: Blob }[] } => ({
  files: Array.from(files, (file) => ({ path: file.webkitRelativePath || file.name, blob: file })),
});
