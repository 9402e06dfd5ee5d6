// Letters of real fonts as masks: TrueType outlines out of WOFF files, filled with exact coverage along each line.

import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { SensoriumError } from '../util/errors.js';

/** A letter in pixels: how much of each pixel it covers, where its mask lies from the pen on the baseline, how far the pen moves. */
export interface Glyph {
  /** [height, width], 0 to 255. */
  alpha: Uint8Array;
  width: number;
  height: number;
  left: number;
  /** Of the first row, above the baseline. */
  top: number;
  advance: number;
}

/** A place of an outline in units of the font; off-curve ones are the middles of quadratic curves. */
interface OutlinePoint {
  x: number;
  y: number;
  on: boolean;
}
type Contour = OutlinePoint[];

const MOST_BYTES = 32 << 20;
/** Lines of a pixel along which coverage is exact. */
const LINES = 5;
/** Pieces of a curve. */
const PIECES = 6;

/** One font file. */
export class Face {
  private readonly tables: ReadonlyMap<string, DataView>;
  private readonly unitsPerEm: number;
  private readonly longLoca: boolean;
  private readonly metrics: number;
  private readonly glyphIds: (code: number) => number;
  private readonly cache = new Map<string, Glyph>();

  /** `bytes`: a WOFF file with TrueType outlines. Errors: `world.asset` for anything else. */
  constructor(
    bytes: Uint8Array,
    private readonly place: string,
  ) {
    this.tables = this.reading(() => readTables(bytes));
    const head = this.table('head');
    this.unitsPerEm = head.getUint16(18);
    this.longLoca = head.getInt16(50) !== 0;
    this.metrics = this.table('hhea').getUint16(34);
    this.glyphIds = this.reading(() => readCmap(this.table('cmap')));
  }

  /** Reads a file. Errors: `world.asset`. */
  static fromFile(path: string): Face {
    let bytes: Uint8Array;
    try {
      bytes = readFileSync(path);
    } catch (cause) {
      throw new SensoriumError('world.asset', 'a font cannot be read', { place: path, hint: 'Reinstall the packages: npm install', cause });
    }
    return new Face(bytes, path);
  }

  /** Whether the font has a letter. */
  has(letter: string): boolean {
    return this.glyphIds(letter.codePointAt(0) as number) !== 0;
  }

  /** A letter at a size (pixels of an em). One that the font lacks is its box for missing letters. Errors: `world.asset` for a damaged file. */
  glyph(letter: string, size: number): Glyph {
    const key = `${size} ${letter}`;
    const found = this.cache.get(key) ?? this.reading(() => this.draw(this.glyphIds(letter.codePointAt(0) as number), size));
    if (this.cache.size > 4096) this.cache.clear();
    this.cache.set(key, found);
    return found;
  }

  private draw(id: number, size: number): Glyph {
    const scale = size / this.unitsPerEm;
    const advance = this.table('hmtx').getUint16(4 * Math.min(id, this.metrics - 1)) * scale;
    const contours = this.outline(id);
    const points = contours.flat();
    if (points.length === 0) return { alpha: new Uint8Array(), width: 0, height: 0, left: 0, top: 0, advance };
    const range = (of: (p: OutlinePoint) => number): [number, number] => {
      const all = points.map((p) => of(p) * scale);
      return [Math.floor(Math.min(...all)), Math.ceil(Math.max(...all))];
    };
    const [[left, right], [bottom, top]] = [range((p) => p.x), range((p) => p.y)];
    const [width, height] = [Math.max(1, right - left), Math.max(1, top - bottom)];
    const edges = contours.flatMap((contour) => flatten(contour).map(([x, y]): [number, number] => [x * scale - left, top - y * scale]));
    return { alpha: fill(edges, width, height), width, height, left, top, advance };
  }

  /** The contours of a glyph, those of its parts where it is made of others. */
  private outline(id: number, depth = 0): Contour[] {
    const loca = this.table('loca');
    const [from, to] = this.longLoca
      ? [loca.getUint32(4 * id), loca.getUint32(4 * id + 4)]
      : [2 * loca.getUint16(2 * id), 2 * loca.getUint16(2 * id + 2)];
    if (to <= from || depth > 4) return [];
    const whole = this.table('glyf');
    const glyf = new DataView(whole.buffer, whole.byteOffset + from, to - from);
    const count = glyf.getInt16(0);
    return count >= 0 ? simpleOutline(glyf, count) : this.parts(glyf, depth);
  }

  private parts(glyf: DataView, depth: number): Contour[] {
    const out: Contour[] = [];
    for (let at = 10, more = true; more; ) {
      const [flags, id] = [glyf.getUint16(at), glyf.getUint16(at + 2)];
      at += 4;
      const wide = (flags & 1) !== 0;
      const [dx, dy] = wide ? [glyf.getInt16(at), glyf.getInt16(at + 2)] : [glyf.getInt8(at), glyf.getInt8(at + 1)];
      at += wide ? 4 : 2;
      const f = (i: number): number => glyf.getInt16(at + 2 * i) / 16384;
      let [a, b, c, d] = [1, 0, 0, 1];
      if (flags & 8) [a, d, at] = [f(0), f(0), at + 2];
      else if (flags & 0x40) [a, d, at] = [f(0), f(1), at + 4];
      else if (flags & 0x80) [a, b, c, d, at] = [f(0), f(1), f(2), f(3), at + 8];
      for (const contour of this.outline(id, depth + 1))
        out.push(contour.map(({ x, y, on }) => ({ x: a * x + c * y + dx, y: b * x + d * y + dy, on })));
      more = (flags & 0x20) !== 0;
    }
    return out;
  }

  private table(name: string): DataView {
    const found = this.tables.get(name);
    if (found) return found;
    throw new SensoriumError('world.asset', 'a font lacks a table', {
      place: this.place,
      expected: name,
      got: [...this.tables.keys()].join(', '),
    });
  }

  private reading<T>(read: () => T): T {
    try {
      return read();
    } catch (cause) {
      if (cause instanceof SensoriumError) throw cause;
      throw new SensoriumError('world.asset', 'a font file is damaged', {
        place: this.place,
        expected: 'WOFF with TrueType outlines',
        cause,
      });
    }
  }
}

/** The tables of a WOFF file (W3C, WOFF 1.0), unpacked. */
function readTables(bytes: Uint8Array): Map<string, DataView> {
  const file = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.getUint32(0) !== 0x774f4646) throw new RangeError('not a WOFF file');
  const tables = new Map<string, DataView>();
  for (let i = 0, at = 44; i < file.getUint16(12); i++, at += 20) {
    const name = String.fromCharCode(...bytes.subarray(at, at + 4));
    const [offset, packed, length] = [file.getUint32(at + 4), file.getUint32(at + 8), file.getUint32(at + 12)];
    if (length > MOST_BYTES) throw new RangeError(`table ${name} of ${length} bytes`);
    const raw = bytes.subarray(offset, offset + packed);
    const data = packed < length ? inflateSync(raw, { maxOutputLength: length }) : raw;
    if (data.length !== length) throw new RangeError(`table ${name} is cut off`);
    tables.set(name, new DataView(data.buffer, data.byteOffset, data.byteLength));
  }
  return tables;
}

/** From code points to glyphs: subtables of format 12 or 4. */
function readCmap(cmap: DataView): (code: number) => number {
  let best: { format: number; at: number } | undefined;
  for (let i = 0; i < cmap.getUint16(2); i++) {
    const at = cmap.getUint32(8 + 8 * i);
    const format = cmap.getUint16(at);
    if ((format === 12 || format === 4) && (!best || format > best.format)) best = { format, at };
  }
  if (!best) throw new RangeError('no cmap of format 4 or 12');
  const { format, at } = best;
  if (format === 12) {
    const groups = cmap.getUint32(at + 12);
    return (code) => {
      for (let g = 0, p = at + 16; g < groups; g++, p += 12)
        if (code >= cmap.getUint32(p) && code <= cmap.getUint32(p + 4)) return cmap.getUint32(p + 8) + code - cmap.getUint32(p);
      return 0;
    };
  }
  const double = cmap.getUint16(at + 6);
  const [ends, starts] = [at + 14, at + 16 + double];
  return (code) => {
    for (let s = 0; s < double; s += 2) {
      if (code > cmap.getUint16(ends + s)) continue;
      const start = cmap.getUint16(starts + s);
      if (code < start) return 0;
      const delta = cmap.getUint16(starts + double + s);
      const place = starts + 2 * double + s;
      const range = cmap.getUint16(place);
      const id = range === 0 ? code : cmap.getUint16(place + range + 2 * (code - start));
      return id === 0 ? 0 : (id + delta) & 0xffff;
    }
    return 0;
  };
}

/** A glyph of contours of its own. */
function simpleOutline(glyf: DataView, count: number): Contour[] {
  if (count === 0) return [];
  const ends = Array.from({ length: count }, (_, i) => glyf.getUint16(10 + 2 * i));
  let at = 10 + 2 * count;
  at += 2 + glyf.getUint16(at); // instructions
  const total = (ends.at(-1) as number) + 1;
  const flags: number[] = [];
  while (flags.length < total) {
    const flag = glyf.getUint8(at++);
    const times = flag & 8 ? glyf.getUint8(at++) : 0;
    for (let i = 0; i <= times; i++) flags.push(flag);
  }
  const axis = (short: number, same: number): number[] => {
    let value = 0;
    return flags.slice(0, total).map((flag) => {
      if (flag & short) value += flag & same ? glyf.getUint8(at++) : -glyf.getUint8(at++);
      else if (!(flag & same)) {
        value += glyf.getInt16(at);
        at += 2;
      }
      return value;
    });
  };
  const xs = axis(2, 16);
  const ys = axis(4, 32);
  return ends.map((end, i) => {
    const start = i === 0 ? 0 : (ends[i - 1] as number) + 1;
    return Array.from({ length: end - start + 1 }, (_, k) => {
      const p = start + k;
      return { x: xs[p] as number, y: ys[p] as number, on: ((flags[p] as number) & 1) !== 0 };
    });
  });
}

/** A contour as edges, two points each, one after the other: curves in pieces. */
function flatten(contour: Contour): [number, number][] {
  const n = contour.length;
  if (n < 2) return [];
  const middle = (a: OutlinePoint, b: OutlinePoint): OutlinePoint => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, on: true });
  // Between two middles of curves a point of the outline is left out.
  const whole: OutlinePoint[] = contour.flatMap((p, i) => {
    const next = contour[(i + 1) % n] as OutlinePoint;
    return p.on || next.on ? [p] : [p, middle(p, next)];
  });
  const first = whole.findIndex(({ on }) => on);
  const turned = [...whole.slice(first), ...whole.slice(0, first), whole[first] as OutlinePoint];
  const edges: [number, number][] = [];
  let from = turned[0] as OutlinePoint;
  for (let i = 1; i < turned.length; i++) {
    const p = turned[i] as OutlinePoint;
    if (p.on) {
      edges.push([from.x, from.y], [p.x, p.y]);
      from = p;
      continue;
    }
    const to = turned[++i] as OutlinePoint;
    let [x, y] = [from.x, from.y];
    for (let k = 1; k <= PIECES; k++) {
      const t = k / PIECES;
      const [a, b, c] = [(1 - t) ** 2, 2 * t * (1 - t), t * t];
      const next: [number, number] = [a * from.x + b * p.x + c * to.x, a * from.y + b * p.y + c * to.y];
      edges.push([x, y], next);
      [x, y] = next;
    }
    from = to;
  }
  return edges;
}

/** Coverage of the inside of edges, by the nonzero rule: exact along each of `LINES` lines of a pixel row. -> [height, width] */
function fill(edges: readonly (readonly [number, number])[], width: number, height: number): Uint8Array {
  const covered = new Float64Array(width * height);
  for (let line = 0; line < height * LINES; line++) {
    const y = (line + 0.5) / LINES;
    const crossings: [x: number, turn: number][] = [];
    for (let e = 0; e < edges.length; e += 2) {
      const [[x0, y0], [x1, y1]] = [edges[e] as readonly [number, number], edges[e + 1] as readonly [number, number]];
      if (y0 <= y === y1 <= y) continue;
      crossings.push([x0 + ((y - y0) / (y1 - y0)) * (x1 - x0), y1 > y0 ? 1 : -1]);
    }
    crossings.sort((a, b) => a[0] - b[0]);
    let winding = 0;
    const row = Math.floor(line / LINES) * width;
    for (const [i, [x, turn]] of crossings.entries()) {
      winding += turn;
      const end = crossings[i + 1]?.[0];
      if (winding === 0 || end === undefined) continue;
      for (let p = Math.max(0, Math.floor(x)); p < Math.min(width, end); p++)
        covered[row + p] = (covered[row + p] as number) + (Math.min(end, p + 1) - Math.max(x, p)) / LINES;
    }
  }
  return Uint8Array.from(covered, (v) => Math.round(255 * Math.min(1, v)));
}
