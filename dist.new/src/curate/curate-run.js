// One run over a data set: blocks of rows made ready ahead, models over a block, decisions in order, the state saved every few blocks.
import { atOnce } from '../util/at-once.js';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { blocksOf, inOrder, RowEstimate } from './blocks.js';
import { captionImages } from './captioner.js';
import { runningFilters } from './filters/index.js';
import { frequentCaptions } from './frequent.js';
import { bitsToHex, hexToBits } from './image-hash.js';
import { languageDetector } from './language.js';
import { cosine, loopOf } from './options.js';
import { judge, prepareRow } from './prepare.js';
import { openSink } from './sinks/index.js';
import { wordsOf } from './text.js';
import { transformNamed } from './transforms.js';
import { findLexicon } from './wordnet.js';
/** Blocks whose state is saved together. */
const SAVE_EVERY = 16;
/** Blocks that are made ready ahead. */
const AHEAD = 2;
const HASH_SIDE = 64;
/** Shorter side of images for a detector. */
const DETECTOR_SIDE = 640;
/** Shorter side of images for a captioner. */
const CAPTION_SIDE = 768;
const FAULTS = ['row', 'caption', 'image'];
/** One run over a data set. */
export class CurateRun {
    source;
    folder;
    options;
    chosen;
    first = new Map();
    all = new Map();
    rows = 0;
    kept = 0;
    lexicon;
    filters = [];
    transforms = [];
    constructor(source, folder, options, chosen) {
        this.source = source;
        this.folder = folder;
        this.options = options;
        this.chosen = chosen;
    }
    async run() {
        const { options, folder } = this;
        this.filters = runningFilters(this.chosen, await this.context());
        this.transforms = (options.transforms ?? []).map((name) => transformNamed(name, this.lexicon));
        for await (const decision of folder.decisions())
            this.count(decision.why, decision);
        const sink = await openSink(options.to, { dir: options.out, rowsPerFile: options.rowsPerFile ?? 10_000, state: folder.state?.sink });
        try {
            await this.blocks(sink);
            await sink.finish();
        }
        catch (error) {
            await sink.close();
            throw error;
        }
        const report = this.report();
        await folder.finish(report);
        return report;
    }
    /** What the filters may ask: languages, nouns, how often captions stand. */
    async context() {
        const { options, chosen, source } = this;
        const uses = (name) => chosen.some(({ row }) => row.name === name);
        const needsWords = uses('grammar') || (options.transforms ?? []).length > 0;
        this.lexicon = needsWords ? await findLexicon() : undefined;
        const needsLanguage = uses('language') || chosen.some(({ row, settings }) => row.name === 'clip' && Number(settings.other) > 0);
        const languageOf = needsLanguage ? await languageDetector() : () => ({ language: '', reliable: false });
        const frequency = chosen.find(({ row }) => row.name === 'frequency');
        const repeats = frequency
            ? await frequentCaptions(source.units, Number(frequency.settings.max), {
                dir: options.out,
                signal: options.signal,
                limit: options.limit,
                onProgress: (done, total) => options.onProgress?.({ stage: 'captions', done, total, kept: 0 }),
            })
            : () => false;
        return { repeats, languageOf, isNoun: (word) => this.lexicon?.isNoun(word) ?? true };
    }
    async blocks(sink) {
        const { options, folder, source } = this;
        const { signal, share, limit, images, concurrency = 8 } = options;
        const estimate = new RowEstimate(source.units, limit);
        const prepare = this.prepareOptions();
        const blocks = blocksOf(source.units, {
            from: folder.state?.next,
            share,
            limit,
            images,
            onTable: (table, unit) => {
                estimate.opened(unit, table.length);
                if (prepare.needs.image)
                    checkColumns(table, source.units[unit]?.name ?? '');
            },
        });
        const ready = inOrder(blocks, AHEAD, async (block) => {
            const indices = Array.from({ length: block.end - block.start }, (_, i) => block.start + i);
            try {
                return { block, rows: await atOnce(indices, concurrency, (index) => prepareRow(block, index, prepare), signal) };
            }
            finally {
                block.release();
            }
        });
        let unsaved = 0;
        for await (const { block, rows } of ready) {
            throwIfAborted(signal);
            await this.models(rows, prepare);
            await this.decide(block, rows, sink);
            const total = Math.ceil(estimate.total / (share?.count ?? 1));
            options.onProgress?.({ stage: 'rows', done: this.rows, total: Math.max(total, this.rows), kept: this.kept });
            if (++unsaved < SAVE_EVERY)
                continue;
            const state = await sink.checkpoint();
            if (state) {
                await folder.save(block.next, state);
                unsaved = 0;
            }
        }
    }
    prepareOptions() {
        const { options, filters } = this;
        const needs = new Set(filters.map((filter) => filter.needs));
        const needsLabels = needs.has('labels') && options.labeler !== undefined;
        const sides = [
            HASH_SIDE,
            needs.has('clip') ? 2 * (options.embedder?.side ?? 0) : 0,
            needsLabels ? DETECTOR_SIDE : 0,
            options.caption ? CAPTION_SIDE : 0,
        ];
        const hasImageFilter = filters.some((filter) => filter.needs !== 'text' && filter.needs !== 'order') || filters.some(({ hash }) => hash);
        return {
            filters,
            explain: options.explain ?? false,
            side: Math.max(...sides),
            needs: {
                image: hasImageFilter || options.caption !== undefined,
                caption: needs.has('text') || (options.caption === undefined && (needs.has('clip') || needs.has('labels'))),
            },
            keepImage: needs.has('clip') || needsLabels || options.caption !== undefined,
            maxBytes: options.maxBytes ?? 20 * 2 ** 20,
            maxPixels: options.maxPixels ?? 50e6,
            look: (ordinal) => ((options.leader?.(ordinal) ?? ordinal) !== ordinal ? 'leave' : options.isWhole?.(ordinal) ? 'read' : 'decode'),
        };
    }
    /** Runs a detector and a CLIP over the rows of a block that are still of interest, then their filters. */
    async models(rows, prepare) {
        const { embedder, labeler, signal } = this.options;
        const alive = () => rows.filter(({ candidate, image, why }) => candidate && image && (why.length === 0 || prepare.explain));
        if (labeler)
            for (const { candidate, image } of alive())
                if (candidate && image && !candidate.labels)
                    candidate.labels = await labeler.labels(image, signal);
        for (const row of rows)
            if (row.candidate?.header)
                judge(row, 'labels', prepare);
        if (this.options.caption)
            await this.captions(alive(), this.options.caption);
        if (embedder && this.filters.some(({ needs }) => needs === 'clip'))
            await score(alive(), embedder, signal);
        for (const row of rows)
            judge(row, 'clip', prepare);
        for (const row of rows)
            row.image = undefined;
    }
    /** Writes captions for rows of a block, in place of those that they have. */
    async captions(rows, loop) {
        if (rows.length === 0)
            return;
        const pictures = rows.map(({ image }) => image);
        for (const [i, chosen] of (await captionImages(pictures, loop, this.options.signal)).entries()) {
            const { candidate, why } = rows[i];
            if (!candidate)
                continue;
            if (!chosen)
                why.push({ filter: 'caption', why: 'the captioner wrote nothing' });
            else
                Object.assign(candidate, { caption: chosen.caption, clip: chosen.clip, written: chosen, words: wordsOf(chosen.caption) });
        }
    }
    /** Decides the rows of a block in their order, notes why, and writes those that stay. */
    async decide(block, rows, sink) {
        const { options, filters } = this;
        const { leader } = options;
        const decisions = [];
        for (const [i, prepared] of rows.entries()) {
            const { candidate, why, file, id, row } = prepared;
            const ordinal = block.ordinal + i;
            const first = leader?.(ordinal) ?? ordinal;
            if (first !== ordinal)
                why.push({ filter: 'duplicate', why: `row ${first} is nearly the same` });
            judge(prepared, 'order', { filters, explain: options.explain ?? false });
            const decision = {
                ...{ id, file: block.unit.name, row, kept: why.length === 0 },
                ...(why.length > 0 ? { why: options.explain ? why : why.slice(0, 1) } : {}),
                ...(candidate ? { caption: candidate.caption } : {}),
                ...(candidate?.header ? { size: [candidate.header.width, candidate.header.height] } : {}),
                ...(candidate?.clip === undefined ? {} : { clip: candidate.clip }),
                ...(candidate?.pHash ? { phash: bitsToHex(candidate.pHash) } : {}),
            };
            const place = this.kept;
            this.count(decision.why, decision);
            decisions.push(decision);
            if (!decision.kept || !candidate)
                continue;
            const { pair } = candidate;
            const isMissing = pair.caption === undefined && !candidate.written;
            const caption = isMissing ? undefined : this.transforms.reduce((text, change) => change(text), candidate.caption);
            const prefix = options.share && options.share.count > 1 ? `${options.share.index + 1}-` : '';
            await sink.add({
                ...{ key: `${prefix}${String(place).padStart(9, '0')}`, id, caption, from: { file: decision.file, row } },
                ...(file ? { image: file } : {}),
                meta: { ...pair.rest, id, curation: this.provenance(decision, caption, candidate) },
            });
        }
        await this.folder.write(decisions);
    }
    provenance({ file, row, clip, phash, caption }, kept, { written, pair }) {
        const { recipe, embedder, caption: loop } = this.options;
        const model = (written ? loop?.selectors.at(-1) : embedder)?.name;
        return {
            ...(recipe === undefined ? {} : { recipe }),
            ...{ file, row },
            ...(clip === undefined ? {} : { clip, model }),
            ...(phash === undefined ? {} : { phash }),
            ...(caption !== undefined && kept !== caption ? { caption } : {}),
            ...(written && loop ? { ...loopOf(loop), candidates: written.candidates } : {}),
            ...(written && pair.caption !== undefined ? { original: pair.caption } : {}),
        };
    }
    /** Counts a decision, and tells it to filters that remember rows. */
    count(why, decision) {
        this.rows++;
        const add = (map, key) => void map.set(key, (map.get(key) ?? 0) + 1);
        if (!decision.kept) {
            for (const [i, { filter }] of (why ?? []).entries()) {
                if (i === 0)
                    add(this.first, filter);
                add(this.all, filter);
            }
            return;
        }
        this.kept++;
        const { caption = '', phash } = decision;
        for (const filter of this.filters)
            filter.kept?.({ caption, ...(phash === undefined ? {} : { pHash: hexToBits(phash) }) });
    }
    report() {
        const { options, chosen } = this;
        const names = [...FAULTS, ...chosen.map(({ row }) => row.name), ...(options.leader ? ['duplicate'] : [])];
        const table = (map) => Object.fromEntries([...new Set(names)].flatMap((name) => (FAULTS.includes(name) && !map.has(name) ? [] : [[name, map.get(name) ?? 0]])));
        return {
            ...{ rows: this.rows, kept: this.kept, dropped: this.rows - this.kept, first: table(this.first) },
            ...(options.explain ? { all: table(this.all) } : {}),
            filters: chosen.map(({ row, settings }) => ({ name: row.name, settings })),
            transforms: options.transforms ?? [],
            ...(options.recipe === undefined ? {} : { recipe: options.recipe }),
            ...(this.lexicon ? { lexicon: this.lexicon.source } : {}),
            ...(options.embedder ? { clip: options.embedder.name } : {}),
            ...(options.labeler ? { detector: options.labeler.name } : {}),
            ...(options.caption ? { captions: loopOf(options.caption) } : {}),
            ...{ to: options.to, format: this.source.format },
        };
    }
}
/** Cosines of image and caption for rows that have none yet. */
async function score(rows, embedder, signal) {
    const unknown = rows.filter(({ candidate }) => candidate?.clip === undefined);
    if (unknown.length === 0)
        return;
    const images = unknown.map(({ image }) => image);
    const captions = unknown.map(({ candidate }) => candidate?.caption ?? '');
    const pictures = (await embedder.images(images, signal)).vectors;
    const texts = (await embedder.texts(captions, signal, { truncate: true })).vectors;
    for (const [i, { candidate }] of unknown.entries())
        if (candidate)
            candidate.clip = cosine(pictures[i], texts[i]);
}
const IMAGE_COLUMNS = ['image', 'images', 'file_name', 'image_path', 'img', 'jpg', 'png', 'webp'];
/** Throws `curate.images` for a table whose columns hold no image. */
function checkColumns(table, place) {
    const { columns } = table;
    if (!columns || columns.some((name) => IMAGE_COLUMNS.includes(name)))
        return;
    throw new SensoriumError('curate.images', 'the table has no column of images', {
        place,
        expected: IMAGE_COLUMNS.join(', '),
        got: columns.join(', '),
        hint: columns.some((name) => /^url$/i.test(name))
            ? 'Its images are addresses: download them first (img2dataset writes tar and parquet files that are read here)'
            : 'Choose filters that look at captions alone, or name the column',
    });
}
//# sourceMappingURL=curate-run.js.map