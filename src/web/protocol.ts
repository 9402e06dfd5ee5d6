// What a page and the worker of its model say to each other.

import type { ErrorCode, ErrorDetails, SensoriumError } from '../util/errors.js';
import type { LoadEvent, ModelSource } from './model-source.js';

/** Where a tab computes, and what keeps it from being faster or from keeping things. */
export interface Environment {
  /** `webgpu`: the graphics adapter; `wasm`: WebAssembly on the CPU. */
  device: 'webgpu' | 'wasm';
  /** Of WebAssembly. */
  threads: number;
  /** Whether the page is isolated from others, without which there is one thread. */
  isolated: boolean;
  /** Whether models and runs outlast the tab. */
  kept: boolean;
  /** The adapter's name, with WebGPU. */
  adapter?: string;
  /** What is not as it could be, in sentences for whoever looks at the page. */
  notes: readonly string[];
}

/** A part of a message on its way to the worker: pictures are files' bytes or pixels. */
export type WirePart =
  | { type: 'text'; text: string }
  | { type: 'image'; source: Uint8Array | { width: number; height: number; data: Uint8Array } };

/** A message on its way. */
export interface WireMessage {
  role: string;
  content: string | WirePart[];
}

/** How a reply is asked for. */
export interface AskOptions {
  maxTokens?: number;
  temperature?: number;
  topK?: number;
  topP?: number;
  seed?: number;
}

/** A picture to learn, and its name. */
export interface WirePicture {
  bytes: Uint8Array;
  name: string;
}

/** How a tab fine-tunes. */
export interface TeachSettings {
  /** Default 60. */
  steps?: number;
  /** Pictures of a step. Default 4. */
  batch?: number;
  /** Rank of the adapter. Default 8. */
  rank?: number;
  /** Peak learning rate. Default: by the width of the model, as `sensorium sft` has it. */
  lr?: number;
  /** What is asked about each picture. */
  question?: string;
  /** Steps between checkpoints. Default 10. */
  checkpointEvery?: number;
  seed?: number;
}

/** A run that is kept and is not over. */
export interface KeptRun {
  id: string;
  pictures: WirePicture[];
  settings: Required<Pick<TeachSettings, 'steps' | 'question'>> & TeachSettings;
  /** Steps that are done, by the last checkpoint. */
  step: number;
}

/** What a tab's training says while it goes on. */
export type TeachEvent =
  | { type: 'step'; step: number; steps: number; loss: number; lr: number; milliseconds: number; etaSeconds: number }
  | { type: 'resume'; step: number }
  | { type: 'checkpoint'; step: number }
  | { type: 'warning'; code: string; message: string };

/** What training came to. `model`: the number of the taught one in the worker. */
export interface Taught {
  model: number;
  steps: number;
  seconds: number;
  loss: { first: number; last: number };
}

/** What the page may ask of the worker, and what comes back. */
export interface Calls {
  load(o: {
    source: ModelSource;
    device: 'auto' | 'webgpu' | 'wasm';
    threads?: number;
    adapter?: { files: readonly { path: string; blob: Blob }[] };
  }): { model: number; environment: Environment; fetched: string[]; broken: string[] };
  reply(o: { model: number; messages: WireMessage[]; options: AskOptions }): {
    text: string;
    boxes: number[][];
    finish: string;
    tokens: number;
  };
  stream(o: { model: number; messages: WireMessage[]; options: AskOptions }): void;
  teach(o: { model: number; pictures: WirePicture[]; settings: TeachSettings }): Taught;
  runs(o: { model: number }): KeptRun[];
  resume(o: { model: number; id: string }): Taught;
  forget(o: { model: number; id: string }): void;
  adapter(o: { model: number }): { name: string; bytes: Uint8Array }[];
  dispose(o: { model: number }): void;
}

/** What the worker says before a call is over. */
export type CallEvent = LoadEvent | TeachEvent | { type: 'piece'; text: string };

/** From the page. */
export type Asked = { id: number; call: keyof Calls; input: unknown } | { id: number; abort: true };

/** An error as a message carries it. */
export interface WireError extends Pick<SensoriumError, 'code' | 'summary'>, Omit<ErrorDetails, 'cause'> {
  code: ErrorCode;
  name: string;
  message: string;
}

/** From the worker. */
export type Told = { id: number; event: CallEvent } | { id: number; value: unknown } | { id: number; error: WireError };
