// The processor against transformers' CLIPImageProcessor, bit for bit, and its treatment of wrong configs.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { noise } from '../../test/golden/noise.js';
import { ClipImageProcessor } from './clip-processor.js';

interface Golden {
  configs: Record<string, Record<string, unknown>>;
  cases: { config: string; source: [number, number]; seed: number; shape: [number, number, number]; sha256: string; values?: string }[];
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/clip-processor.json', import.meta.url), 'utf8')) as Golden;
const bytesOf = (a: Float32Array): Buffer => Buffer.from(a.buffer, a.byteOffset, a.byteLength);

describe('ClipImageProcessor', () => {
  it.each(golden.cases)('$config on $source equals transformers', ({ config, source, seed, shape, sha256, values }) => {
    const processor = ClipImageProcessor.fromConfig(golden.configs[config]);
    const image = noise(source[0], source[1], seed);
    expect(processor.outputSize(image)).toMatchObject({ height: shape[1], width: shape[2] });
    const out = processor.process(image);
    if (values) {
      const bytes = Buffer.from(values, 'base64');
      const want = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      expect(Array.from(out)).toEqual(Array.from(want));
    }
    expect(createHash('sha256').update(bytesOf(out)).digest('hex')).toBe(sha256);
  });

  it('writes what it reads, and nothing is lost on the way', () => {
    for (const config of Object.values(golden.configs)) {
      const processor = ClipImageProcessor.fromConfig(config);
      const again = ClipImageProcessor.fromConfig(JSON.parse(JSON.stringify(processor)));
      expect(again.config).toEqual(processor.config);
      expect(again.ignored).toEqual([]);
    }
  });

  it('lists the keys it ignores', () => {
    const processor = ClipImageProcessor.fromConfig({ do_pad: true, processor_class: 'LlavaProcessor', do_resize: false });
    expect(processor.ignored).toEqual(['do_pad', 'processor_class']);
  });

  it('fills a batch at an offset and leaves the rest alone', () => {
    const processor = ClipImageProcessor.fromConfig({ size: 8, crop_size: 8 });
    const image = noise(8, 8, 3);
    const batch = new Float32Array(3 * 192).fill(-7);
    expect(processor.processInto(image, batch, 192)).toBe(192);
    expect(batch.subarray(192, 384)).toEqual(processor.process(image));
    expect(batch.subarray(0, 192).every((v) => v === -7) && batch.subarray(384).every((v) => v === -7)).toBe(true);
    expect(() => processor.processInto(image, batch, 400)).toThrow(/does not fit/);
    expect(() => processor.processInto(image, batch, -1)).toThrow(/does not fit/);
  });

  it('refuses an image whose bytes do not match its size', () => {
    const processor = ClipImageProcessor.fromConfig();
    expect(() => processor.process({ width: 4, height: 4, data: new Uint8Array(5) })).toThrow(/wrong number of bytes/);
  });

  it.each([
    [{ size: { shortest: 8 } }, /preprocessor_config\.json: size.*shortest_edge/],
    [{ size: -1 }, /preprocessor_config\.json: size/],
    [{ crop_size: { height: 8 } }, /crop_size.*"height": h, "width": w/],
    [{ resample: 9 }, /resample.*Pillow code.*got 9/],
    [{ image_mean: [0.5, 0.5] }, /image_mean.*three numbers/],
    [{ image_std: [0.5, 0, 0.5] }, /image_std\.1.*got 0/],
    [{ do_resize: 'yes' }, /do_resize/],
    [{ image_processor_type: 'SiglipImageProcessor' }, /another image processor.*SiglipImageProcessor/],
    [[], /JSON object/],
  ])('refuses %j', (config, message) => {
    expect(() => ClipImageProcessor.fromConfig(config as never)).toThrow(message);
  });

  it('names a file that is missing', async () => {
    await expect(ClipImageProcessor.load('/nowhere/preprocessor_config.json')).rejects.toThrow(/\/nowhere\/preprocessor_config\.json/);
  });
});
