// Rows of an engine that a method steps: they wait until the method gives them a token. The same over decoders and encoder-decoders.

import { SensoriumError } from '../../util/errors.js';
import { methodOf, type NamedMethod, rowsOf } from '../methods/index.js';
import { type Logits, type Policy, type Prompt, type Rows, withinOf } from '../policy.js';
import type { Reply } from './reply.js';

/** The method's side of a row: tokens in, logits out. */
export class MethodTurn {
  /** Tokens that the method gave the row. */
  readonly generated: number[] = [];
  /** Logits [vocab] after the last token, and log(sum(exp(logits))). */
  logits: Float32Array = new Float32Array();
  logSum = 0;
  private asked: { resolve(): void; reject(error: unknown): void } | undefined;

  /** Logits are wanted. */
  get waits(): boolean {
    return this.asked !== undefined;
  }

  /** The engine's logits, which are valid until its next step. */
  give(logits: Float32Array, logSum: number): void {
    if (this.logits.length !== logits.length) this.logits = new Float32Array(logits.length);
    this.logits.set(logits);
    this.logSum = logSum;
    this.asked?.resolve();
    this.asked = undefined;
  }

  /** Resolves with the next logits. */
  wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.asked = { resolve, reject };
    });
  }

  /** Ends a wait that nothing will answer. */
  stop(): void {
    this.asked?.reject(gone());
    this.asked = undefined;
  }
}

/** What an engine gives to the method of a reply. */
export interface MethodSource {
  capacity: number;
  vocabSize: number;
  room(prompt: Prompt): number;
  /** Encodes a prompt and adds a row for it to the reply. */
  make(prompt: Prompt, turn: MethodTurn): Promise<void>;
  /** There is something to compute. */
  wake(): void;
  /** The reply has ended or was removed. */
  end(): void;
  fail(error: unknown): void;
}

/**
 * Begins the reply of a method, and resolves when all rows that it takes are made. It goes on when they are stepped. Rejects with what the
 * method throws before that.
 */
export function startMethod(reply: Reply, named: NamedMethod, prompt: Prompt, source: MethodSource): Promise<void> {
  const needed = rowsOf(named);
  return new Promise((resolve, reject) => {
    let ready = false;
    const onReady = (): void => {
      ready = true;
      resolve();
    };
    const policy = methodOf(named)(rowPolicy(reply, source, { needed, onReady }));
    const run = async (): Promise<void> => {
      const rows = await policy.start([prompt]);
      let { logits } = rows;
      while (!reply.done && !reply.accept(logits.at(0), logits.logSum(0), withinOf(logits, 0))) {
        await reply.ready;
        logits = await policy.step(rows, reply.generated.slice(-1));
      }
    };
    run().then(source.end, (error: unknown) => {
      if (!ready) reject(error);
      else if (!reply.done) source.fail(error);
    });
  });
}

/** The rows of one reply as a policy. They can neither fork nor be read: engines have neither beams nor scores. */
function rowPolicy(reply: Reply, source: MethodSource, { needed, onReady }: { needed: number; onReady(): void }): Policy {
  const no = (): never => {
    throw new SensoriumError('generate.policy', 'rows of an engine go one way', { expected: 'a method that only starts and steps rows' });
  };
  let begun = 0;
  let made = 0;
  return {
    capacity: source.capacity,
    vocabSize: source.vocabSize,
    room: (prompt) => source.room(prompt),
    async start(prompts) {
      begun += prompts.length;
      if (begun > needed) no();
      const turns = prompts.map(() => new MethodTurn());
      for (const [i, prompt] of prompts.entries()) {
        await source.make(prompt, turns[i] as MethodTurn);
        if (reply.done) throw gone();
      }
      const waits = turns.map((turn) => turn.wait());
      made += prompts.length;
      if (made === needed) onReady();
      source.wake();
      await Promise.all(waits);
      return new MethodRows(turns);
    },
    async step(rows, ids) {
      const { turns, logits } = rows as MethodRows;
      if (reply.done) throw gone();
      const waits = turns.flatMap((turn, i) => {
        if ((ids[i] as number) < 0) return [];
        turn.generated.push(ids[i] as number);
        return [turn.wait()];
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
  readonly logits: Logits;
  constructor(readonly turns: readonly MethodTurn[]) {
    this.logits = { at: (i) => (turns[i] as MethodTurn).logits, logSum: (i) => (turns[i] as MethodTurn).logSum };
  }
  get count(): number {
    return this.turns.length;
  }
}

/** Throws `generate.option`, and `generate.method` for a method that takes more rows than the engine has. */
export function checkMethod(method: NamedMethod, slots: number): void {
  methodOf(method); // throws for options out of range
  if (rowsOf(method) > slots)
    throw new SensoriumError('generate.method', 'the method takes more rows than the engine has', {
      place: 'method',
      expected: `at most ${slots}`,
      got: String(rowsOf(method)),
      hint: 'Give the engine more slots',
    });
}

/** Ends the steps of a method whose request is over; nobody reads it. */
const gone = (): SensoriumError => new SensoriumError('generate.closed', 'the request is over');
