// Making the attacks of `hostile` one after the other on one server, and measuring each beside honest clients.

import { Worker } from 'node:worker_threads';
import { type Attack, dataUrl, post, sleep, targetOf, times } from './attack.js';
import { photo } from './images.js';
import type { ProbeReport } from './probe.js';
import { NAMES, type ServerOptions, ServerProcess } from './server.js';
import { BARS, countOf, type Row } from './verdict.js';

/** Honest streams. */
export const STREAMS = 8;

/** Honest clients in a thread of their own. */
export class Honest {
  private readonly worker: Worker;
  constructor(port: number, streams = STREAMS) {
    this.worker = new Worker(new URL('./probe.js', import.meta.url), { workerData: { port, model: NAMES.model, streams } });
  }

  /** What they felt since the last time. */
  report(): Promise<ProbeReport> {
    return new Promise((resolve) => {
      this.worker.once('message', resolve);
      this.worker.postMessage('report');
    });
  }

  async stop(): Promise<void> {
    await this.worker.terminate();
  }
}

export interface TableOptions {
  server: ServerOptions;
  /** Milliseconds that an attack may take. */
  timeout: number;
  /** Seconds that are spent on waiting for memory to come back, over all attacks. */
  recovery: number;
}

/** Times that a sentence fits into the context. */
const LONG = 265;
/** Milliseconds after the last answer in which what an attack began still counts. */
const SETTLE = 500;
/** Shortest time that a row measures: a 99th percentile needs a hundred health checks. */
const LEAST = 1500;
/** Milliseconds of honest load before the first attack: code that runs for the first time is slow, here and there. */
const WARM = 8000;
/** Longest wait for memory to come back: the bar. */
const MINUTE = 60;

/** A server with its streams; replaced by a new one when it has ended, or does not give its memory back. */
export class Arena {
  private server: ServerProcess | undefined;
  private honest: Honest | undefined;
  private quiet = 0;
  /** Of that, what the engine keeps of prompts and images. */
  private cached = 0;
  private waited = 0;

  constructor(
    private readonly dir: string,
    private readonly options: TableOptions,
  ) {}

  /** Makes one attack and measures until half a second after its last answer or longer, and then until memory is back. */
  async measure(attack: Attack): Promise<Row> {
    const server = await this.ready();
    const target = targetOf(server.port, NAMES);
    const run = await attack.prepare(target);
    await this.felt();
    server.resetPeak();
    const [from, main] = [performance.now(), server.mainThread()];
    const statuses = await Promise.race([run(), sleep(this.options.timeout).then(() => undefined)]);
    const seconds = (performance.now() - from) / 1000;
    const busy = server.mainThread() - main;
    await sleep(Math.max(SETTLE, LEAST - 1000 * seconds));
    const felt = await this.felt();
    const broken = server.ended ?? (statuses === undefined ? 'no end' : undefined);
    const row: Row = {
      name: attack.name,
      seconds,
      main: busy / seconds / 1000,
      statuses: countOf(statuses ?? []),
      ...felt,
      rss: server.memory('VmHWM'),
      rssAfter: server.memory('VmRSS'),
      recovery: 0,
      recovered: true,
      quiet: this.quiet,
      cached: 0,
      allowed: attack.allowed ?? 0,
      ...(attack.crowded ? { crowded: true } : {}),
      ...(broken === undefined ? {} : { broken }),
    };
    if (broken === undefined) row.cached = (await cachedBy(server.port)) - this.cached;
    if (broken !== undefined) await this.stop();
    else await this.recover(row, this.options.recovery - this.waited);
    return row;
  }

  /** A last minute in which memory must come back; undefined where there is no server any more. */
  async last(): Promise<{ quiet: number; rss: number; seconds: number; recovered: boolean } | undefined> {
    if (!this.server || this.server.ended !== undefined) return undefined;
    const cached = (await cachedBy(this.server.port)) - this.cached;
    const row = { rssAfter: this.server.memory('VmRSS'), recovery: 0, recovered: true, cached };
    await this.recover(row, MINUTE);
    return { quiet: this.quiet, rss: row.rssAfter, seconds: row.recovery, recovered: row.recovered };
  }

  async stop(): Promise<void> {
    await this.honest?.stop();
    await this.server?.stop();
    this.server = undefined;
  }

  /** Waits until memory is back, for at most a minute and `budget` seconds. A server that has had its minute in vain is ended. */
  private async recover(row: Pick<Row, 'rssAfter' | 'recovery' | 'recovered' | 'cached'>, budget: number): Promise<void> {
    const server = this.server as ServerProcess;
    const most = BARS.after * this.quiet + row.cached;
    while (row.rssAfter > most && row.recovery < Math.min(MINUTE, budget)) {
      await sleep(1000);
      row.recovery++;
      this.waited++;
      row.rssAfter = server.memory('VmRSS');
    }
    row.recovered = row.rssAfter <= most || row.recovery < MINUTE;
    if (!row.recovered) await this.stop();
  }

  private async felt(): Promise<Pick<Row, keyof ProbeReport | keyof NonNullable<Awaited<ReturnType<ServerProcess['ticks']>>>>> {
    const nothing = { block: 0, waited: 0, late: 0, heap: 0, external: 0 };
    const [ticks, clients] = await Promise.all([this.server?.ticks(), (this.honest as Honest).report()]);
    return { ...(ticks ?? nothing), ...clients };
  }

  /** The server, started and warm. */
  private async ready(): Promise<ServerProcess> {
    if (this.server && this.server.ended === undefined) return this.server;
    await this.honest?.stop();
    this.server = await ServerProcess.start(this.dir, this.options.server);
    await warmUp(this.server.port);
    this.honest = new Honest(this.server.port);
    await sleep(WARM);
    this.quiet = this.server.memory('VmRSS');
    this.cached = await cachedBy(this.server.port);
    return this.server;
  }
}

/** Mebibytes that the engine keeps of prompts and images seen before, which options bound. */
async function cachedBy(port: number): Promise<number> {
  let text = '';
  await targetOf(port, NAMES).send('GET', '/metrics', {
    from: '127.0.0.1',
    onBody: (all) => {
      text = all;
    },
  });
  const bytes = [...text.matchAll(/^sensorium_memory_bytes\{kind="(?:prefix|features)"\} (\d+)/gm)].map(([, n]) => Number(n));
  return bytes.reduce((sum, n) => sum + n, 0) / 2 ** 20;
}

/** One request of each kind, so that what is made only once counts as quiet. */
async function warmUp(port: number): Promise<void> {
  const target = targetOf(port, NAMES);
  const url = dataUrl(await photo(640, 480), 'image/jpeg');
  const picture = { type: 'image_url', image_url: { url } };
  const format = { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object', properties: { a: { type: 'integer' } } } } };
  const content = [picture, { type: 'text', text: 'What is it?' }];
  const chat = (more: object): object => ({ model: NAMES.model, max_tokens: 4, messages: [{ role: 'user', content: 'x' }], ...more });
  for (const [path, body] of [
    ['/v1/chat/completions', chat({})],
    ['/v1/chat/completions', chat({ response_format: format })],
    ['/v1/chat/completions', chat({ messages: [{ role: 'user', content }] })],
    ['/v1/embeddings', { model: NAMES.embeddings, input: [picture] }],
    ['/v1/embeddings', { model: NAMES.embeddings, input: ['a', 'b', 'c'] }],
  ] as const) {
    const status = await post(target, path, body);
    if (status !== 200) throw new Error(`an honest request to ${path} is answered with ${status}`);
  }
  // A process grows in its first hundred requests, and where keys and values are first written.
  const long = (i: number): object =>
    chat({ messages: [{ role: 'user', content: `${String.fromCharCode(97 + i)} the quick brown fox `.repeat(LONG) }] });
  const filled = await times(12, (i) => post(target, '/v1/chat/completions', long(i)));
  if (filled.some((status) => status !== 200)) throw new Error(`long prompts are answered with ${filled.join(', ')}`);
  for (let i = 0; i < 20; i++) await times(20, () => target.send('GET', '/v1/models'));
}
