// Where jobs run: the program of a worker thread of the pool. It imports the function of a job, runs it and moves the result back.

import os from 'node:os';
import { type MessagePort, parentPort, type Transferable } from 'node:worker_threads';
import { SensoriumError } from './errors.js';

/** What the pool sends: the function, by its module and name, and its input. */
export interface JobMessage {
  url: string;
  name: string;
  input: unknown;
}

/** What a worker answers: first that it is up, then how each job ended. */
export type WorkerMessage = { ready: true } | { value: unknown } | { error: unknown; details?: ErrorFields };

/** A `SensoriumError` as a message carries it. */
export type ErrorFields = Pick<SensoriumError, 'code' | 'place' | 'expected' | 'got' | 'hint'>;

/** The buffers of a value that can be moved: those that a typed array of it covers as a whole. */
export function movable(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer && value.buffer.byteLength === value.byteLength) found.add(value.buffer);
  } else if (Array.isArray(value)) for (const item of value) movable(item, found);
  else if (typeof value === 'object' && value !== null) for (const item of Object.values(value)) movable(item, found);
  return found;
}

function failure(error: unknown): WorkerMessage {
  if (!(error instanceof SensoriumError)) return { error };
  const { code, place, expected, got, hint } = error;
  return { error, details: { code, place, expected, got, hint } };
}

async function run(port: MessagePort, { url, name, input }: JobMessage): Promise<void> {
  let answer: WorkerMessage;
  let moved: Transferable[] = [];
  try {
    const value = await ((await import(url)) as Record<string, (input: unknown) => unknown>)[name]?.(input);
    moved = [...movable(value)];
    answer = { value };
  } catch (error) {
    answer = failure(error);
  }
  try {
    port.postMessage(answer, moved);
  } catch (error) {
    port.postMessage({ error: new Error(`the answer of ${name} cannot be sent: ${String(error)}`) });
  }
}

/** Steps by which the main thread goes before the threads of the pool. */
const NICE = 10;

/** Where there are fewer cores than threads, the main thread has the first: replies under way go on. On Linux a priority is a thread's own. */
function yieldToMain(): void {
  if (process.platform === 'linux') os.setPriority(Math.min(os.constants.priority.PRIORITY_LOW, os.getPriority() + NICE));
}

if (parentPort) {
  const port = parentPort;
  yieldToMain();
  port.on('message', (message: JobMessage) => void run(port, message));
  port.postMessage({ ready: true } satisfies WorkerMessage);
}
