// The honest side of `hostile`: eight streams and a health check, in a thread of their own, so that making attacks does not delay them.

import { Agent, type IncomingMessage, request } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

/** What a thread of honest clients is started with. */
export interface ProbeData {
  port: number;
  model: string;
  streams: number;
}

/** What honest clients felt since the last time they were asked. All times in milliseconds. */
export interface ProbeReport {
  /** Longest time in which a stream that had begun got nothing. */
  pause: number;
  /** 99th percentile and longest time of /health. */
  health: number;
  healthMost: number;
  /** Chunks of streams, and streams or health checks that failed. */
  chunks: number;
  failed: number;
  /** Streams that were told to come again (429). */
  refused: number;
  /** How late the clients themselves were at most: what a busy machine does. */
  clientLate: number;
}

const { port, model, streams } = (workerData ?? {}) as ProbeData;
const HOST = '127.0.0.1';
/** Milliseconds between two health checks. */
const HEALTH_EVERY = 10;
const agent = new Agent({ keepAlive: true });
const now = (): number => performance.now();

let pause = 0;
let chunks = 0;
let failed = 0;
let refused = 0;
let clientLate = 0;
let health: number[] = [];
const last = new Map<number, number>();

function touch(stream: number): void {
  const at = now();
  const before = last.get(stream);
  if (before !== undefined) pause = Math.max(pause, at - before);
  last.set(stream, at);
}

/** One reply after the other. How long the next one waits for a place is another matter. */
async function stream(index: number): Promise<never> {
  for (;;) {
    const status = await new Promise<number>((resolve) => {
      const body = JSON.stringify({
        model,
        messages: [{ role: 'user', content: `Hello ${index}` }],
        stream: true,
        logprobs: true, // so that each token is told, also one that adds no text
        ignore_eos: true,
        max_tokens: 1000,
        seed: index,
      });
      const sent = request({
        port,
        host: HOST,
        agent,
        path: '/v1/chat/completions',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
      });
      sent.on('error', () => resolve(0));
      sent.on('response', (answer: IncomingMessage) => {
        let begun = false;
        answer.on('data', (data: Buffer) => {
          begun ||= data.includes('data:'); // before its place is free a stream has comments alone
          if (!begun) return;
          chunks++;
          touch(index);
        });
        answer.on('close', () => {
          last.delete(index);
          resolve(answer.complete ? (answer.statusCode ?? 0) : 0);
        });
      });
      sent.end(body);
    });
    if (status === 200) continue;
    if (status === 429) refused++;
    else failed++;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Asks for /health at regular times, whether the answer before has come or not: a server that stands still keeps all of them waiting. */
function checkHealth(): void {
  setInterval(() => {
    const from = now();
    const over = (status: number): void => {
      health.push(now() - from);
      if (status !== 200) failed++;
    };
    const sent = request({ port, host: HOST, agent, path: '/health' });
    sent.on('error', () => over(0));
    sent.on('response', (answer: IncomingMessage) => {
      answer.resume();
      answer.on('end', () => over(answer.statusCode ?? 0));
    });
    sent.end();
  }, HEALTH_EVERY);
}

function report(): ProbeReport {
  for (const index of last.keys()) touch(index); // a pause that is not over counts
  const sorted = [...health].sort((a, b) => a - b);
  const out = {
    pause,
    health: sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.99))] ?? 0,
    healthMost: sorted.at(-1) ?? 0,
    chunks,
    failed,
    refused,
    clientLate,
  };
  [pause, chunks, failed, refused, health, clientLate] = [0, 0, 0, 0, [], 0];
  return out;
}

/** How late a timer of this thread is. */
function watchOwnTurns(): void {
  const turn = 5;
  let at = now();
  setInterval(() => {
    clientLate = Math.max(clientLate, now() - at - turn);
    at = now();
  }, turn);
}

if (parentPort) {
  const port = parentPort;
  port.on('message', () => port.postMessage(report()));
  for (let i = 0; i < streams; i++) void stream(i);
  checkHealth();
  watchOwnTurns();
}
