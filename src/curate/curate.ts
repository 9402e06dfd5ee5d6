// The streaming pipeline: rows in, rows that stay out, a decision with its reasons for every row; goes on after a kill, byte for byte.

import { join } from 'node:path';
import type { Embedder } from '../evaluate/retrieval-run.js';
import type { RgbImage } from '../media/index.js';
import { atOnce } from '../util/at-once.js';
import { SensoriumError, throwIfAborted } from '../util/errors.js';
import { readJson } from '../util/fs.js';
import { type Block, blocksOf, inOrder, RowEstimate } from './blocks.js';
import type { FilterChoice, FilterContext } from './filter.js';
import { type ChosenFilter, chosenFilters, type RunningFilter, runningFilters } from './filters/index.js';
import { frequentCaptions } from './frequent.js';
import { bitsToHex, hexToBits } from './image-hash.js';
import { languageDetector } from './language.js';
import { judge, type Prepared, type PrepareOptions, prepareRow, type Why } from './prepare.js';
import { type Decision, REPORT, RunFolder } from './run-folder.js';
import { openSink, type Sink, type SinkName } from './sinks/index.js';
import { openUnits, type UnitSource } from './source.js';
import { transformNamed } from './transforms.js';
import { findLexicon, type Lexicon } from './wordnet.js';

/** A CLIP, and how large the images are that it takes. */
export interface CurateEmbedder extends Embedder {
  readonly name: string;
  readonly side: number;
}

/** Finds the labels of images that have none. */
export interface Labeler {
  readonly name: string;
  labels(image: RgbImage, signal?: AbortSignal): Promise<readonly string[]>;
}

/** Options of `curate`. */
export interface CurateOptions {
  /** Folder of the output. */
  out: string;
  filters: readonly FilterChoice[];
  /** Names of what is done to captions that stay. */
  transforms?: readonly string[];
  /** Kind of the output. Default WebDataset shards. */
  to?: SinkName;
  /** Name of the recipe, which is written with every row. */
  recipe?: string;
  format?: string;
  /** Folder that the names of images are relative to. */
  images?: string;
  /** Note all reasons of a row, not only the first. */
  explain?: boolean;
  share?: { index: number; count: number };
  limit?: number;
  /** Rows in one file of the output. Default 10,000. */
  rowsPerFile?: number;
  embedder?: CurateEmbedder;
  labeler?: Labeler;
  /** Rows that are read and decoded at once. Default 8. */
  concurrency?: number;
  /** Largest image file and picture. Default 20 MiB and 50 million pixels. */
  maxBytes?: number;
  maxPixels?: number;
  resume?: boolean;
  force?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: { stage: 'captions' | 'rows'; done: number; total: number; kept: number }) => void;
  /** Instead of filters: the row that a row repeats, by their numbers, or the row itself. Used by `dedup`. */
  leader?: (ordinal: number) => number;
  /** With `leader`: whether the image of a row has been decoded before. */
  isWhole?: (ordinal: number) => boolean;
  /** Part of what makes a run what it is, beside the options above. */
  about?: Readonly<Record<string, unknown>>;
}

/** What came of a run. Equal runs have equal reports. */
export interface CurateReport {
  rows: number;
  kept: number;
  dropped: number;
  /** Rows by the first reason that dropped them, in the order of the filters; faults (`row`, `caption`, `image`) first. */
  first: Record<string, number>;
  /** With `explain`: rows by every reason. */
  all?: Record<string, number>;
  filters: { name: string; settings: Readonly<Record<string, unknown>> }[];
  transforms: readonly string[];
  recipe?: string;
  /** Where word classes and names are from, if a filter or transform asked. */
  lexicon?: string;
  clip?: string;
  detector?: string;
  to: SinkName;
  format: string;
}

/** Blocks whose state is saved together. */
const SAVE_EVERY = 16;
/** Blocks that are made ready ahead. */
const AHEAD = 2;
const HASH_SIDE = 64;
/** Shorter side of images for a detector. */
const DETECTOR_SIDE = 640;
const FAULTS = ['row', 'caption', 'image'];

/**
 * Filters a data set into a folder. Memory does not grow with the number of rows, but for filters that remember them (`duplicate`,
 * `frequency`: about 25 bytes a row). Output bytes depend on the data and the options alone, also after a kill. Errors: `curate.option`,
 * `curate.images`, `curate.resume`, `data.read`, `data.format`, `data.exists`, `util.locked`; faults of rows are reasons.
 */
export async function curate(path: string, options: CurateOptions): Promise<CurateReport> {
  const { to = 'webdataset', signal } = options;
  const chosen = chosenFilters(options.filters);
  checkOptions(chosen, options);
  const source = await openUnits(path, { format: options.format, signal });
  const folder = await RunFolder.open(options.out, {
    identity: curateIdentity(path, source, options),
    resume: options.resume,
    force: options.force,
  });
  try {
    if (folder.state?.done) return await readJson<CurateReport>(join(options.out, REPORT));
    return await new CurateRun(source, folder, { ...options, to }, chosen).run();
  } finally {
    await folder.close();
  }
}

/** What makes a run what it is, as plain JSON. */
export function curateIdentity(path: string, source: UnitSource, options: CurateOptions): Record<string, unknown> {
  const {
    to = 'webdataset',
    explain = false,
    transforms = [],
    recipe,
    share,
    limit,
    images,
    rowsPerFile,
    embedder,
    labeler,
    about,
  } = options;
  const identity = {
    path,
    units: source.units.map(({ name, bytes }) => [name, bytes]),
    filters: chosenFilters(options.filters).map(({ row, settings }) => [row.name, settings]),
    ...{ transforms, to, recipe, explain, share, limit, images, rowsPerFile },
    ...{ clip: embedder?.name, detector: labeler?.name, ...about },
  };
  return JSON.parse(JSON.stringify(identity)) as Record<string, unknown>;
}

function checkOptions(chosen: readonly ChosenFilter[], options: CurateOptions): void {
  const fail = (place: string, summary: string, hint: string): SensoriumError =>
    new SensoriumError('curate.option', summary, { place, hint });
  const uses = (name: string): boolean => chosen.some(({ row }) => row.name === name);
  if (uses('clip') && !options.embedder) throw fail('clip', 'the filter needs a CLIP', 'Name one with --clip FOLDER');
  if (uses('duplicate') && options.share && options.share.count > 1)
    throw fail(
      'duplicate',
      'repeated rows are found within one run only',
      'Leave the filter out of shares, and run `sensorium data dedup` over what they kept',
    );
}

/** One run over a data set. */
class CurateRun {
  private readonly first = new Map<string, number>();
  private readonly all = new Map<string, number>();
  private rows = 0;
  private kept = 0;
  private lexicon: Lexicon | undefined;
  private filters: RunningFilter[] = [];
  private transforms: ((caption: string) => string)[] = [];

  constructor(
    private readonly source: UnitSource,
    private readonly folder: RunFolder,
    private readonly options: CurateOptions & { to: SinkName },
    private readonly chosen: readonly ChosenFilter[],
  ) {}

  async run(): Promise<CurateReport> {
    const { options, folder } = this;
    this.filters = runningFilters(this.chosen, await this.context());
    this.transforms = (options.transforms ?? []).map((name) => transformNamed(name, this.lexicon as Lexicon));
    for await (const decision of folder.decisions()) this.count(decision.why, decision);
    const sink = await openSink(options.to, { dir: options.out, rowsPerFile: options.rowsPerFile ?? 10_000, state: folder.state?.sink });
    try {
      await this.blocks(sink);
      await sink.finish();
    } catch (error) {
      await sink.close();
      throw error;
    }
    const report = this.report();
    await folder.finish(report);
    return report;
  }

  /** What the filters may ask: languages, nouns, how often captions stand. */
  private async context(): Promise<FilterContext> {
    const { options, chosen, source } = this;
    const uses = (name: string): boolean => chosen.some(({ row }) => row.name === name);
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

  private async blocks(sink: Sink): Promise<void> {
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
        if (prepare.needs.image) checkColumns(table, source.units[unit]?.name ?? '');
      },
    });
    const ready = inOrder(blocks, AHEAD, async (block) => {
      const indices = Array.from({ length: block.end - block.start }, (_, i) => block.start + i);
      try {
        return { block, rows: await atOnce(indices, concurrency, (index) => prepareRow(block, index, prepare), signal) };
      } finally {
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
      if (++unsaved < SAVE_EVERY) continue;
      const state = await sink.checkpoint();
      if (state) {
        await folder.save(block.next, state);
        unsaved = 0;
      }
    }
  }

  private prepareOptions(): PrepareOptions {
    const { options, filters } = this;
    const needs = new Set(filters.map((filter) => filter.needs));
    const needsLabels = needs.has('labels') && options.labeler !== undefined;
    const sides = [HASH_SIDE, needs.has('clip') ? 2 * (options.embedder?.side ?? 0) : 0, needsLabels ? DETECTOR_SIDE : 0];
    const hasImageFilter =
      filters.some((filter) => filter.needs !== 'text' && filter.needs !== 'order') || filters.some(({ hash }) => hash);
    return {
      filters,
      explain: options.explain ?? false,
      side: Math.max(...sides),
      needs: { image: hasImageFilter, caption: filters.some(({ needs: need }) => need === 'text' || need === 'clip' || need === 'labels') },
      keepImage: needs.has('clip') || needsLabels,
      maxBytes: options.maxBytes ?? 20 * 2 ** 20,
      maxPixels: options.maxPixels ?? 50e6,
      look: (ordinal) => ((options.leader?.(ordinal) ?? ordinal) !== ordinal ? 'leave' : options.isWhole?.(ordinal) ? 'read' : 'decode'),
    };
  }

  /** Runs a detector and a CLIP over the rows of a block that are still of interest, then their filters. */
  private async models(rows: readonly Prepared[], prepare: PrepareOptions): Promise<void> {
    const { embedder, labeler, signal } = this.options;
    const alive = (): Prepared[] => rows.filter(({ candidate, image, why }) => candidate && image && (why.length === 0 || prepare.explain));
    for (const { candidate, image } of labeler ? alive() : [])
      if (candidate && image && !candidate.labels) candidate.labels = await labeler.labels(image, signal);
    for (const row of rows) if (row.candidate?.header) judge(row, 'labels', prepare);
    const scored = embedder ? alive() : [];
    if (scored.length > 0 && embedder) {
      const pictures = (
        await embedder.images(
          scored.map(({ image }) => image as RgbImage),
          signal,
        )
      ).vectors;
      const texts = (
        await embedder.texts(
          scored.map(({ candidate }) => candidate?.caption ?? ''),
          signal,
          { truncate: true },
        )
      ).vectors;
      for (const [i, { candidate }] of scored.entries()) if (candidate) candidate.clip = cosine(pictures[i], texts[i]);
      for (const row of scored) judge(row, 'clip', prepare);
    }
    for (const row of rows) row.image = undefined;
  }

  /** Decides the rows of a block in their order, notes why, and writes those that stay. */
  private async decide(block: Block, rows: readonly Prepared[], sink: Sink): Promise<void> {
    const { options, filters } = this;
    const { leader } = options;
    const decisions: Decision[] = [];
    for (const [i, prepared] of rows.entries()) {
      const { candidate, why, file, id, row } = prepared;
      const ordinal = block.ordinal + i;
      const first = leader?.(ordinal) ?? ordinal;
      if (first !== ordinal) why.push({ filter: 'duplicate', why: `row ${first} is nearly the same` });
      judge(prepared, 'order', { filters, explain: options.explain ?? false });
      const decision: Decision = {
        ...{ id, file: block.unit.name, row, kept: why.length === 0 },
        ...(why.length > 0 ? { why: options.explain ? why : why.slice(0, 1) } : {}),
        ...(candidate ? { caption: candidate.caption } : {}),
        ...(candidate?.header ? { size: [candidate.header.width, candidate.header.height] as const } : {}),
        ...(candidate?.clip === undefined ? {} : { clip: candidate.clip }),
        ...(candidate?.pHash ? { phash: bitsToHex(candidate.pHash) } : {}),
      };
      const place = this.kept;
      this.count(decision.why, decision);
      decisions.push(decision);
      if (!decision.kept || !candidate) continue;
      const { pair } = candidate;
      const caption = pair.caption === undefined ? undefined : this.transforms.reduce((text, change) => change(text), candidate.caption);
      const prefix = options.share && options.share.count > 1 ? `${options.share.index + 1}-` : '';
      await sink.add({
        ...{ key: `${prefix}${String(place).padStart(9, '0')}`, id, caption, from: { file: decision.file, row } },
        ...(file ? { image: file } : {}),
        meta: { ...pair.rest, id, curation: this.provenance(decision, caption) },
      });
    }
    await this.folder.write(decisions);
  }

  private provenance({ file, row, clip, phash, caption }: Decision, written: string | undefined): Record<string, unknown> {
    const { recipe, embedder } = this.options;
    return {
      ...(recipe === undefined ? {} : { recipe }),
      ...{ file, row },
      ...(clip === undefined ? {} : { clip, model: embedder?.name }),
      ...(phash === undefined ? {} : { phash }),
      ...(caption !== undefined && written !== caption ? { caption } : {}),
    };
  }

  /** Counts a decision, and tells it to filters that remember rows. */
  private count(why: readonly Why[] | undefined, decision: Decision): void {
    this.rows++;
    const add = (map: Map<string, number>, key: string): void => void map.set(key, (map.get(key) ?? 0) + 1);
    if (!decision.kept) {
      for (const [i, { filter }] of (why ?? []).entries()) {
        if (i === 0) add(this.first, filter);
        add(this.all, filter);
      }
      return;
    }
    this.kept++;
    const { caption = '', phash } = decision;
    for (const filter of this.filters) filter.kept?.({ caption, ...(phash === undefined ? {} : { pHash: hexToBits(phash) }) });
  }

  private report(): CurateReport {
    const { options, chosen } = this;
    const names = [...FAULTS, ...chosen.map(({ row }) => row.name), ...(options.leader ? ['duplicate'] : [])];
    const table = (map: ReadonlyMap<string, number>): Record<string, number> =>
      Object.fromEntries(
        [...new Set(names)].flatMap((name) => (FAULTS.includes(name) && !map.has(name) ? [] : [[name, map.get(name) ?? 0]])),
      );
    return {
      ...{ rows: this.rows, kept: this.kept, dropped: this.rows - this.kept, first: table(this.first) },
      ...(options.explain ? { all: table(this.all) } : {}),
      filters: chosen.map(({ row, settings }) => ({ name: row.name, settings })),
      transforms: options.transforms ?? [],
      ...(options.recipe === undefined ? {} : { recipe: options.recipe }),
      ...(this.lexicon ? { lexicon: this.lexicon.source } : {}),
      ...(options.embedder ? { clip: options.embedder.name } : {}),
      ...(options.labeler ? { detector: options.labeler.name } : {}),
      ...{ to: options.to, format: this.source.format },
    };
  }
}

/** Cosine of two unit vectors, to four digits: the last ones depend on the machine. */
export function cosine(a: Float32Array | undefined, b: Float32Array | undefined): number {
  let sum = 0;
  for (let i = 0; i < (a?.length ?? 0); i++) sum += (a?.[i] ?? 0) * (b?.[i] ?? 0);
  return Math.round(sum * 1e4) / 1e4;
}

const IMAGE_COLUMNS = ['image', 'images', 'file_name', 'image_path', 'img', 'jpg', 'png', 'webp'];

/** Throws `curate.images` for a table whose columns hold no image. */
function checkColumns(table: unknown, place: string): void {
  const { columns } = table as { columns?: readonly string[] };
  if (!columns || columns.some((name) => IMAGE_COLUMNS.includes(name))) return;
  throw new SensoriumError('curate.images', 'the table has no column of images', {
    place,
    expected: IMAGE_COLUMNS.join(', '),
    got: columns.join(', '),
    hint: columns.some((name) => /^url$/i.test(name))
      ? 'Its images are addresses: download them first (img2dataset writes tar and parquet files that are read here)'
      : 'Choose filters that look at captions alone, or name the column',
  });
}
