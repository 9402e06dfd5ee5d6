// Numbers for Prometheus: requests, latencies, tokens, how full the engine is.

import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RequestRecord } from './context.js';
import type { Engine } from './engine.js';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** The metrics of one server, in a registry of their own. */
export class Metrics {
  readonly registry = new Registry();
  private readonly requests: Counter<'method' | 'path' | 'status'>;
  private readonly duration: Histogram<'path'>;
  private readonly first: Histogram;
  private readonly tokens: Counter<'kind'>;
  private readonly images: Counter;

  constructor(engine: Engine, pending: () => number) {
    const registers = [this.registry];
    const counter = <T extends string>(name: string, help: string, labelNames: T[]) =>
      new Counter({ name: `sensorium_${name}`, help, labelNames, registers });
    this.requests = counter('http_requests_total', 'Requests answered; 499: the client left', ['method', 'path', 'status']);
    this.tokens = counter('tokens_total', 'Tokens of prompts and of replies', ['kind']);
    this.images = counter('images_total', 'Images in requests', []);
    this.duration = new Histogram({
      name: 'sensorium_http_request_duration_seconds',
      help: 'Time until the last byte',
      labelNames: ['path'],
      buckets: SECONDS,
      registers,
    });
    this.first = new Histogram({
      name: 'sensorium_time_to_first_token_seconds',
      help: 'Time until the first token of a reply, waiting included',
      buckets: SECONDS,
      registers,
    });
    const gauge = (name: string, help: string, value: () => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(value());
        },
      });
    gauge('sensorium_requests_running', 'Replies being generated', () => engine.stats().running);
    gauge('sensorium_requests_queued', 'Replies waiting for a slot', () => engine.stats().queued);
    gauge('sensorium_slots', 'Replies that can be generated at the same time', () => engine.stats().slots);
    gauge('sensorium_context_tokens', 'Tokens of prompt and reply together', () => engine.contextLength);
    new Gauge({
      name: 'sensorium_memory_bytes',
      help: 'Memory of the engine by what it is for: weights, kv (running replies), prefix and features (seen before), logits',
      labelNames: ['kind'],
      registers,
      collect() {
        const { weights, kv, prefix, features, logits } = engine.memory?.() ?? {};
        for (const [kind, bytes] of Object.entries({ weights, kv, prefix, features, logits }))
          if (bytes !== undefined) this.set({ kind }, bytes);
      },
    });
    gauge('sensorium_http_requests_pending', 'Requests that are read or answered', pending);
    gauge('process_resident_memory_bytes', 'Resident memory size in bytes', () => process.memoryUsage.rss());
    const cpu = (): number => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    };
    gauge('process_cpu_seconds_total', 'CPU time of the process in seconds', cpu);
  }

  /** Counts a request that is over. `path` is the route, never what a stranger wrote. */
  observe(record: RequestRecord, path: string): void {
    this.requests.inc({ method: record.method, path, status: String(record.status) });
    this.duration.observe({ path }, record.ms / 1000);
    if (record.firstMs !== undefined) this.first.observe(record.firstMs / 1000);
    if (record.promptTokens) this.tokens.inc({ kind: 'prompt' }, record.promptTokens);
    if (record.completionTokens) this.tokens.inc({ kind: 'completion' }, record.completionTokens);
    if (record.images) this.images.inc(record.images);
  }
}
