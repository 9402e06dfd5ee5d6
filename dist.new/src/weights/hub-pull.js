// Which files of a commit a model needs, and their way (and that of a data set's) into the cache: one process at a time, small files before weights, links last.
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SensoriumError } from '../util/errors.js';
import { acquireLock, readJson } from '../util/fs.js';
import { errno, io } from '../util/io.js';
import { ADAPTER_FILES } from '../util/model-files.js';
import { formatBytes } from '../util/progress.js';
import { FILES } from './folder.js';
import { freeBytes, placeInSnapshot, shardsOf, sizeThere, writeRef } from './hub-cache.js';
import { downloadBlob, partOf } from './hub-download.js';
import { nounOf } from './hub-settings.js';
/** Small files of the layout, wherever a model has them; weights come on top. */
const SMALL = new Set([
    FILES.config,
    FILES.index,
    FILES.tokenizer,
    FILES.tokenizerConfig,
    FILES.preprocessor,
    FILES.processor,
    FILES.generation,
    FILES.chatTemplate,
    'chat_template.json',
    'special_tokens_map.json',
    'added_tokens.json',
    'vocab.json',
    'merges.txt',
    'video_preprocessor_config.json',
]);
/** Folders of a model that hold a tokenizer of their own (InstructBLIP). */
const TOKENIZER_FOLDER = /^qformer_tokenizer\/(tokenizer|tokenizer_config|special_tokens_map)\.json$/;
/** Named chat templates beside the default one. */
const MORE_TEMPLATES = /^additional_chat_templates\/[^/]+\.jinja$/;
/** What a repository must hold, for messages. */
const MODEL = `${FILES.config} and ${FILES.weights} (or ${FILES.index})`;
const ADAPTER = `${ADAPTER_FILES.config} and ${ADAPTER_FILES.weights}`;
/** Files fetched at the same time: one connection seldom fills a line. */
const PARALLEL = 4;
/** One commit on its way into the cache. */
export class Pull {
    parts;
    dir;
    byPath;
    constructor(parts) {
        this.parts = parts;
        this.dir = parts.cache.snapshot(parts.commit);
        this.byPath = new Map(parts.files.map((file) => [file.path, file]));
    }
    /** Brings what is missing; returns the bytes that had to be fetched. Errors: see `pullModel`. */
    async run(content) {
        const { id, cache, commit } = this.parts;
        const adapter = this.adapter(content);
        const single = adapter ?? this.byPath.get(FILES.weights);
        if (!adapter && !this.byPath.has(FILES.config))
            throw this.notAModel(`there is no ${FILES.config}`);
        if (!single && !this.byPath.has(FILES.index))
            throw this.noWeights();
        const isSmall = ({ path }) => SMALL.has(path) ||
            TOKENIZER_FOLDER.test(path) ||
            MORE_TEMPLATES.test(path) ||
            (adapter !== undefined && path === ADAPTER_FILES.config);
        const small = this.parts.files.filter(isSmall);
        const wanted = async () => [...small, ...(single ? [single] : await this.shards())];
        let fetched = 0;
        // Where nothing is missing there is nothing to lock: many processes may start from one cache that they cannot write to.
        const indexThere = single !== undefined || (await this.isHere(this.byPath.get(FILES.index)));
        if (!indexThere || (await this.missing(await wanted())).length > 0) {
            const lock = await this.whenAlone();
            try {
                // The index says which shards there are, so it comes before anything can be said about sizes.
                if (!single)
                    fetched += await this.fetchMissing([this.byPath.get(FILES.index)], false);
                fetched += await this.fetchMissing(await wanted(), true);
            }
            finally {
                await lock.release();
            }
        }
        await writeRef(cache, id.revision, commit);
        return fetched;
    }
    /** Brings what is missing of some files; returns the bytes that had to be fetched. */
    async runFiles(files) {
        const { id, cache, commit } = this.parts;
        let fetched = 0;
        if ((await this.missing(files)).length > 0) {
            const lock = await this.whenAlone();
            try {
                fetched = await this.fetchMissing(files, true);
            }
            finally {
                await lock.release();
            }
        }
        await writeRef(cache, id.revision, commit);
        return fetched;
    }
    /** The weights of an adapter, where one is wanted or the repository holds nothing else; undefined for a model. */
    adapter(content) {
        const has = (name) => this.byPath.has(name);
        const isModel = has(FILES.config) && (has(FILES.weights) || has(FILES.index));
        if (content === 'model' && (isModel || !has(ADAPTER_FILES.config)))
            return undefined;
        if (!has(ADAPTER_FILES.config))
            throw this.notAModel(`there is no ${ADAPTER_FILES.config}`, ADAPTER);
        const file = this.byPath.get(ADAPTER_FILES.weights);
        if (file)
            return file;
        throw has('adapter_model.bin')
            ? this.pickled('adapter_model.bin', ADAPTER_FILES.weights)
            : this.notAModel('there are no weights', ADAPTER);
    }
    async shards() {
        const path = join(this.dir, FILES.index);
        return shardsOf(await readJson(path), path).map((name) => {
            const shard = this.byPath.get(name);
            if (!shard)
                throw this.notAModel(`its index names ${name}, which is not there`);
            return shard;
        });
    }
    async isHere(file) {
        return (await sizeThere(join(this.dir, file.path))) === file.size;
    }
    async missing(files) {
        const here = await Promise.all(files.map((file) => this.isHere(file)));
        return files.filter((_, i) => !here[i]);
    }
    /** Fetches what is not here, small files before weights, and puts it into the snapshot; returns the bytes fetched. */
    async fetchMissing(files, announce) {
        const { id, cache, commit, settings, options } = this.parts;
        const lacking = [];
        for (const file of await this.missing(files)) {
            // Another revision may have the same blob.
            if ((await sizeThere(cache.blob(file.etag))) === file.size)
                await this.place(file, true);
            else
                lacking.push(file);
        }
        if (lacking.length === 0)
            return 0;
        const bytes = total(lacking.map((file) => file.size));
        const begun = await Promise.all(lacking.map(async (file) => Math.min((await sizeThere(partOf(cache.blob(file.etag)))) ?? 0, file.size)));
        await this.checkSpace(bytes - total(begun));
        if (announce)
            options.onEvent?.({ type: 'plan', ...id, commit, files: lacking, bytes, resumed: total(begun), dir: settings.cacheDir });
        const progress = new Map(lacking.map((file, i) => [file.path, begun[i]]));
        const tell = (path, done) => {
            progress.set(path, done);
            if (announce)
                options.onEvent?.({ type: 'progress', path, done: total([...progress.values()]), total: bytes });
        };
        const weights = new Set(lacking.filter(({ path }) => path.endsWith('.safetensors')));
        // Weights last: a snapshot that has its weights has everything.
        for (const group of [lacking.filter((file) => !weights.has(file)), [...weights]])
            await inParallel(sameBlobs(group), options.signal, (same, signal) => this.fetch(same, signal, tell));
        return bytes - total(begun);
    }
    /** Fetches one blob, for all files that are it. */
    async fetch(files, signal, tell) {
        const { cache, client, commit, options } = this.parts;
        const [file] = files;
        await downloadBlob(client, {
            file,
            commit,
            blob: cache.blob(file.etag),
            signal,
            onBytes: (done) => {
                for (const { path } of files)
                    tell(path, done);
            },
            onRetry: (reason, ms) => options.onEvent?.({ type: 'retry', path: file.path, reason, ms }),
        });
        for (const [i, same] of files.entries()) {
            await this.place(same, i < files.length - 1);
            options.onEvent?.({ type: 'file', path: same.path, size: same.size });
        }
    }
    place({ path, etag }, keep) {
        const { cache, commit, settings } = this.parts;
        return placeInSnapshot(cache, { commit, path, etag, symlinks: settings.symlinks, keep });
    }
    async checkSpace(needed) {
        const { cacheDir } = this.parts.settings;
        await io(cacheDir, () => mkdir(cacheDir, { recursive: true }));
        const free = await (this.parts.options.freeBytes ?? freeBytes)(cacheDir);
        if (needed <= free)
            return;
        throw new SensoriumError('util.full', `the disk has too little room for this ${nounOf(this.parts.id)}`, {
            place: cacheDir,
            expected: `${formatBytes(needed)} free`,
            got: formatBytes(free),
            hint: 'Free some space, or set HF_HUB_CACHE to a folder on a larger disk',
        });
    }
    /** Waits until no other process fetches this model. Errors: `util.locked` when the other one gets nowhere for long. */
    async whenAlone() {
        const { cache, id, options } = this.parts;
        const { patienceMs = 120_000, signal } = options;
        let seen = '';
        let since = performance.now();
        for (let told = false;; told = true) {
            try {
                return await acquireLock(cache.locks);
            }
            catch (error) {
                if (!(error instanceof SensoriumError && error.code === 'util.locked'))
                    throw error;
                if (!told)
                    options.onEvent?.({ type: 'wait', repo: id.repo, holder: error.got ?? 'another process' });
                const state = await stateOf(join(cache.root, 'blobs'));
                if (state !== seen)
                    since = performance.now();
                seen = state;
                if (performance.now() - since > patienceMs)
                    throw error;
            }
            await sleep(Math.min(250, patienceMs), undefined, { signal });
        }
    }
    noWeights() {
        const pickle = ['pytorch_model.bin', 'pytorch_model.bin.index.json'].find((name) => this.byPath.has(name));
        return pickle ? this.pickled(pickle, FILES.weights) : this.notAModel('there are no weights');
    }
    pickled(name, expected) {
        const load = expected === FILES.weights ? 'AutoModel.from_pretrained(id)' : 'AutoPeftModel.from_pretrained(id)';
        return new SensoriumError('weights.folder', 'the weights are a pickle, which can run code when it is read; nothing was fetched', {
            place: `${this.parts.id.repo}: ${name}`,
            expected,
            hint: `Look for a revision with safetensors (often refs/pr/1), or convert them in Python: ${load}.save_pretrained(dir, safe_serialization=True)`,
        });
    }
    notAModel(what, expected = MODEL) {
        const names = this.parts.files.map((file) => file.path);
        const others = names.some((name) => name.endsWith('.gguf'))
            ? 'a GGUF file'
            : names.some((name) => name.endsWith('.onnx'))
                ? 'ONNX files'
                : '';
        return new SensoriumError('weights.folder', `this cannot be loaded: ${what}`, {
            place: `${this.parts.id.repo} at ${this.parts.commit}`,
            expected,
            got: names.length === 0 ? 'no files' : names.slice(0, 8).join(', ') + (names.length > 8 ? `, and ${names.length - 8} more` : ''),
            hint: others ? `It holds ${others}: look for the model that it was made from` : undefined,
        });
    }
}
/** Files with equal content are one blob. */
function sameBlobs(files) {
    const groups = new Map();
    for (const file of files)
        groups.set(file.etag, [...(groups.get(file.etag) ?? []), file]);
    return [...groups.values()];
}
const total = (numbers) => numbers.reduce((sum, n) => sum + n, 0);
/** What changes while another process downloads: which blobs there are, and how long they are. */
async function stateOf(blobs) {
    const names = await io(blobs, () => readdir(blobs).catch((error) => {
        if (errno(error) === 'ENOENT')
            return [];
        throw error;
    }));
    const sizes = await Promise.all(names.map((name) => sizeThere(join(blobs, name))));
    return names.map((name, i) => `${name}:${sizes[i]}`).join();
}
/** Runs `work` for each, a few at a time; the first failure stops the others, and all have ended when this returns or throws. */
async function inParallel(items, signal, work) {
    const stop = new AbortController();
    const both = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
    const queue = [...items];
    let first;
    const worker = async () => {
        for (let item = queue.shift(); item !== undefined && !stop.signal.aborted; item = queue.shift())
            try {
                await work(item, both);
            }
            catch (error) {
                if (!stop.signal.aborted)
                    first = error;
                stop.abort(new DOMException('another file failed', 'AbortError'));
            }
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, worker));
    if (stop.signal.aborted)
        throw first;
}
//# sourceMappingURL=hub-pull.js.map