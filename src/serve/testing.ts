// What tests of the server share: an engine whose speed and words are known, and pictures.

import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from '../media/index.js';
import type { ChatMessage } from '../text/index.js';
import { packageRoot } from '../util/package.js';
import { Channel } from './channel.js';
import type { Clock } from './clock.js';
import type { Engine, EngineAbilities, EngineEvent, EngineReply, EngineRequest, EngineStats } from './engine.js';
import { Slots } from './slots.js';

/** A chat template of sensorium-tiny that writes tools and calls. */
export const TOOLS_TEMPLATE = `{%- if tools %}{{ '<|text|>' }}Answer with <tool_call>{"name": …, "arguments": …}</tool_call>. Tools:
{%- for tool in tools %} {{ tool | tojson }}{% endfor %}{{ '<|end|>' }}{% endif -%}
{%- for message in messages -%}
{{ '<|' + message.role + '|>' if message.role in ['user', 'assistant'] else '<|text|>' }}
{%- if message.content is string -%}{{ message.content }}
{%- else -%}{%- for part in message.content -%}{%- if part.type == 'image' -%}{{ '<image>' }}{%- else -%}{{ part.text }}{%- endif -%}{%- endfor -%}
{%- endif -%}
{%- for call in message.tool_calls or [] -%}<tool_call>{{ call.function.arguments.at }}</tool_call>{%- endfor -%}
{{- '<|end|>' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<|assistant|>' }}{%- endif -%}`;

/** How a `FakeEngine` answers. */
export interface FakeOptions {
  slots?: number;
  maxQueue?: number;
  abilities?: Partial<EngineAbilities>;
  /** Milliseconds for each token. Default 0. */
  tokenMs?: number;
  /** The pieces of a reply. Default: `word0 `, `word1 `, … without end. */
  say?: (request: EngineRequest) => readonly string[] | undefined;
  /** Thrown after this many tokens. */
  failAfter?: { tokens: number; error: Error };
}

/** An engine that says what it is told, at its own speed. */
export class FakeEngine implements Engine {
  readonly abilities: EngineAbilities;
  readonly contextLength = 1000;
  readonly requests: EngineRequest[] = [];
  readonly slots: Slots;
  /** Requests that were ended before they were done. */
  aborted = 0;

  constructor(private readonly options: FakeOptions = {}) {
    this.slots = new Slots({ slots: options.slots ?? 4, maxQueue: options.maxQueue ?? 64 });
    this.abilities = { images: true, audio: false, tools: false, schema: false, ...options.abilities };
  }

  async submit(request: EngineRequest): Promise<EngineReply> {
    this.requests.push(request);
    const leaving = new AbortController();
    const signal = AbortSignal.any([leaving.signal, ...(request.signal ? [request.signal] : [])]);
    const ticket = this.slots.enter(signal, request.owner ?? request.cacheSalt);
    const channel = new Channel<EngineEvent>(() => leaving.abort());
    const pump = async (): Promise<void> => {
      try {
        await ticket.ready;
        const words = this.options.say?.(request);
        const limit = Math.min(request.maxTokens ?? 50, words?.length ?? Number.POSITIVE_INFINITY);
        for (let i = 0; i < limit; i++) {
          await new Promise((resolve) => setTimeout(resolve, this.options.tokenMs ?? 0));
          signal.throwIfAborted();
          if (this.options.failAfter?.tokens === i) throw this.options.failAfter.error;
          const text = words?.[i] ?? `word${i} `;
          const choice = {
            id: i,
            text,
            logProb: -0.5,
            get bytes() {
              return [...Buffer.from(text)]; // made when asked for: tests write megabytes
            },
          };
          const top = Array.from({ length: request.topLogProbs ?? 0 }, () => choice);
          channel.push({
            text,
            token: Object.assign(Object.create(choice), { top }),
            finish: i + 1 < limit ? undefined : words ? 'stop' : 'length',
          });
        }
        channel.end();
      } catch (error) {
        if (signal.aborted) this.aborted++;
        channel.fail(error);
      } finally {
        ticket.release();
      }
    };
    void pump();
    return { promptTokens: promptLength(request.messages), [Symbol.asyncIterator]: () => channel[Symbol.asyncIterator]() };
  }

  stats(): EngineStats {
    return { running: this.slots.running, queued: this.slots.queued, ...this.slots.limits };
  }

  async dispose(): Promise<void> {}
}

function promptLength(messages: readonly ChatMessage[]): number {
  return messages.length * 10;
}

/** A data: URL of a plain picture. */
export async function pictureUrl(colour: readonly [number, number, number], width = 8, height = width): Promise<string> {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => colour[i % 3] as number);
  return `data:image/png;base64,${Buffer.from(await encodePng({ width, height, data })).toString('base64')}`;
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  private time = 0;
  private timers: { at: number; action: () => void }[] = [];

  now(): number {
    return this.time;
  }

  after(ms: number, action: () => void): () => void {
    const timer = { at: this.time + ms, action };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /** Moves on, running timers in the order in which they are due. */
  advance(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const next = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.time = next.at;
      this.timers = this.timers.filter((other) => other !== next);
      next.action();
    }
    this.time = end;
  }
}

/** A connection of bare bytes, with everything that came back. */
export interface RawClient {
  socket: Socket;
  heard: () => string;
  /** Resolves with everything that came back when the connection is closed. */
  closed: Promise<string>;
}

/** Opens a connection to a server on this machine and writes to it. */
export function rawClient(port: number, text: string): RawClient {
  let heard = '';
  const socket = connect(port, '127.0.0.1', () => socket.write(text));
  socket.setEncoding('latin1');
  socket.on('data', (data) => {
    heard += String(data);
  });
  socket.on('error', () => {}); // a cut connection is what some tests wait for
  const closed = new Promise<string>((resolve) => void socket.on('close', () => resolve(heard)));
  return { socket, heard: () => heard, closed };
}

/** Resolves when `condition` holds; rejects, with what was waited for, shortly before a test is given up. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 4 * 60_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The T5 of the golden files has no tokenizer: in a folder of its own it gets one with as many tokens. */
export async function t5Folder(): Promise<string> {
  const families = join(packageRoot(), 'test/golden/families');
  const dir = await mkdtemp(join(tmpdir(), 'sensorium-t5-'));
  await cp(`${families}/t5/flan`, dir, { recursive: true });
  const { vocab_size } = JSON.parse(await readFile(join(dir, 'config.json'), 'utf8')) as { vocab_size: number };
  const source = `${families}/blip-2/t5-every-layer`;
  const json = JSON.parse(await readFile(`${source}/tokenizer.json`, 'utf8')) as {
    added_tokens: { content: string }[];
    model: { vocab: [string, number][] };
  };
  json.added_tokens = json.added_tokens.filter((token) => token.content !== '<image>');
  for (let id = json.model.vocab.length; id < vocab_size; id++) json.model.vocab.push([`▁word${id}`, -9]);
  await writeFile(join(dir, 'tokenizer.json'), JSON.stringify(json));
  await cp(`${source}/tokenizer_config.json`, join(dir, 'tokenizer_config.json'));
  return dir;
}
