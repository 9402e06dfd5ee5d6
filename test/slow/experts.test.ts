// The networks of the assets, where they are in the cache: beside the values of tfjs, and on pictures made here. Nothing is fetched.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { selectRuntime } from '../../src/runtime/select.js';
import { type AssetName, COCO_LABELS, hasAsset, openAsset, openDetector, openReader } from '../../src/trust/index.js';
import { hostTensor } from '../../src/util/host.js';

interface Sampled {
  input: string;
  shape: number[];
  scale: number;
  shift: number;
  outputs: Record<string, { shape: number[]; step: number; samples: number[] }>;
}
const { networks } = JSON.parse(readFileSync(join(import.meta.dirname, '../golden/tfjs.json'), 'utf8')) as {
  networks: Record<'nanodet' | 'centernet', Sampled>;
};

const here: Record<AssetName, boolean> = {
  nanodet: await hasAsset('nanodet'),
  centernet: await hasAsset('centernet'),
  'pp-ocrv4': await hasAsset('pp-ocrv4'),
};
const absent = (...names: AssetName[]): string[] => names.filter((name) => !here[name]);
const why = (...names: AssetName[]): string =>
  absent(...names).length ? ` (skipped: run sensorium assets get ${absent(...names).join(' ')})` : '';

/** The input that make_tfjs.mjs makes: blocks of 16 pixels. */
function networkInput(name: string, { shape, scale, shift }: Sampled): Float32Array {
  const noise = (i: number): number => (Math.imul(i + 1, 2654435761) >>> 0) / 2 ** 32;
  const out = new Float32Array(shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < out.length; i++) {
    const [x, y, c] =
      name === 'centernet'
        ? [Math.floor(i / 3) % 512, Math.floor(i / 1536), i % 3]
        : [i % 416, Math.floor(i / 416) % 416, Math.floor(i / 173056)];
    out[i] = scale * noise((Math.floor(y / 16) * 64 + Math.floor(x / 16)) * 3 + c) + shift;
  }
  return out;
}

for (const name of ['nanodet', 'centernet'] as const)
  it.skipIf(!here[name])(`${name} gives what tfjs gives${why(name)}`, async () => {
    const golden = networks[name];
    const session = await (await selectRuntime()).load(join(await openAsset(name), 'model.onnx'));
    try {
      const outputs = await session.run({ [golden.input]: hostTensor('float32', golden.shape, networkInput(name, golden)) });
      for (const [own, { shape, step, samples }] of Object.entries(golden.outputs)) {
        expect(outputs[own]?.shape, own).toEqual(shape);
        const got = Array.from(outputs[own]?.data as Float32Array).filter((_, i) => i % step === 0);
        const worst = Math.max(
          ...got.map((value, i) => Math.abs(value - (samples[i] as number)) / Math.max(1, Math.abs(samples[i] as number))),
        );
        console.log(`${name} ${own}: largest difference ${worst.toExponential(1)}`);
        expect(worst, own).toBeLessThan(1e-4);
      }
    } finally {
      session.dispose();
    }
  });

describe('detectors', () => {
  it.skipIf(!here.nanodet || !here.centernet)(`find nothing sure in plain gray${why('nanodet', 'centernet')}`, async () => {
    const detector = await openDetector('both');
    try {
      expect(detector.labels).toEqual(COCO_LABELS);
      const gray = { type: 'image', source: { width: 300, height: 200, data: new Uint8Array(300 * 200 * 3).fill(128) } } as const;
      const found = await detector.detect(gray);
      expect(found.filter(({ score }) => score >= detector.verdicts.threshold)).toEqual([]);
    } finally {
      detector.dispose();
    }
  });
});

describe('the reader', () => {
  const reader = here['pp-ocrv4'] ? openReader() : undefined;
  afterAll(async () => (await reader)?.dispose());
  const svg = (turn: number): string =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="320"><rect width="640" height="320" fill="#fff"/>
     <g transform="rotate(${turn} 320 160)" font-family="DejaVu Sans, sans-serif" fill="#111"><text x="80" y="120" font-size="44">Hello OCR 2024</text>
     <text x="80" y="210" font-size="36" fill="#b00">Total: $38.50</text></g></svg>`;
  const read = async (turn: number): Promise<string[]> => {
    const bytes = await sharp(Buffer.from(svg(turn)))
      .png()
      .toBuffer();
    return ((await (await reader)?.read({ type: 'image', source: bytes })) ?? { lines: [] }).lines.map(({ text }) =>
      text.replaceAll(' ', ''),
    );
  };

  it.skipIf(!reader)(`reads printed lines from top to bottom${why('pp-ocrv4')}`, async () => {
    expect(await read(0)).toEqual(['HelloOCR2024', 'Total:$38.50']);
  });

  it.skipIf(!reader)(`reads lines that rise${why('pp-ocrv4')}`, async () => {
    expect(await read(-15)).toEqual(['HelloOCR2024', 'Total:$38.50']);
  });

  it.skipIf(!reader)(`reads nothing where nothing is printed${why('pp-ocrv4')}`, async () => {
    const white = { width: 200, height: 100, data: new Uint8Array(200 * 100 * 3).fill(255) };
    expect(await (await reader)?.read({ type: 'image', source: white })).toEqual({ lines: [], unread: 0 });
  });
});
