// Sound files of every kind that is read: whole, cut off, damaged, too long, and not sounds at all.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { decodeSound } from './decode-sound.js';
import { findFfmpeg } from './ffmpeg.js';

/**
 * Half a second of 440 Hz at 16 kHz, one channel, written with ffmpeg:
 * `ffmpeg -f lavfi -i sine=frequency=440:sample_rate=16000:duration=0.5` and `-b:a 32k tone.mp3`, `tone.flac`, `-c:a libvorbis tone.ogg`,
 * `-b:a 32k tone.m4a`, `-b:a 32k tone.aac`, `-b:a 24k tone.webm`, `-c:a libopus -b:a 24k tone.opus`, `-c:a flac tone-flac.oga`, with `-ac 2` `stereo.mp3`; all with `-bitexact -map_metadata -1`.
 */
const folder = new URL('./test-sounds/', import.meta.url);
const bytes = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(name, folder)));

const dir = mkdtempSync(join(tmpdir(), 'sensorium-sound-'));
afterAll(() => rmSync(dir, { recursive: true }));

/** How strong a frequency is in the middle of a sound: 1 for a sine of amplitude 1. */
function strength({ samples, sampleRate }: { samples: Float32Array; sampleRate: number }, frequency: number): number {
  let [re, im] = [0, 0];
  const from = Math.floor(samples.length / 4);
  const n = Math.floor(samples.length / 2);
  for (let i = from; i < from + n; i++) {
    const angle = (2 * Math.PI * frequency * i) / sampleRate;
    re += (samples[i] as number) * Math.cos(angle);
    im += (samples[i] as number) * Math.sin(angle);
  }
  return (2 * Math.hypot(re, im)) / n;
}

/** A header of WAV and silence. */
function wav(samples: number): Uint8Array {
  const file = Buffer.alloc(44 + 2 * samples);
  file.write('RIFF\0\0\0\0WAVEfmt ', 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(8000, 24);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(2 * samples, 40);
  return new Uint8Array(file);
}

/** With the rate and the amplitude: an eighth of the full one, less by what the encoder and the spread over two channels take. */
const FILES = [
  ['tone.mp3', 16000, 0.119],
  ['stereo.mp3', 16000, 0.084],
  ['tone.flac', 16000, 0.125],
  ['tone.ogg', 16000, 0.125],
  ['tone.opus', 48000, 0.125],
  ['tone-flac.oga', 16000, 0.125],
] as const;

describe('decodeSound', () => {
  it.each(FILES)('%s: all samples of the tone, whatever the name', async (name, sampleRate, amplitude) => {
    const path = join(dir, 'sound.bin');
    writeFileSync(path, bytes(name));
    const sound = await decodeSound(path);
    expect(sound.sampleRate).toBe(sampleRate);
    expect(sound.samples.length).toBe(sampleRate / 2);
    expect(strength(sound, 440)).toBeCloseTo(amplitude, 2);
    expect(strength(sound, 700)).toBeLessThan(0.005);
    expect(await decodeSound(bytes(name))).toEqual(sound);
  });

  it('gives samples of FLAC as fractions of the full scale, -1 for the smallest, as WAV files have them', async () => {
    for (const name of ['tone.flac', 'tone-flac.oga']) {
      const { samples } = await decodeSound(bytes(name));
      expect(samples.every((x) => Number.isInteger(x * 2 ** 15))).toBe(true);
      expect(Math.max(...samples)).toBe(4095 / 2 ** 15);
    }
  });

  it('reads WAV, data: and file: URLs, and MP3 files that were put together', async () => {
    expect((await decodeSound(wav(100))).samples.length).toBe(100);
    const mp3 = Buffer.from(bytes('tone.mp3'));
    expect((await decodeSound(`data:audio/mpeg;base64,${mp3.toString('base64')}`)).samples.length).toBe(8000);
    expect((await decodeSound(new URL('tone.flac', folder))).samples.length).toBe(8000);
    expect((await decodeSound(Buffer.concat([mp3, mp3]))).samples.length).toBeGreaterThan(16000);
    const tagged = Buffer.concat([Buffer.from('ID3\x04\0\0\0\0\0\x05hello', 'latin1'), mp3, Buffer.from(`TAG${' '.repeat(125)}`)]);
    expect((await decodeSound(tagged)).samples).toEqual((await decodeSound(mp3)).samples);
  });

  it.each(FILES)('%s: tells a file that is cut off', async (name) => {
    const whole = bytes(name);
    for (const share of [0.3, 0.6, 0.95])
      await expect(decodeSound(whole.subarray(0, Math.floor(whole.length * share)))).rejects.toMatchObject({
        code: 'media.damaged',
        place: 'sound bytes',
      });
  });

  it('tells damaged Ogg pages by their checksum', async () => {
    const file = bytes('tone.opus');
    file[file.length - 5] = (file[file.length - 5] as number) ^ 1;
    await expect(decodeSound(file)).rejects.toThrow(/Ogg file is cut off or damaged.*wrong checksum at byte/s);
  });

  it.each(FILES)('%s: any changed bytes give samples or an error of ours', async (name) => {
    const whole = bytes(name);
    let state = 1;
    const random = (n: number): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * n);
    };
    for (let round = 0; round < 15; round++) {
      const file = Uint8Array.from(whole);
      for (let change = 0; change < 1 + random(8); change++) file[random(file.length)] = random(256);
      const outcome = await decodeSound(file).then(
        ({ samples }) => samples.length > 0,
        (error) => ['media.damaged', 'media.format', 'media.limit'].includes(error.code),
      );
      expect(outcome, `round ${round}`).toBe(true);
    }
  });

  it('refuses foreign bytes, nothing, folders and missing files', async () => {
    await expect(decodeSound(Buffer.from('%PDF-1.7 and so on'))).rejects.toMatchObject({
      code: 'media.format',
      expected: expect.stringMatching(/WAV, MP3, FLAC, Ogg/),
      got: 'a PDF document',
    });
    await expect(decodeSound(Uint8Array.of())).rejects.toThrow(/the sound is empty/);
    await expect(decodeSound(Uint8Array.of(0xff, 0xfb))).rejects.toMatchObject({ code: 'media.format' });
    await expect(decodeSound(dir)).rejects.toThrow(/this is a folder.*a sound file/s);
    await expect(decodeSound(join(dir, 'none.mp3'))).rejects.toThrow(/no such sound file/);
    await expect(decodeSound('https://example.org/a.mp3')).rejects.toThrow(/not fetched from the network/);
  });

  it.each(FILES)('%s: too long or too large', async (name, sampleRate) => {
    const count = sampleRate / 2;
    await expect(decodeSound(bytes(name), { maxSamples: count - 1 })).rejects.toMatchObject({ code: 'media.limit' });
    await expect(decodeSound(bytes(name), { maxBytes: 1000 })).rejects.toThrow(/sound file is too large.*at most 1000 bytes/s);
  });

  it('says what reads AAC where there is no ffmpeg', async () => {
    const before = process.env.SENSORIUM_FFMPEG;
    process.env.SENSORIUM_FFMPEG = join(dir, 'not-there');
    try {
      await expect(decodeSound(bytes('tone.m4a'))).rejects.toMatchObject({
        code: 'media.program',
        got: expect.stringMatching(/^SENSORIUM_FFMPEG=.*does not start/),
        hint: expect.stringMatching(/apt install ffmpeg.*or convert the sound/),
      });
    } finally {
      if (before === undefined) delete process.env.SENSORIUM_FFMPEG;
      else process.env.SENSORIUM_FFMPEG = before;
    }
  });

  describe.skipIf(!findFfmpeg())('with ffmpeg', () => {
    const video = new URL('./test-videos/with-sound.mp4', import.meta.url);

    it.each([
      ['tone.m4a', 16000],
      ['tone.aac', 16000],
      ['tone.webm', 48000],
      ['with-sound.mp4', 16000],
    ])('%s: the tone', async (name, sampleRate) => {
      const sound = await decodeSound(name === 'with-sound.mp4' ? video : bytes(name));
      expect(sound.sampleRate).toBe(sampleRate);
      expect(Math.abs(sound.samples.length / sampleRate - 0.5)).toBeLessThan(0.15); // AAC fills its last frames up
      expect(strength(sound, 440)).toBeGreaterThan(0.11);
      expect(strength(sound, 700)).toBeLessThan(0.01);
    });

    it('tells what is cut off, too long, or without sound', async () => {
      const m4a = bytes('tone.m4a');
      await expect(decodeSound(m4a.subarray(0, 2000))).rejects.toMatchObject({ code: 'media.damaged', place: 'sound bytes' });
      await expect(decodeSound(m4a, { maxSamples: 4000 })).rejects.toMatchObject({ code: 'media.limit' });
      await expect(decodeSound(new URL('./test-videos/clip.mp4', import.meta.url))).rejects.toMatchObject({ code: 'media.damaged' });
    });
  });

  it('decodes large files in a worker thread, which ends with the signal', async () => {
    const large = wav(100_000);
    expect(await decodeSound(large)).toEqual({ sampleRate: 8000, samples: new Float32Array(100_000) });
    expect(large.length).toBe(44 + 200_000); // it was not moved
    await expect(decodeSound(large, { maxSamples: 99_999 })).rejects.toMatchObject({ code: 'media.limit', place: 'sound bytes' });
    const leaving = new AbortController();
    const left = decodeSound(large, { signal: leaving.signal });
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
  });

  it('stops when it is told to', async () => {
    await expect(decodeSound(bytes('tone.mp3'), { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
  });
});
