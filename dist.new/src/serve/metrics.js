// Numbers for Prometheus: requests, latencies, tokens, how full the engine is.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { packageVersion } from '../util/package.js';
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
const TOKEN_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
/** The metrics of one server, in a registry of their own. */
export class Metrics {
    registry = new Registry();
    requests;
    duration;
    first;
    perToken;
    tokens;
    modelRequests;
    modelTokens;
    keyRequests;
    keyTokens;
    images;
    queue;
    loading;
    loop;
    constructor({ catalog, memory, pending, admission, files, lostLines }) {
        this.requests = this.counter('sensorium_http_requests_total', 'Requests answered; 499: the client left', ['method', 'path', 'status']);
        this.tokens = this.counter('sensorium_tokens_total', 'Tokens of prompts and of replies, and of questions that check them', ['kind']);
        this.images = this.counter('sensorium_images_total', 'Images in requests', []);
        this.modelRequests = this.counter('sensorium_model_requests_total', 'Requests by the model or adapter that was asked', [
            'model',
            'status',
        ]);
        this.modelTokens = this.counter('sensorium_model_tokens_total', 'Tokens by the model or adapter that was asked', ['model', 'kind']);
        this.keyRequests = this.counter('sensorium_key_requests_total', 'Requests by the name of their key', ['key']);
        this.keyTokens = this.counter('sensorium_key_tokens_total', 'Tokens by the name of the key', ['key', 'kind']);
        this.duration = this.histogram('http_request_duration_seconds', 'Time until the last byte', ['path', 'status']);
        this.first = this.histogram('time_to_first_token_seconds', 'Time until the first token of a reply, waiting included');
        this.perToken = this.histogram('time_per_token_seconds', 'Mean time of a token after the first', [], TOKEN_SECONDS);
        this.queue = this.histogram('queue_seconds', 'Time that a reply waited for a slot');
        this.loading = this.histogram('model_load_seconds', 'Time that a model took to be loaded', ['model']);
        this.gauge('sensorium_requests_running', 'Replies being generated', () => catalog.stats().running);
        this.gauge('sensorium_requests_queued', 'Replies waiting for a slot', () => catalog.stats().queued);
        this.gauge('sensorium_slots', 'Replies that can be generated at the same time', () => catalog.stats().slots);
        this.gauge('sensorium_context_tokens', 'Tokens of prompt and reply together; of the first model', () => catalog.first.about?.context_length ?? 0);
        this.byKind('memory_bytes', 'Memory of models: weights, kv (running replies), prefix and features (seen before), logits', () => memoryOf(catalog));
        this.gauge('sensorium_memory_limit_bytes', 'Bytes that models and what requests bring may take', () => memory.limit);
        this.gauge('sensorium_memory_used_bytes', 'Of these, bytes that are taken or promised', () => memory.models + memory.requests);
        this.byModel(catalog);
        this.total('sensorium_prefix_hit_tokens_total', 'Tokens of prompts whose keys and values were kept', () => catalog.cacheHits()?.prefix);
        this.total('sensorium_feature_hits_total', 'Images whose features were kept', () => catalog.cacheHits()?.features);
        this.gauge('sensorium_http_requests_pending', 'Requests that are read or answered', pending);
        this.gauge('sensorium_body_bytes', 'Bytes of request bodies that are read or held', () => admission.heldBytes);
        this.byKind('transfers', 'Transfers under way: bodies, uploads, downloads, answers', () => ({
            bodies: admission.bodies.size,
            uploads: admission.uploads.size,
            downloads: admission.downloads.size,
            answers: admission.answers.size,
        }));
        this.total('sensorium_slow_transfers_total', 'Transfers that were cut because the client was too slow', () => [admission.bodies, admission.uploads, admission.downloads, admission.answers].reduce((sum, { cut }) => sum + cut, 0));
        if (files)
            this.gauge('sensorium_file_bytes', 'Bytes of uploaded files', () => files.bytes);
        if (lostLines)
            this.total('sensorium_log_lines_lost_total', 'Log lines that could not be written', lostLines);
        this.loop = this.ofProcess();
    }
    /** Counts a request that is over. `path` is the route, never what a stranger wrote. */
    observe(record, path) {
        const { key, model, promptTokens = 0, completionTokens = 0, checkTokens, firstMs } = record;
        const status = String(record.status);
        this.requests.inc({ method: record.method, path, status });
        this.duration.observe({ path, status }, record.ms / 1000);
        if (firstMs !== undefined)
            this.first.observe(firstMs / 1000);
        if (firstMs !== undefined && completionTokens > 1)
            this.perToken.observe((record.ms - firstMs) / 1000 / (completionTokens - 1));
        if (model !== undefined)
            this.modelRequests.inc({ model, status });
        if (key !== undefined)
            this.keyRequests.inc({ key });
        for (const [kind, count] of [
            ['prompt', promptTokens],
            ['completion', completionTokens],
            ['check_prompt', checkTokens?.prompt ?? 0],
            ['check_completion', checkTokens?.completion ?? 0],
        ]) {
            // biome-ignore format: pairs
            if (count === 0)
                continue;
            this.tokens.inc({ kind }, count);
            if (model !== undefined)
                this.modelTokens.inc({ model, kind }, count);
            if (key !== undefined)
                this.keyTokens.inc({ key, kind }, count);
        }
        if (record.images)
            this.images.inc(record.images);
    }
    /** Notes how long a reply waited for its slot. */
    observeQueue(waitedMs) {
        this.queue.observe(waitedMs / 1000);
    }
    /** Notes that a model was loaded. */
    observeModel(event) {
        if (event.type === 'loaded')
            this.loading.observe({ model: event.name }, event.ms / 1000);
    }
    /** Stops measuring. */
    dispose() {
        this.loop.disable();
    }
    /** What Prometheus expects of any process, by its usual names. */
    ofProcess() {
        this.gauge('process_resident_memory_bytes', 'Resident memory size in bytes', () => process.memoryUsage.rss());
        this.gauge('process_start_time_seconds', 'Start time of the process since the unix epoch in seconds', () => STARTED);
        this.total('process_cpu_seconds_total', 'CPU time of the process in seconds', () => {
            const { user, system } = process.cpuUsage();
            return (user + system) / 1e6;
        });
        const build = new Gauge({
            name: 'sensorium_build_info',
            help: 'Always 1',
            labelNames: ['version', 'node'],
            registers: [this.registry],
        });
        build.set({ version: packageVersion(), node: process.versions.node }, 1);
        const resolution = 10;
        const loop = monitorEventLoopDelay({ resolution });
        loop.enable();
        new Gauge({
            name: 'sensorium_event_loop_lag_seconds',
            help: 'Delay of the event loop since the last reading, by quantile',
            labelNames: ['quantile'],
            registers: [this.registry],
            collect() {
                // What is measured is the time between two ticks of a timer.
                const lag = (quantile) => Math.max(0, loop.percentile(quantile * 100) / 1e9 - resolution / 1000);
                for (const quantile of [0.5, 0.99, 1])
                    this.set({ quantile }, loop.count > 0 ? lag(quantile) : 0);
                loop.reset();
            },
        });
        return loop;
    }
    counter(name, help, labelNames) {
        return new Counter({ name, help, labelNames, registers: [this.registry] });
    }
    histogram(name, help, labelNames = [], buckets = SECONDS) {
        return new Histogram({ name: `sensorium_${name}`, help, labelNames, buckets, registers: [this.registry] });
    }
    gauge(name, help, value) {
        new Gauge({
            name,
            help,
            registers: [this.registry],
            collect() {
                this.set(value());
            },
        });
    }
    /** A counter that is kept elsewhere. */
    total(name, help, value) {
        new Counter({
            name,
            help,
            registers: [this.registry],
            collect() {
                this.reset();
                this.inc(value() ?? 0);
            },
        });
    }
    byKind(name, help, values) {
        this.labeled(`sensorium_${name}`, help, 'kind', values);
    }
    labeled(name, help, label, values) {
        new Gauge({
            name,
            help,
            labelNames: [label],
            registers: [this.registry],
            collect() {
                this.reset();
                for (const [key, value] of Object.entries(values()))
                    if (value !== undefined)
                        this.set({ [label]: key }, value);
            },
        });
    }
    /** What is loaded, and how often. */
    byModel({ items, models }) {
        const each = (all, value) => Object.fromEntries(all.map((item) => [item.name, value(item)]));
        const gauge = (name, help, values) => this.labeled(`sensorium_model_${name}`, help, 'model', values);
        gauge('loaded', '1 for a model that is loaded, 0 for one that is not', () => each(items, ({ loaded }) => Number(loaded)));
        gauge('bytes', 'Bytes that a model takes, its caches full', () => each(items, ({ bytes }) => bytes));
        const engines = models.map(({ item }) => item);
        gauge('running', 'Replies being generated, by model', () => each(engines, ({ value }) => value?.stats().running));
        gauge('queued', 'Replies waiting for a slot, by model', () => each(engines, ({ value }) => value?.stats().queued));
        for (const [name, help] of [
            ['loads', 'Times that a model was loaded'],
            ['unloads', 'Times that a model was unloaded'],
            ['failures', 'Times that a model could not be loaded'],
        ])
            new Counter({
                name: `sensorium_model_${name}_total`,
                help,
                labelNames: ['model'],
                registers: [this.registry],
                collect() {
                    this.reset();
                    for (const item of items)
                        this.inc({ model: item.name }, item[name]);
                },
            });
    }
}
/** Bytes of all models that are loaded and know. */
function memoryOf({ engines }) {
    const sum = {};
    for (const engine of engines) {
        const memory = engine.memory?.();
        if (!memory)
            continue;
        for (const kind of ['weights', 'kv', 'prefix', 'features', 'logits'])
            sum[kind] = (sum[kind] ?? 0) + memory[kind];
    }
    return sum;
}
const STARTED = Math.round(Date.now() / 1000 - process.uptime());
//# sourceMappingURL=metrics.js.map