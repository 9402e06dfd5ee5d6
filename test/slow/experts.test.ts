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
  networks: Record<'nanodet' | 'centernet' | 'blazeface', Sampled>;
};

const here: Record<AssetName, boolean> = {
  nanodet: await hasAsset('nanodet'),
  centernet: await hasAsset('centernet'),
  blazeface: await hasAsset('blazeface'),
  'pp-ocrv4': await hasAsset('pp-ocrv4'),
};
const absent = (...names: AssetName[]): string[] => names.filter((name) => !here[name]);
const why = (...names: AssetName[]): string =>
  absent(...names).length ? ` (skipped: run sensorium assets get ${absent(...names).join(' ')})` : '';

/** The input that make_tfjs.mjs makes: blocks of 16 pixels. */
function networkInput({ shape, scale, shift }: Sampled): Float32Array {
  const noise = (i: number): number => (Math.imul(i + 1, 2654435761) >>> 0) / 2 ** 32;
  const out = new Float32Array(shape.reduce((a, b) => a * b, 1));
  const [, , side, last] = shape as [number, number, number, number]; // channels last, or [1, 3, side, side]
  for (let i = 0; i < out.length; i++) {
    const [x, y, c] =
      last === 3
        ? [Math.floor(i / 3) % side, Math.floor(i / 3 / side), i % 3]
        : [i % side, Math.floor(i / side) % side, Math.floor(i / side / side)];
    out[i] = scale * noise((Math.floor(y / 16) * 64 + Math.floor(x / 16)) * 3 + c) + shift;
  }
  return out;
}

/** Skin, hair, eyes with brows, nose and mouth, to the right of the middle. */
const FACE = `<ellipse cx="340" cy="95" rx="72" ry="75" fill="#3a2a20"/><rect x="312" y="180" width="56" height="60" fill="#c9906c"/>
  <ellipse cx="340" cy="125" rx="58" ry="76" fill="#e0ac88"/><path d="M284 95 Q340 40 396 95 L396 75 Q340 25 284 75 Z" fill="#3a2a20"/>
  <ellipse cx="317" cy="115" rx="12" ry="6" fill="#fff"/><ellipse cx="363" cy="115" rx="12" ry="6" fill="#fff"/>
  <circle cx="317" cy="115" r="5.500" fill="#2a1a10"/><circle cx="363" cy="115" r="5.500" fill="#2a1a10"/>
  <path d="M302 101 Q317 93 331 101" stroke="#3a2a20" stroke-width="5" fill="none"/><path d="M349 101 Q363 93 378 101" stroke="#3a2a20" stroke-width="5" fill="none"/>
  <path d="M340 118 L332 145 Q340 150 348 145" stroke="#b07850" stroke-width="3" fill="none"/><path d="M318 167 Q340 160 362 167 Q340 180 318 167 Z" fill="#a04848"/>`;

for (const name of ['nanodet', 'centernet', 'blazeface'] as const)
  it.skipIf(!here[name])(`${name} gives what tfjs gives${why(name)}`, async () => {
    const golden = networks[name];
    const session = await (await selectRuntime()).load(join(await openAsset(name), 'model.onnx'));
    try {
      const outputs = await session.run({ [golden.input]: hostTensor('float32', golden.shape, networkInput(golden)) });
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

describe('faces', () => {
  it.skipIf(!here.blazeface)(`are found where one is drawn, and not in plain gray${why('blazeface')}`, async () => {
    const detector = await openDetector('blazeface');
    try {
      expect(detector.labels).toEqual(['face']);
      const sure = async (source: Uint8Array) =>
        (await detector.detect({ type: 'image', source })).filter(({ score }) => score >= detector.verdicts.threshold);
      const png = (inside: string) =>
        sharp(
          Buffer.from(
            `<svg xmlns="http://www.w3.org/2000/svg" width="480" height="240"><rect width="480" height="240" fill="#888"/>${inside}</svg>`,
          ),
        )
          .png()
          .toBuffer();
      expect(await sure(await png(''))).toEqual([]);
      const [found, ...more] = await sure(await png(FACE));
      expect(more).toEqual([]);
      expect(found?.label).toBe('face');
      const [left, top, right, bottom] = found?.box ?? [0, 0, 0, 0];
      // Its middle lies in the drawn head, whose middle is (340, 125).
      expect(Math.hypot((left + right) / 2 - 340, (top + bottom) / 2 - 125)).toBeLessThan(30);
      expect(right - left).toBeGreaterThan(50);
      expect(right - left).toBeLessThan(170);
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
