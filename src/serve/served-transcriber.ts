// A Whisper model as the server has it: clients take turns window by window, so that a long sound keeps nobody from a short one.

import { basename, resolve } from 'node:path';
import { type TranscribeOptions, Transcriber, type TranscriptSegment } from '../generate/index.js';
import type { Sound } from '../media/index.js';
import { modelFolder } from '../weights/index.js';
import { Turns } from './turns.js';

/** A model that writes what is said. */
export class ServedTranscriber {
  /** One window is computed at a time: two would only take the cores from each other. */
  private readonly turns = new Turns(1);

  /** Over a model that is loaded, and is disposed of with this. */
  constructor(
    readonly name: string,
    private readonly model: Transcriber,
  ) {}

  /** Loads a Whisper folder in Hugging Face layout, or one of the hub. Errors: those of `Transcriber.load`. */
  static async load(model: string, options: { threads?: number; name?: string; signal?: AbortSignal } = {}): Promise<ServedTranscriber> {
    const { threads, signal, name } = options;
    const dir = await modelFolder(model);
    return new ServedTranscriber(
      name ?? (dir === model ? basename(resolve(dir)) : model),
      await Transcriber.load(dir, { threads, signal }),
    );
  }

  /** Bytes of the weights. */
  get bytes(): number {
    return this.model.bytes;
  }

  /** True for a model of many languages, which also translates into English. */
  get translates(): boolean {
    return this.model.languages.length > 0;
  }

  /** Throws `generate.option` for what this model cannot be asked for. */
  check(options: TranscribeOptions): void {
    this.model.check(options);
  }

  /** What is said, segment by segment. Errors: those of `Transcriber.transcribe`. */
  async *transcribe(sound: Sound, { owner, ...options }: TranscribeOptions & { owner?: string }): AsyncGenerator<TranscriptSegment> {
    const segments = this.model.stream(sound, options);
    try {
      for (;;) {
        const leave = await this.turns.take(options.signal, owner);
        const next = await segments.next().finally(leave);
        if (next.done) return;
        yield next.value;
      }
    } finally {
      await segments.return(undefined);
    }
  }

  /** Frees the programs. */
  async dispose(): Promise<void> {
    this.model.dispose();
  }
}
