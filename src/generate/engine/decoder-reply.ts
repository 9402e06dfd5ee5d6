// Replies of a decoder-only model in an engine: a plain one has one row, one with a method the rows that the method steps.

import { SensoriumError } from '../../util/errors.js';
import type { Logits, Method, Policy, Prompt, Rows } from '../policy.js';
import type { ReplyParts } from '../reply-builder.js';
import type { EnginePrompt } from './model.js';
import { Reply } from './reply.js';
import type { EngineRequest } from './request.js';
import { EngineRow } from './row.js';
import type { TokenStream, Usage } from './token-stream.js';

type Parts = Omit<ReplyParts, 'promptIds'>;

/** A reply and its rows. */
export abstract class DecoderReply extends Reply {
  readonly rows: EngineRow[] = [];

  constructor(
    readonly request: EngineRequest,
    /** Rows that it takes. */
    readonly needed: number,
    stream: TokenStream,
    private readonly o: ReplyParts,
  ) {
    super(stream, o);
  }

  protected usage(): Usage {
    const [first] = this.rows;
    return {
      promptTokens: this.o.promptIds.length,
      cachedTokens: first?.cached ?? 0,
      completionTokens: this.generated.length,
      lookupTokens: first?.guessed ?? 0,
    };
  }
}

/** A reply of the model itself. */
export class PlainReply extends DecoderReply {
  constructor(request: EngineRequest, prompt: EnginePrompt, stream: TokenStream, o: Parts) {
    super(request, 1, stream, { ...o, promptIds: prompt.ids });
    this.rows.push(new PlainRow(prompt, this));
  }
}

class PlainRow extends EngineRow {
  readonly guesses = true;
  constructor(
    prompt: EnginePrompt,
    readonly reply: PlainReply,
  ) {
    super(prompt);
  }
  get generated(): readonly number[] {
    return this.reply.generated;
  }
  get paused(): boolean {
    return this.reply.stream.full;
  }
  accept(logits: Float32Array, logSum: number): boolean {
    return this.reply.accept(logits, logSum);
  }
}

/** A row that a method steps: it waits until the method gives it a token. */
export class MethodRow extends EngineRow {
  readonly guesses = false;
  readonly generated: number[] = [];
  /** Logits [vocab] after the last token, and log(sum(exp(logits))). */
  logits: Float32Array = new Float32Array();
  logSum = 0;
  private asked: { resolve(): void; reject(error: unknown): void } | undefined;

  constructor(
    prompt: EnginePrompt,
    readonly reply: MethodReply,
  ) {
    super(prompt);
  }
  get paused(): boolean {
    return this.asked === undefined || this.reply.stream.full;
  }
  accept(logits: Float32Array, logSum: number): boolean {
    if (this.logits.length !== logits.length) this.logits = new Float32Array(logits.length);
    this.logits.set(logits);
    this.logSum = logSum;
    this.asked?.resolve();
    this.asked = undefined;
    return false;
  }

  /** Resolves with the next logits. */
  wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.asked = { resolve, reject };
    });
  }
  /** Ends a wait that nothing will answer. */
  stop(error: unknown): void {
    this.asked?.reject(error);
    this.asked = undefined;
  }
}

/** A reply of a method over rows of the engine. */
export class MethodReply extends DecoderReply {
  declare readonly rows: MethodRow[];

  constructor(
    request: EngineRequest,
    private readonly about: { prompt: Prompt; method: Method; needed: number },
    stream: TokenStream,
    o: Parts,
  ) {
    super(request, about.needed, stream, { ...o, promptIds: about.prompt.ids });
  }

  /** Makes the reply; resolves when it has ended or was removed, rejects with what the method or the choice of tokens throws. */
  async run(policy: Policy): Promise<void> {
    const own = this.about.method(policy);
    const rows = await own.start([this.about.prompt]);
    let { logits } = rows;
    while (!this.done && !this.accept(logits.at(0), logits.logSum(0))) logits = await own.step(rows, this.generated.slice(-1));
  }
}

/** What an engine's rows are to a method. */
export interface RowSource {
  capacity: number;
  vocabSize: number;
  /** Encodes the media of a prompt. */
  prepare(prompt: Prompt): Promise<EnginePrompt>;
  /** Gives a row a place. */
  place(row: MethodRow): void;
  /** There is something to compute. */
  wake(): void;
}

/** The rows of one reply as a policy. They can neither fork nor be read: engines have neither beams nor scores. */
export function rowPolicy(reply: MethodReply, source: RowSource): Policy {
  const { capacity, vocabSize } = source;
  const no = (): never => {
    throw new SensoriumError('generate.policy', 'rows of an engine go one way', { expected: 'a method that only starts and steps rows' });
  };
  return {
    capacity,
    vocabSize,
    room: ({ ids }) => capacity - ids.length,
    async start(prompts) {
      const rows: MethodRow[] = [];
      for (const prompt of prompts) {
        const row = new MethodRow(await source.prepare(prompt), reply);
        if (reply.done) throw gone();
        if (reply.rows.length >= reply.needed) no();
        reply.rows.push(row);
        rows.push(row);
      }
      const logits: Logits = { at: (i) => (rows[i] as MethodRow).logits, logSum: (i) => (rows[i] as MethodRow).logSum };
      const waits = rows.map((row) => row.wait());
      for (const row of rows) source.place(row);
      source.wake();
      await Promise.all(waits);
      return new MethodRows(rows, logits);
    },
    async step(given, ids) {
      const { rows, logits } = given as MethodRows;
      if (reply.done) throw gone();
      const waits = rows.flatMap((row, i) => {
        if ((ids[i] as number) < 0) return [];
        row.generated.push(ids[i] as number);
        return [row.wait()];
      });
      source.wake();
      await Promise.all(waits);
      return logits;
    },
    select: no,
    read: no,
    score: no,
  };
}

class MethodRows implements Rows {
  constructor(
    readonly rows: readonly MethodRow[],
    readonly logits: Logits,
  ) {}
  get count(): number {
    return this.rows.length;
  }
}

/** Ends the steps of a method whose request is over; nobody reads it. */
export const gone = (): SensoriumError => new SensoriumError('generate.closed', 'the request is over');
