// Reports: schema, escaping, self-containment, pictures, broken data.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { image } from '../../media/index.js';
import type { Score } from '../benchmark.js';
import type { BenchRecord, BenchResult } from '../runner.js';
import { pickSamples, type ReportData, type ReportSample, thin } from './data.js';
import { amount, duration, html, jsonScript } from './html.js';
import { renderPage } from './page.js';
import { encodePng } from './png.js';
import { readReport, toReport, writeReport } from './write.js';

const hostile = `</script><script>alert(1)</script><img src=x onerror="alert('2')">&`;
/** Results as of two benchmarks that nothing here has heard of. */
const results = (value: number, n = 40): BenchResult[] => {
  const score = (v: number, more: Partial<Score> = {}): Score => ({
    name: `F1 ${hostile}`,
    value: v,
    low: v - 0.1,
    high: Math.min(1, v + 0.1),
    n,
    better: 'higher',
    ...more,
  });
  const scores = (v: number): Score[] => [
    score(v),
    score(v, { name: 'made up', better: 'lower', note: hostile }),
    score(v, { name: 'precision', detail: true }),
  ];
  return [
    {
      name: 'new',
      title: `New ${hostile}`,
      about: hostile,
      n,
      scores: {
        model: scores(value),
        alwaysYes: scores(0.5),
        alwaysNo: scores(0.4),
        [`other ${hostile}`]: scores(0.3),
        blind: scores(0.6),
      },
    },
    { name: 'second', title: 'Second', about: 'seconds', n: 2, scores: { model: [{ ...score(0.7), name: 'seconds' }] } },
  ];
};
const data = (change: Partial<ReportData> = {}): ReportData => ({
  title: `Quick ${hostile}`,
  source: { name: 'scene world', description: `Split "test" ${hostile}` },
  seconds: 372,
  stages: [
    { name: `align ${hostile}`, steps: 900, loss: { first: 4, last: 1.5 }, tokensPerSecond: 12_345, gflops: 180 },
    { name: 'instruct', steps: 2, loss: { first: null, last: null }, tokensPerSecond: null, gflops: null, seconds: 61 },
  ],
  benchmarks: results(0.9),
  splits: { [`style ${hostile}`]: results(0.8) },
  measures: { [`top-1 ${hostile}`]: { value: 0.9, low: 0.8, high: 0.95, n: 50 } },
  seed: 7,
  command: `sensorium quickstart ${hostile}`,
  versions: { [`node ${hostile}`]: `20 ${hostile}` },
  curves: { [`align ${hostile}`]: { steps: [0, 1, 2], loss: [4, Number.NaN, 2] } },
  samples: [
    {
      picture: { width: 4, height: 4, data: new Uint8Array(48).fill(90) },
      kind: `vqa ${hostile}`,
      question: `What? ${hostile}`,
      reply: hostile,
      truth: `red ${hostile}`,
      right: false,
      boxes: [
        { label: `dog ${hostile}`, box: [0, 1, 2, 3] },
        { label: 'cat', box: [1, 1, 3, 3], from: 'model' },
      ],
    },
    {
      picture: { width: 4, height: 4, data: new Uint8Array(48) },
      kind: 'pope',
      question: 'Is there a dog?',
      reply: '',
      truth: 'no',
      right: true,
    },
  ],
  ...change,
});

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'report-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('report files', () => {
  test('report.json holds every field and reads back', async () => {
    const files = await writeReport(join(dir, 'run', 'deep'), data());
    const read = await readReport(files.json);
    expect(read).toEqual(files.report);
    expect(read.source.name).toBe('scene world');
    expect(read.benchmarks[0]?.scores.model?.[0]?.value).toBe(0.9);
    expect(read).not.toHaveProperty('samples');
    expect((await readFile(files.html, 'utf8')).startsWith('<!doctype html>')).toBe(true);
  });

  test('incomplete data is refused by name, and nothing is written', async () => {
    const at = join(dir, 'refused');
    await expect(writeReport(at, data({ seconds: Number.NaN }))).rejects.toThrow(/not complete \(in seconds\)/);
    const [first] = results(1) as [BenchResult];
    const broken = { ...first, scores: { model: [{ name: 'F1', value: Number.NaN } as Score] } };
    await expect(writeReport(at, data({ benchmarks: [broken] }))).rejects.toMatchObject({
      code: 'evaluate.report',
      place: 'benchmarks.0.scores.model.0.value',
    });
    await expect(writeReport(at, data({ curves: { a: { steps: [1, 2], loss: [1] } } }))).rejects.toThrow(/expected 2 losses, got 1/);
    await expect(readFile(join(at, 'report.json'))).rejects.toThrow(/ENOENT/);
  });

  test('a report of another layout, and a broken one, are refused by name', async () => {
    const file = join(dir, 'old.json');
    await writeFile(file, JSON.stringify({ version: 1, world: {}, bench: {} }));
    await expect(readReport(file)).rejects.toMatchObject({ code: 'evaluate.report', place: file, expected: 'version 2', got: 'version 1' });
    await writeFile(file, 'null');
    await expect(readReport(file)).rejects.toMatchObject({ code: 'evaluate.report', got: 'version unknown' });
    await writeFile(file, JSON.stringify({ ...toReport(data()), seconds: 'long' }));
    await expect(readReport(file)).rejects.toMatchObject({ code: 'evaluate.report', place: `${file}, seconds` });
  });

  test('a folder that cannot be made names its path', async () => {
    await writeFile(join(dir, 'file'), '');
    await expect(writeReport(join(dir, 'file', 'run'), data())).rejects.toMatchObject({
      name: 'SensoriumError',
      message: expect.stringContaining('report.json'),
    });
  });
});

describe('page', () => {
  test('text is escaped wherever it comes from', () => {
    const page = renderPage(data());
    // Each hostile text may stand in the page as text only.
    expect(['<script>alert', '<img src=x', 'onerror="'].filter((text) => page.includes(text))).toEqual([]);
    expect(page.match(/<script/g)?.length).toBe(4); // curves, library, drawing, browsing
    expect(page.match(/<\/script>/g)?.length).toBe(4);
    expect(page.includes('&#60;img src=x')).toBe(true);
  });

  test('needs no network', () => {
    const page = renderPage(data());
    expect(page.includes('content="default-src &#39;none&#39;; img-src data:;')).toBe(true);
    expect([...page.matchAll(/(?:src|href)="([^"]*)"/g)].every((m) => m[1]?.startsWith('data:image/png;base64,'))).toBe(true);
    expect(/@import|url\(\s*['"]?http/.test(page)).toBe(false);
    expect(page.includes('new uPlot(')).toBe(true);
  });

  test('says where the numbers come from, marks right and wrong in words, shows boxes and baselines', () => {
    const page = renderPage(data());
    const missing = [
      'Scene world',
      '✓ right',
      '✗ wrong',
      'always yes',
      'always no',
      'blind',
      '6 min 12 s',
      '12,345',
      '(empty reply)',
      'class="box model"',
    ];
    expect(missing.filter((text) => !page.includes(text))).toEqual([]);
    expect(page.replace(/<(script|style).*?<\/\1>/gs, '').match(/NaN|undefined|\[object/)).toBeNull();
  });

  test('every benchmark and every responder has its place, details apart', () => {
    const page = renderPage(data());
    const table = (from: string) => page.slice(page.indexOf(from), page.indexOf('</table>', page.indexOf(from)));
    const main = table('<h2>Benchmarks</h2>');
    expect(['made up', 'lower is better', 'Second: seconds', 'other &#60;', 'model − blind'].filter((t) => !main.includes(t))).toEqual([]);
    expect(main.includes('precision')).toBe(false);
    expect(table('<h2>In detail</h2>').includes('precision')).toBe(true);
    // The blind model stands next to the model; the second benchmark was not asked of others.
    expect(main.indexOf('>blind<')).toBeLessThan(main.indexOf('>always yes<'));
    expect(main.includes('+0.300')).toBe(true);
    expect(main.match(/<td class="score none">–<\/td>/g)?.length).toBe(4);
  });

  test('a score of nothing is a dash, not a zero', () => {
    const page = renderPage(data({ benchmarks: results(0, 0), samples: [], curves: {}, splits: undefined }));
    expect(page.includes('nothing to score') && page.includes('No curves were recorded')).toBe(true);
  });

  test('files instead of the scene world, and no training', () => {
    const page = renderPage(data({ source: { name: `pope.json ${hostile}`, description: hostile }, stages: [], curves: undefined }));
    expect([page.includes('Scene world'), page.includes('<h2>Training</h2>'), page.includes('training steps')]).toEqual([
      false,
      false,
      false,
    ]);
    expect(page.includes('pope.json &#60;')).toBe(true);
  });

  test('no text breaks out of the template or of a JSON script', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(html`<p title="${text}">${text}</p>`.text.match(/[<>"]/g)).toHaveLength(6);
        const script = jsonScript('x', { text }).text;
        const body = script.slice(script.indexOf('>') + 1, script.lastIndexOf('<'));
        expect(body).not.toContain('<');
        expect(JSON.parse(body)).toEqual({ text });
      }),
    );
  });

  test('numbers', () => {
    expect([0.5, 59, 61, 3725].map(duration)).toEqual(['0.5 s', '59 s', '1 min 1 s', '1 h 2 min']);
    expect([0, 1.23456, 99.6, 12_345.6, null].map(amount)).toEqual(['0', '1.23', '99.6', '12,346', '–']);
  });
});

describe('pictures and curves', () => {
  test('PNG: chunks have right sums and the pixels come back', () => {
    const pixels = Uint8Array.from({ length: 5 * 3 * 3 }, (_, i) => (i * 37) % 256);
    const png = encodePng(pixels, 5, 3);
    expect([...png.subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
    const chunks: Record<string, Buffer> = {};
    for (let at = 8; at < png.length; ) {
      const length = png.readUInt32BE(at);
      const body = png.subarray(at + 4, at + 8 + length);
      expect(png.readUInt32BE(at + 8 + length)).toBe(crc32(body));
      chunks[body.toString('latin1', 0, 4)] = body.subarray(4);
      at += 12 + length;
    }
    expect(Object.keys(chunks)).toEqual(['IHDR', 'IDAT', 'IEND']);
    const rows = inflateSync(chunks.IDAT as Buffer);
    expect(Uint8Array.from(rows.filter((_, i) => i % 16 !== 0))).toEqual(pixels);
    expect(() => encodePng(pixels, 4, 3)).toThrow(/36 bytes for 4x3 RGB, got 45/);
  });

  test('long curves are thinned by means, gaps stay gaps', () => {
    const n = 5000;
    const steps = Array.from({ length: n }, (_, i) => i);
    const out = thin({ steps, loss: steps.map((i) => (i < 100 ? Number.NaN : 2)) }, 100);
    expect(out.steps).toHaveLength(100);
    expect(out.loss.slice(0, 3)).toEqual([null, null, 2]);
    expect(thin({ steps: [], loss: [] })).toEqual({ steps: [], loss: [] });
  });

  test('samples are spread over the kinds, whatever the results', async () => {
    const make = (right: boolean): BenchRecord[] =>
      ['pope random', 'vqa color', 'caption caption'].flatMap((name) =>
        Array.from({ length: 50 }, (_, i) => {
          const [bench, kind] = name.split(' ') as [string, string];
          const question = bench === 'caption' ? 'Describe the image.' : `${i}?`;
          const messages = [{ role: 'user' as const, content: question }];
          return { bench, kind, messages, reply: '', truth: '', right: right && i % 3 === 0 };
        }),
      );
    const a = await pickSamples(make(true), 12);
    expect(
      a
        .map((s) => s.kind)
        .sort()
        .join(),
    ).toBe([...Array(4).fill('caption'), ...Array(4).fill('pope random'), ...Array(4).fill('vqa color')].join());
    expect((await pickSamples(make(false), 12)).map((s) => s.question)).toEqual(a.map((s) => s.question));
    expect(await pickSamples([])).toEqual([]);
  });

  test('images of files are read and shown at most 320 wide or high, with their boxes', async () => {
    const file = join(dir, 'wide.png');
    await writeFile(file, encodePng(new Uint8Array(640 * 100 * 3).fill(7), 640, 100));
    const content = [{ ...image(file) }, { type: 'text' as const, text: 'What is it?' }];
    const record = { bench: 'b', kind: 'k', messages: [{ role: 'user' as const, content }], reply: 'a', truth: 'b', right: false };
    const [sample] = await pickSamples([{ ...record, boxes: [{ label: 'dog', box: [0, 10, 640, 100] }] }]);
    expect(sample).toMatchObject({ question: 'What is it?', picture: { width: 320, height: 50 }, boxes: [{ box: [0, 5, 320, 50] }] });
    expect(renderPage(data({ samples: [sample as ReportSample] })).includes('width="320" height="50"')).toBe(true);
  });
});
