// A peer in a process of its own that does one piece of work per line it is sent and answers with numbers.

import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/** A started peer. */
export class PeerProcess {
  private readonly lines: string[] = [];
  private waiting: { resolve(line: string): void; reject(error: Error): void } | undefined;
  private failure: Error | undefined;
  private errors = '';

  private constructor(private readonly child: ChildProcess) {
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      if (this.waiting) this.waiting.resolve(line);
      else this.lines.push(line);
      this.waiting = undefined;
    });
    (child.stderr as NodeJS.ReadableStream).on('data', (data) => {
      this.errors = (this.errors + String(data)).slice(-4000);
    });
    const fail = (why: string): void => {
      const lines = this.errors.trim().split('\n');
      const last = lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1);
      this.failure = new Error(last ? `${why}: ${last}` : why);
      this.waiting?.reject(this.failure);
      this.waiting = undefined;
    };
    child.on('error', (error) => fail(error.message));
    child.on('close', (code, signal) => fail(`the peer ended with ${signal ?? code}`));
    (child.stdin as NodeJS.WritableStream).on('error', () => undefined); // the 'close' event says why
  }

  /** Starts it and waits for its line `ready …`, whose rest is returned with it. Rejects with what it said last. */
  static async start(
    command: string,
    args: readonly string[],
    options: { env?: NodeJS.ProcessEnv; seconds?: number } = {},
  ): Promise<{ peer: PeerProcess; about: string }> {
    const peer = new PeerProcess(spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...options.env } }));
    const { seconds = 600 } = options;
    const timer = setTimeout(() => peer.child.kill('SIGKILL'), seconds * 1000);
    try {
      for (;;) {
        const line = await peer.line();
        if (line.startsWith('ready')) return { peer, about: line.slice(6).trim() };
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends one line and returns the answer's numbers. */
  async ask(line = ''): Promise<number[]> {
    this.child.stdin?.write(`${line}\n`);
    return (await this.line()).split(' ').map(Number);
  }

  /** Stops the process. */
  stop(): void {
    this.child.kill('SIGKILL');
  }

  private line(): Promise<string> {
    const line = this.lines.shift();
    if (line !== undefined) return Promise.resolve(line);
    if (this.failure) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }
}
