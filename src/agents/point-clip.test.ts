// PointCLIP V2: the projection against a plain numpy version of it, and classes by likeness.

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { classifyPoints, shapePrompts } from './point-clip.js';
import { projectPoints, VIEW_COUNT } from './point-projection.js';

interface Golden {
  points: number[];
  views: { side: number; mean: number; std: number; sample: number[] }[];
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/point-clip.json', import.meta.url), 'utf8')) as Golden;
const cloud = { points: Float32Array.from(golden.points), channels: 3 };

describe('the realistic projection', () => {
  it('equals the reference in every view', () => {
    const views = projectPoints(cloud);
    expect(views).toHaveLength(VIEW_COUNT);
    for (const [i, { side, values }] of views.entries()) {
      const wanted = golden.views[i] as Golden['views'][number];
      expect(side).toBe(wanted.side);
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      expect(Math.abs(mean - wanted.mean)).toBeLessThan(1e-5);
      expect(Math.abs(Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length) - wanted.std)).toBeLessThan(1e-5);
      const sample: number[] = [];
      for (let y = 5; y < side; y += 11) for (let x = 5; x < side; x += 11) sample.push(values[y * side + x] as number);
      expect(Math.max(...sample.map((v, k) => Math.abs(v - (wanted.sample[k] as number))))).toBeLessThan(1e-5);
    }
  });

  it('takes clouds with colors, and no cloud without an extent', () => {
    const colored = new Float32Array(2 * cloud.points.length);
    for (let i = 0; i < cloud.points.length / 3; i++) colored.set(cloud.points.subarray(3 * i, 3 * i + 3), 6 * i);
    expect(projectPoints({ points: colored, channels: 6 })).toEqual(projectPoints(cloud));
    for (const points of [new Float32Array(6), Float32Array.of(0, 0, Number.NaN, 1, 1, 1), Float32Array.of(1, 2)])
      expect(() => projectPoints({ points, channels: 3 })).toThrowError(expect.objectContaining({ code: 'media.points' }));
  });

  it('shows points alone without its steps', () => {
    const dark = ({ values }: { values: Float32Array }): number => values.filter((v) => v < 1).length;
    const [all] = projectPoints(cloud);
    const [bare] = projectPoints(cloud, { quantize: false });
    expect(dark(bare as never)).toBeLessThanOrEqual(60);
    expect(dark(all as never)).toBeGreaterThan(20 * dark(bare as never));
  });
});

describe('classes of a cloud', () => {
  it('are weighed over prompts and views', async () => {
    // A stand-in whose images point at the class of their mean, so that the weights decide.
    const embedder = {
      texts: async (texts: readonly string[]) => ({
        vectors: texts.map((text) => Float32Array.of(text.includes('cone') ? 1 : 0, text.includes('cube') ? 1 : 0)),
      }),
      images: async (images: readonly unknown[]) => ({ vectors: images.map((_, i) => Float32Array.of(i === 0 ? 1 : 0, i === 0 ? 0 : 1)) }),
    };
    const prompts = shapePrompts(['cone', 'cube']);
    const even = await classifyPoints(cloud, { embedder, prompts });
    expect(even.best).toBe('cube');
    expect(even.scores.cone).toBeCloseTo(1 / VIEW_COUNT, 6);
    const weights = [1, ...Array<number>(VIEW_COUNT - 1).fill(0)];
    expect((await classifyPoints(cloud, { embedder, prompts, weights })).best).toBe('cone');
    await expect(classifyPoints(cloud, { embedder, prompts, weights: [1] })).rejects.toMatchObject({ code: 'agent.argument' });
    await expect(classifyPoints(cloud, { embedder, prompts: {} })).rejects.toMatchObject({ code: 'agent.argument' });
  });
});
