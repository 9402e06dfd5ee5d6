// Videos: which frames are seen, animated images, and containers with ffmpeg (those tests are skipped where it is not installed).

import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { findFfmpeg } from './ffmpeg.js';
import { sampleCount, sampleIndices } from './sample-frames.js';
import { decodeVideo, isVideo, video } from './video.js';

/**
 * Two seconds of 64 x 48 pixels at 10 frames a second, frame n all grey with a luma of 16 + 10 n, written with ffmpeg:
 * `ffmpeg -f lavfi -i "color=c=black:s=64x48:r=10:d=2,geq=lum='16+10*N':cb=128:cr=128,format=yuv420p" -bitexact clip.mp4`,
 * `-c:v libvpx-vp9 clip.webm`, `-c:v libx264 clip.mkv`, `-c:v mpeg4 clip.avi`.
 */
const folder = fileURLToPath(new URL('./test-videos/', import.meta.url));
const clip = (name: string): string => join(folder, name);
const dir = mkdtempSync(join(tmpdir(), 'sensorium-video-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** Full-range grey of frame n. */
const grey = (n: number): number => Math.round((10 * n * 255) / 219);
const greys = (frames: readonly { data: Uint8Array }[]): number[] => frames.map(({ data }) => data[(24 * 64 + 32) * 3] as number);

/** A GIF of ten pictures, each of one grey; the delay in milliseconds. */
async function gif(delay: number): Promise<Uint8Array> {
  const pixels = new Uint8Array(10 * 64 * 48 * 3);
  for (let n = 0; n < 10; n++) pixels.fill(25 * n, n * 64 * 48 * 3, (n + 1) * 64 * 48 * 3);
  const raw = { width: 64, height: 480, channels: 3, pageHeight: 48 } as const;
  return sharp(pixels, { raw })
    .gif({ delay: new Array(10).fill(delay), keepDuplicateFrames: true })
    .toBuffer();
}

describe('sampling', () => {
  it('takes as many frames as transformers does', () => {
    // From Qwen2VLVideoProcessor.sample_frames of transformers 5, with its min_frames of 4.
    const count = (total: number, rate: number, fps: number, maxFrames: number) => sampleCount({ total, rate }, { fps, maxFrames });
    expect(count(300, 30, 2, 768)).toBe(20);
    expect(count(301, 29.97, 2, 768)).toBe(20);
    expect(count(300, 30, 0.1, 768)).toBe(4);
    expect(count(300, 30, 2, 15)).toBe(14);
    expect(count(5, 30, 2, 768)).toBe(4);
    expect(count(3, 30, 2, 768)).toBe(2);
    expect(count(20, 10, 30, 768)).toBe(20);
    expect(sampleCount({ total: 3000, rate: 30 })).toBe(16);
    // Where transformers would take none.
    expect(count(1, 30, 2, 768)).toBe(1);
    expect(count(100, 30, 2, 1)).toBe(1);
    expect(sampleIndices(20, 4)).toEqual([0, 5, 10, 15]);
    expect(sampleIndices(10, 4)).toEqual([0, 2, 5, 7]);
    expect(sampleIndices(3, 2)).toEqual([0, 1]);
  });
});

describe('animated images', () => {
  it('are videos, with or without a name', async () => {
    const bytes = await gif(200); // two seconds
    const { frames, fps } = await decodeVideo(bytes);
    expect(fps).toBe(2);
    expect(frames.map(({ width, height }) => [width, height])).toEqual(new Array(4).fill([64, 48]));
    const expected = [0, 50, 125, 175];
    for (const [i, value] of greys(frames).entries()) expect(Math.abs(value - (expected[i] as number))).toBeLessThan(4);
    const path = join(dir, 'clip.bin');
    writeFileSync(path, bytes);
    expect(await decodeVideo(path)).toEqual({ frames, fps });
    const webp = await sharp(bytes, { animated: true }).webp({ lossless: true }).toBuffer();
    expect((await decodeVideo(webp, { fps: 5 })).frames.length).toBe(10);
    expect((await decodeVideo(bytes, { maxFrames: 1 })).frames.length).toBe(1);
  });

  it('give the frames that a model chooses, with their times', async () => {
    const bytes = await gif(200);
    const asked: unknown[] = [];
    const choose = (...given: unknown[]): number[] => {
      asked.push(given);
      return [0, 3, 9];
    };
    const { frames, ...times } = await decodeVideo(bytes, { fps: 3, choose });
    expect(asked).toEqual([
      [
        { total: 10, seconds: 2 },
        { fps: 3, maxFrames: undefined },
      ],
    ]);
    const expected = [0, 75, 225];
    expect(frames).toHaveLength(3);
    for (const [i, value] of greys(frames).entries()) expect(Math.abs(value - (expected[i] as number))).toBeLessThan(4);
    expect(times).toEqual({ fps: 1.5, times: [0, 3 / 5, 9 / 5].map((t) => expect.closeTo(t, 9)), seconds: 2 });
  });

  it('are bounded', async () => {
    const bytes = await gif(200);
    await expect(decodeVideo(bytes, { maxSeconds: 1.9 })).rejects.toMatchObject({ code: 'media.limit', got: '2.0' });
    await expect(decodeVideo(bytes, { maxPixels: 4 * 64 * 48 - 1 })).rejects.toMatchObject({
      code: 'media.limit',
      got: '4 x 64x48 = 12288',
    });
    await expect(decodeVideo(bytes, { maxBytes: 100 })).rejects.toThrow(/video file is too large/);
    await expect(decodeVideo(bytes.subarray(0, 40))).rejects.toMatchObject({ code: 'media.damaged', place: 'video bytes' });
    await expect(decodeVideo(bytes, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('of very many large pictures are refused before one is decoded, however few are taken', async () => {
    const screen = Buffer.from([0xb8, 0x0b, 0xe8, 0x03, 0x80, 0, 0, 0, 0, 0, 255, 255, 255]); // 3000 x 1000, black and white
    // Ten milliseconds; a picture of the whole screen that ends after its first pixel.
    const picture = Buffer.from([0x21, 0xf9, 4, 0, 1, 0, 0, 0, 0x2c, 0, 0, 0, 0, 0xb8, 0x0b, 0xe8, 0x03, 0, 2, 2, 0x44, 0x01, 0]);
    const bomb = (pictures: number) =>
      Buffer.concat([Buffer.from('GIF89a'), screen, ...new Array<Buffer>(pictures).fill(picture), Buffer.from(';')]);
    await expect(decodeVideo(bomb(2000))).rejects.toMatchObject({ code: 'media.limit', expected: 'at most 10000000000 pixels' });
  });
});

describe('what is no video', () => {
  it('is refused by name', async () => {
    await expect(decodeVideo(Buffer.from('#EXTM3U\nhttp://127.0.0.1/a.ts'))).rejects.toMatchObject({
      code: 'media.format',
      got: expect.stringContaining('#EXTM3U'),
    });
    await expect(decodeVideo(Uint8Array.of())).rejects.toThrow(/the video is empty/);
    await expect(decodeVideo(join(dir, 'none.mp4'))).rejects.toThrow(/no such video file/);
    await expect(decodeVideo('https://example.org/a.mp4')).rejects.toThrow(/not fetched from the network/);
    await expect(decodeVideo(clip('clip.mp4'), { fps: 0 })).rejects.toMatchObject({ code: 'media.sampling', place: 'fps' });
    await expect(decodeVideo(clip('clip.mp4'), { maxFrames: 1.5 })).rejects.toMatchObject({ code: 'media.sampling', place: 'maxFrames' });
    expect(await Promise.all([clip('clip.avi'), fileURLToPath(import.meta.url), join(dir, 'none')].map(isVideo))).toEqual([
      true,
      false,
      false,
    ]);
    expect(video('a.mp4', { fps: 1 })).toEqual({ type: 'video', source: 'a.mp4', fps: 1 });
    expect(video(['1.png'])).toEqual({ type: 'video', frames: ['1.png'] });
  });
});

describe('a program in the place of ffmpeg', () => {
  const before = process.env.SENSORIUM_FFMPEG;
  const program = join(dir, 'ffmpeg-stand-in');
  const use = (script: string): void => {
    writeFileSync(program, `#!${process.execPath}\n${script}`);
    chmodSync(program, 0o755);
    process.env.SENSORIUM_FFMPEG = program;
  };
  afterEach(() => {
    if (before === undefined) delete process.env.SENSORIUM_FFMPEG;
    else process.env.SENSORIUM_FFMPEG = before;
  });
  const left = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('sensorium-media-'));

  it('gets one local file by arguments, and what it hands over becomes frames', async () => {
    use(`
      const args = process.argv.slice(2);
      require('fs').appendFileSync(${JSON.stringify(join(dir, 'calls'))}, JSON.stringify(args) + '\\n');
      if (args.includes('framecrc')) {
        console.log('#tb 0: 1/10\\n#dimensions 0: 2x1');
        for (let n = 0; n < 20; n++) console.log('0, ' + n + ', ' + n + ', 1, 10, 0x0');
      } else for (let n = 0; n < 4; n++) process.stdout.write(Buffer.concat([Buffer.from('P6\\n2 1\\n255\\n'), Buffer.alloc(6, n)]));
    `);
    const { frames, fps } = await decodeVideo(new Uint8Array(readFileSync(clip('clip.mp4'))));
    expect(fps).toBe(2);
    expect(frames.map(({ data }) => [...data])).toEqual([0, 1, 2, 3].map((n) => new Array(6).fill(n)));
    const calls = readFileSync(join(dir, 'calls'), 'utf8').trim().split('\n');
    expect(calls.length).toBe(2);
    for (const call of calls)
      expect(JSON.parse(call).join(' ')).toMatch(/-protocol_whitelist file -f mov -i file:\/.*sensorium-media-.*input /);
    expect(left()).toEqual([]);
  });

  it('is stopped when it takes too long, says too much or nobody waits', async () => {
    use('setInterval(() => {}, 1000);');
    await expect(decodeVideo(clip('clip.mp4'), { maxTime: 0.05 })).rejects.toMatchObject({
      code: 'media.limit',
      expected: 'at most 0.05 seconds',
    });
    const controller = new AbortController();
    const reading = decodeVideo(clip('clip.mp4'), { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    use("setInterval(() => process.stdout.write('x'.repeat(100000)), 1);");
    await expect(decodeVideo(clip('clip.mp4'), { maxSeconds: 1 })).rejects.toMatchObject({
      code: 'media.limit',
      expected: 'at most 220000 bytes',
    });
  });

  it('fails with what it says, or with how to get it', async () => {
    use("console.error('[mov @ 0x1] moov atom not found'); process.exit(1);");
    await expect(decodeVideo(clip('clip.mp4'))).rejects.toMatchObject({
      code: 'media.damaged',
      got: 'moov atom not found',
      place: clip('clip.mp4'),
    });
    use('');
    await expect(decodeVideo(clip('clip.mp4'))).rejects.toMatchObject({ code: 'media.damaged', got: 'no frames' });
    process.env.SENSORIUM_FFMPEG = join(dir, 'not-there');
    await expect(decodeVideo(clip('clip.mp4'))).rejects.toMatchObject({
      code: 'media.program',
      hint: expect.stringMatching(/apt install ffmpeg/),
    });
  });
});

describe.skipIf(!findFfmpeg())('containers, with ffmpeg', () => {
  const cut = (name: string): string => {
    const bytes = readFileSync(clip(name));
    const path = join(dir, `cut-${name}`);
    writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
    return path;
  };
  const NAMES = ['clip.mp4', 'clip.webm', 'clip.mkv', 'clip.avi'];

  it.each(NAMES)('%s: the right frames, from a path and from bytes', async (name) => {
    const { frames, fps } = await decodeVideo(clip(name));
    expect(fps).toBeCloseTo(2, 5);
    expect(frames.every(({ width, height }) => width === 64 && height === 48)).toBe(true);
    const near = (found: number[], wanted: number[]) => {
      expect(found.length).toBe(wanted.length);
      for (const [i, value] of found.entries()) expect(Math.abs(value - grey(wanted[i] as number))).toBeLessThan(4);
    };
    near(greys(frames), [0, 5, 10, 15]);
    expect(await decodeVideo(new Uint8Array(readFileSync(clip(name))))).toEqual({ frames, fps });
    near(greys((await decodeVideo(clip(name), { fps: 3 })).frames), [0, 3, 6, 10, 13, 16]);
    near(greys((await decodeVideo(clip(name), { fps: 100, maxFrames: 768 })).frames), sampleIndices(20, 20));
  });

  it.each(NAMES)('%s: tells a file that is cut off', async (name) => {
    await expect(decodeVideo(cut(name))).rejects.toMatchObject({ code: 'media.damaged', place: join(dir, `cut-${name}`) });
  });

  it('refuses what is too long or too large before decoding', async () => {
    await expect(decodeVideo(clip('clip.mp4'), { maxSeconds: 1.5 })).rejects.toMatchObject({ code: 'media.limit', got: '2.0' });
    await expect(decodeVideo(clip('clip.webm'), { maxPixels: 10_000 })).rejects.toMatchObject({
      code: 'media.limit',
      got: '4 x 64x48 = 12288',
    });
  });

  it('never takes another format for the one that the file begins with', async () => {
    const bytes = Buffer.concat([
      Buffer.from('\0\0\0\x18ftypisom\0\0\0\0isom', 'latin1'),
      Buffer.from('#EXTM3U\nhttp://127.0.0.1:9/a.ts\n'),
    ]);
    await expect(decodeVideo(bytes)).rejects.toMatchObject({ code: 'media.damaged' });
  });
});
