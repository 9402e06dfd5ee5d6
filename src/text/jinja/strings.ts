// Strings that remember where each stretch came from: written by the template, or passed in with the conversation.

import { TemplateError } from './errors.js';
import { spend, spendText } from './work.js';

/** A stretch of a string up to `end`; `source` is undefined for text of the template, else whatever the caller marked its text with. */
export interface Run {
  end: number;
  source: unknown;
}

/** A string of which at least one stretch has a source, or that is safe HTML. Runs cover the string without gaps. */
export class Marked {
  constructor(
    readonly value: string,
    readonly runs: readonly Run[],
    /** Markup in Python: what is added to it is escaped. */
    readonly isSafe = false,
  ) {}
}

/** A string as templates hold it: plain where the template wrote all of it. */
export type Str = string | Marked;

/** True for both forms of a string. */
export const isStr = (value: unknown): value is Str => typeof value === 'string' || value instanceof Marked;

/** The characters alone. */
export const text = (s: Str): string => (typeof s === 'string' ? s : s.value);

/** A text that came from `source`. */
export const marked = (value: string, source: unknown): Str => (value === '' ? '' : new Marked(value, [{ end: value.length, source }]));

/** The string as what `safe` and `escape` return. */
export function safe(s: Str): Str {
  return new Marked(text(s), typeof s === 'string' ? [{ end: s.length, source: undefined }] : s.runs, true);
}

export const isSafe = (s: unknown): s is Marked => s instanceof Marked && s.isSafe;

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };

/** HTML of a text; what is safe stays. */
export function escapeHtml(s: Str): Str {
  return isSafe(s) ? s : safe(mapText(s, (part) => part.replace(/[&<>"']/g, (c) => ESCAPES[c] as string)));
}

/** Longest string that a template may build, in UTF-16 units: 64 Mi, far beyond every prompt. */
export const MAX_LENGTH = 1 << 26;

const tooLong = (): TemplateError => new TemplateError(`the text grows beyond ${MAX_LENGTH} characters`);

/** Strings one after another. */
export function concat(parts: readonly Str[], separator: Str = ''): Str {
  let length = text(separator).length * Math.max(parts.length - 1, 0);
  let plain = typeof separator === 'string';
  for (const part of parts) {
    length += text(part).length;
    plain &&= typeof part === 'string';
  }
  if (length > MAX_LENGTH) throw tooLong();
  spendText(length);
  if (plain) return parts.join(separator as string);
  const runs: Run[] = [];
  const values: string[] = [];
  let at = 0;
  const add = (s: Str): void => {
    const value = text(s);
    if (value === '') return;
    values.push(value);
    for (const { end, source } of typeof s === 'string' ? [{ end: s.length, source: undefined }] : s.runs) {
      const last = runs.at(-1);
      if (last && last.source === source) last.end = at + end;
      else runs.push({ end: at + end, source });
    }
    at += value.length;
  };
  parts.forEach((part, i) => {
    if (i > 0) add(separator);
    add(part);
  });
  return whole(values.join(''), runs);
}

/** A string of runs, plain where none has a source. */
function whole(value: string, runs: Run[]): Str {
  return runs.every((run) => run.source === undefined) ? value : new Marked(value, runs);
}

/** From `start` up to `end`, in UTF-16 units. */
export function cut(s: Str, start: number, end = text(s).length): Str {
  if (typeof s === 'string') return s.slice(start, end);
  if (start >= end) return '';
  const runs: Run[] = [];
  for (const run of s.runs) {
    if (run.end <= start) continue;
    runs.push({ end: Math.min(run.end, end) - start, source: run.source });
    if (run.end >= end) break;
  }
  const part = whole(s.value.slice(start, end), runs);
  return s.isSafe ? safe(part) : part;
}

/** Each stretch changed by itself, such as to upper case. */
export function mapText(s: Str, change: (part: string) => string): Str {
  spendText(text(s).length);
  if (typeof s === 'string') return change(s);
  let at = 0;
  const parts = s.runs.map(({ end, source }) => {
    const part = change(s.value.slice(at, end));
    at = end;
    return source === undefined ? part : marked(part, source);
  });
  const all = concat(parts);
  return s.isSafe ? safe(all) : all;
}

/** A string `times` over. */
export function repeat(s: Str, times: number): Str {
  if (times <= 0 || text(s) === '') return '';
  if (text(s).length * times > MAX_LENGTH) throw tooLong();
  if (typeof s === 'string') return s.repeat(times);
  const all = concat(new Array<Str>(times).fill(s));
  return s.isSafe ? safe(all) : all;
}

const SURROGATE = /[\uD800-\uDFFF]/;

/** Where each character (code point, as Python counts) begins, with the end as the last entry; undefined where that is every UTF-16 unit. */
function starts(value: string): number[] | undefined {
  if (!SURROGATE.test(value)) return undefined;
  const out: number[] = [];
  for (let i = 0; i < value.length; i += (value.codePointAt(i) as number) > 0xffff ? 2 : 1) out.push(i);
  out.push(value.length);
  return out;
}

/** Characters as Python counts them. */
export function lengthOf(s: Str): number {
  const value = text(s);
  return (starts(value)?.length ?? value.length + 1) - 1;
}

/** The characters, each a string. */
export function characters(s: Str): Str[] {
  const value = text(s);
  spend(value.length >> 2);
  const at = starts(value) ?? Array.from({ length: value.length + 1 }, (_, i) => i);
  return at.slice(0, -1).map((start, i) => cut(s, start, at[i + 1]));
}

/** UTF-16 unit where the character `index` begins. */
export function unitOf(value: string, index: number): number {
  return starts(value)?.[index] ?? index;
}

/** The character that begins at a UTF-16 unit. */
export function indexOfUnit(value: string, unit: number): number {
  if (unit < 0 || !SURROGATE.test(value)) return unit;
  return lengthOf(value.slice(0, unit));
}

/** Python's white space. */
const SPACE = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const LEADING = new RegExp(`^[${SPACE}]+`);
const IS_SPACE = new RegExp(`[${SPACE}]`);
const SPACES = new RegExp(`[${SPACE}]+`, 'g');

/** True for one character of white space. */
export const isSpace = (c: string): boolean => IS_SPACE.test(c);

/** `strip`, `lstrip` and `rstrip`: characters of `chars`, or white space, away from the ends. */
export function strip(s: Str, chars: string | undefined, left: boolean, right: boolean): Str {
  const value = text(s);
  spendText(value.length);
  const set = chars === undefined ? undefined : new Set(chars);
  const drops = (c: string): boolean => (set ? set.has(c) : isSpace(c));
  let start = 0;
  let end = value.length;
  if (left && !set) start = LEADING.exec(value)?.[0].length ?? 0;
  while (left && set && start < end) {
    const c = String.fromCodePoint(value.codePointAt(start) as number);
    if (!drops(c)) break;
    start += c.length;
  }
  while (right && end > start) {
    const low = value.charCodeAt(end - 1);
    const c = low >= 0xdc00 && low <= 0xdfff && end - start > 1 ? value.slice(end - 2, end) : value.charAt(end - 1);
    if (!drops(c)) break;
    end -= c.length;
  }
  return cut(s, start, Math.max(start, end));
}

/** `split` and `rsplit`; `limit` is the most cuts, below 0 for all. */
export function split(s: Str, separator: string | undefined, limit: number, fromRight = false): Str[] {
  const value = text(s);
  spendText(value.length);
  let gaps: [start: number, end: number][];
  if (separator === undefined) {
    const inner = strip(s, undefined, true, true);
    if (text(inner) === '') return [];
    gaps = [...value.matchAll(SPACES)].map((m) => [m.index, m.index + m[0].length]);
    // White space at the ends separates nothing.
    if (gaps[0]?.[0] === 0) gaps.shift();
    if (gaps.at(-1)?.[1] === value.length) gaps.pop();
  } else {
    if (separator === '') throw new TemplateError('empty separator');
    gaps = fromRight ? findAllFromRight(value, separator) : findAll(value, separator);
  }
  if (limit >= 0) gaps = fromRight ? gaps.slice(Math.max(gaps.length - limit, 0)) : gaps.slice(0, limit);
  const parts: Str[] = [];
  let at = 0;
  for (const [start, end] of gaps) {
    parts.push(cut(s, at, start));
    at = end;
  }
  parts.push(cut(s, at));
  if (separator !== undefined) return parts;
  // Without a separator the outer white space goes, except what a limit leaves in the last part (Python keeps that part's other end).
  const bounded = limit >= 0 && gaps.length === limit;
  const last = parts.length - 1;
  parts[0] = strip(parts[0] as Str, undefined, !(bounded && fromRight), last === 0 ? !bounded || fromRight : false);
  if (last > 0) parts[last] = strip(parts[last] as Str, undefined, false, !bounded || fromRight);
  return parts;
}

function findAll(value: string, what: string): [number, number][] {
  const out: [number, number][] = [];
  for (let i = value.indexOf(what); i >= 0; i = value.indexOf(what, i + what.length)) out.push([i, i + what.length]);
  return out;
}

function findAllFromRight(value: string, what: string): [number, number][] {
  const out: [number, number][] = [];
  for (let end = value.length; end >= what.length; ) {
    const i = value.lastIndexOf(what, end - what.length);
    if (i < 0) break;
    out.unshift([i, i + what.length]);
    end = i;
  }
  return out;
}

/** `replace`; `limit` below 0 for all. */
export function replace(s: Str, old: Str, by: Str, limit = -1): Str {
  const value = text(s);
  spendText(value.length);
  const what = text(old);
  let places: [number, number][];
  if (what === '') {
    const at = starts(value) ?? Array.from({ length: value.length + 1 }, (_, i) => i);
    places = at.map((i) => [i, i]);
  } else places = findAll(value, what);
  if (limit >= 0) places = places.slice(0, limit);
  if (places.length === 0) return s;
  const parts: Str[] = [];
  let done = 0;
  for (const [start, end] of places) {
    parts.push(cut(s, done, start), by);
    done = end;
  }
  parts.push(cut(s, done));
  return concat(parts);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: Python ends lines at some
const LINE_END = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/g;

/** Lines; ends stay with `keep`. */
export function splitLines(s: Str, keep: boolean): Str[] {
  const value = text(s);
  const out: Str[] = [];
  let at = 0;
  for (const m of value.matchAll(LINE_END)) {
    out.push(cut(s, at, keep ? m.index + m[0].length : m.index));
    at = m.index + m[0].length;
  }
  if (at < value.length) out.push(cut(s, at));
  return out;
}
