// The sample browser: what rows say for the filters, pictures once, bounds, claims marked.

import { describe, expect, test } from 'vitest';
import { image } from '../../media/index.js';
import type { Benchmark } from '../benchmark.js';
import type { BenchRecord } from '../runner.js';
import { share, unparsed } from '../scores.js';
import { browseSamples } from './data.js';
import { gallery } from './gallery.js';
import { markedHtml, type ReportMark } from './marks.js';

const benchmark: Benchmark = {
  name: 'b',
  title: 'B',
  about: '',
  maxTokens: 1,
  rows: () => [],
  score: (done) => [
    share('accuracy', done.filter(({ reply, truth }) => reply === truth).length, done.length),
    unparsed(done, ({ reply }) => reply === ''),
  ],
  right: ({ reply, truth }) => reply === truth,
};
const pixels = (value: number) => ({ width: 2, height: 2, data: new Uint8Array(12).fill(value) });
const pictures = [pixels(0), pixels(1), pixels(2)];
const record = (i: number, reply: string): BenchRecord => ({
  bench: 'b',
  row: `k ${i}`,
  kind: i % 2 ? 'odd' : 'even',
  messages: [{ role: 'user', content: [{ ...image(pictures[i % 3] as (typeof pictures)[0]) }, { type: 'text', text: `What is ${i}?` }] }],
  truth: 'yes',
  reply,
  right: reply === 'yes',
});
const records = ['yes', '', 'no', 'yes', 'no', 'yes'].map((reply, i) => record(i, reply));

describe('sample browser', () => {
  test('every row, with what it is filtered by; a picture stands there once', async () => {
    const { samples, samplesNote } = await browseSamples(records, { benchmarks: [benchmark] });
    expect(samples.map(({ row, right, unparsed: bare }) => [row, right, bare ?? false])).toEqual([
      ['k 0', true, false],
      ['k 1', false, true],
      ['k 2', false, false],
      ['k 3', true, false],
      ['k 4', false, false],
      ['k 5', true, false],
    ]);
    expect(samplesNote).toContain('All 6 rows; of all, 3 are right and 3 wrong');
    const page = gallery(samples, samplesNote).text;
    expect(Array.from(page.matchAll(/data-result="([^"]*)"/g), (m) => m[1])).toEqual([
      'right',
      'wrong unparsed',
      'wrong',
      'right',
      'wrong',
      'right',
    ]);
    expect(page.match(/<img[^>]* src="data:/g)).toHaveLength(3);
    expect(Array.from(page.matchAll(/data-same="([^"]*)"/g), (m) => m[1])).toEqual(['picture-0', 'picture-1', 'picture-2']);
    expect(['<option value="unparsed">unparsed (1)', '<option value="b odd">b odd (3)'].filter((text) => !page.includes(text))).toEqual([]);
    expect(page).not.toContain('name="bench"'); // there is one
  });

  test('bounds: rows are taken evenly, pictures beyond the bytes are left out and counted', async () => {
    const few = await browseSamples(records, { benchmarks: [benchmark], rows: 3 });
    expect([few.samples.map(({ row }) => row), few.samplesNote]).toEqual([['k 0', 'k 2', 'k 4'], expect.stringContaining('3 of 6 rows')]);
    const bare = await browseSamples(records, { benchmarks: [], bytes: 1 });
    expect(bare.samples.map(({ picture }) => picture !== undefined)).toEqual([true, false, false, true, false, false]);
    expect(bare.samplesNote).toContain('4 rows are without theirs');
  });

  test('claims are marked, wide ones listed, all escaped', async () => {
    const text = 'A <red> dog and a cat.';
    const mark = (words: string, verdict: ReportMark['verdict'], type: string, more = {}): ReportMark => {
      const start = text.indexOf(words);
      return { start, end: start + words.length, verdict, type, ...more };
    };
    const marks = [
      mark('dog and a cat', 'moot', 'relation'),
      mark('cat', 'false', 'existence'),
      mark('<red>', 'false', 'attribute', { instead: 'blue & "x"' }),
      mark('dog', 'true', 'existence'),
    ];
    expect(markedHtml({ text, marks }).text.replace(/ title="[^"]*"/g, '')).toBe(
      'A <mark class="claim false">&#60;red&#62;</mark> <mark class="claim true">dog</mark> and a <mark class="claim false">cat</mark>.<span class="claims"><span class="claim-line"><mark class="claim moot">relation</mark> dog and a cat</span></span>',
    );
    expect(markedHtml({ text, marks }).text).toContain('title="attribute: false; it is blue &#38; &#34;x&#34;"');
    expect(markedHtml({ text: 'ab', marks: [mark('A', 'true', 'x', { end: 99 })] }).text).toBe('ab');
    const { samples } = await browseSamples([{ ...record(0, `<think>no</think>${text}`) }], {
      benchmarks: [],
      marks: () => ({ text, marks }),
    });
    const page = gallery(samples).text;
    expect(page).toContain('data-claims="false existence,false attribute"');
    expect(page).toContain('<summary>the whole reply');
    expect(page).toContain('class="legend"');
  });
});
