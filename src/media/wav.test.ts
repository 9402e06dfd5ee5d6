// WAV files of every kind that is read, broken ones, and sounds at other rates.

import { describe, expect, it } from 'vitest';
import { resampleSound } from './resample-sound.js';
import { decodeWav } from './wav.js';

interface Wav {
  code?: number;
  channels?: number;
  bits?: number;
  size?: number;
  body: Uint8Array;
  extra?: boolean;
}

function wav({ code = 1, channels = 1, bits = 16, body, size = body.length, extra = false }: Wav): Uint8Array {
  const head = new DataView(new ArrayBuffer(extra ? 56 : 44));
  const text = (at: number, s: string): void => {
    for (const [i, c] of [...s].entries()) head.setUint8(at + i, c.charCodeAt(0));
  };
  text(0, 'RIFF');
  text(8, 'WAVEfmt ');
  head.setUint32(16, 16, true);
  head.setUint16(20, code, true);
  head.setUint16(22, channels, true);
  head.setUint32(24, 8000, true);
  head.setUint16(34, bits, true);
  if (extra) text(36, 'LIST');
  if (extra) head.setUint32(40, 3, true); // an odd size is padded
  text(extra ? 48 : 36, 'data');
  head.setUint32(extra ? 52 : 40, size, true);
  return Uint8Array.of(...new Uint8Array(head.buffer), ...body);
}
const bytes = (x: ArrayBufferView): Uint8Array => new Uint8Array(x.buffer);

describe('decodeWav', () => {
  it.each<[string, Wav, number[]]>([
    ['8 bits', { bits: 8, body: Uint8Array.of(0, 128, 192) }, [-1, 0, 0.5]],
    // Values of libsndfile.
    [
      'A-law',
      { code: 6, bits: 8, body: Uint8Array.of(0x55, 0xd5, 0x2a, 0xaa, 0x80) },
      [-8, 8, -32256, 32256, 5504].map((n) => n / 2 ** 15),
    ],
    ['mu-law', { code: 7, bits: 8, body: Uint8Array.of(0xff, 0x7f, 0, 0x80, 0xd0) }, [0, 0, -32124, 32124, 876].map((n) => n / 2 ** 15)],
    ['16 bits', { body: bytes(Int16Array.of(-32768, 16384, 0)) }, [-1, 0.5, 0]],
    ['24 bits', { bits: 24, body: Uint8Array.of(0, 0, 0x80, 0, 0, 0x40, 0, 1, 0) }, [-1, 0.5, 2 ** -15]],
    ['32 bits', { bits: 32, body: bytes(Int32Array.of(-(2 ** 31), 2 ** 30)) }, [-1, 0.5]],
    ['floats', { code: 3, bits: 32, body: bytes(Float32Array.of(-0.25, 1)) }, [-0.25, 1]],
    ['doubles', { code: 3, bits: 64, body: bytes(Float64Array.of(-0.25, 1)) }, [-0.25, 1]],
    ['two channels', { channels: 2, body: bytes(Int16Array.of(16384, 0, -16384, -16384)) }, [0.25, -0.5]],
    ['other chunks before', { extra: true, body: bytes(Int16Array.of(16384)) }, [0.5]],
    ['an open size', { size: 0xffffffff, body: bytes(Int16Array.of(16384)) }, [0.5]],
  ])('reads %s', (_, file, expected) => {
    const sound = decodeWav(wav(file));
    expect(sound.sampleRate).toBe(8000);
    expect([...sound.samples]).toEqual(expected);
  });

  it('says what is wrong with other files', () => {
    expect(() => decodeWav(Uint8Array.of(), { place: 'a.wav' })).toThrow(/not a WAV file \(in a\.wav\)/);
    expect(() => decodeWav(new TextEncoder().encode('ID3 and so on, an mp3'))).toThrow(/got "ID3 "/);
    expect(() => decodeWav(wav({ code: 85, body: Uint8Array.of(0) }))).toThrow(/format 85 of 16 bits/);
    expect(() => decodeWav(wav({ channels: 0, body: Uint8Array.of(0) }))).toThrow(/0 channels/);
    expect(() => decodeWav(wav({ body: Uint8Array.of() }).subarray(0, 36))).toThrow(/no samples/);
    expect(() => decodeWav(wav({ body: Uint8Array.of() }).subarray(0, 30))).toThrow(/no format/);
    expect(() => decodeWav(wav({ body: new Uint8Array(8) }), { maxSamples: 3 })).toThrow(/at most 3 samples, got 4/);
  });
});

describe('resampleSound', () => {
  const tone = (rate: number, n: number): Float32Array =>
    Float32Array.from({ length: n }, (_, i) => Math.sin((2 * Math.PI * 440 * i) / rate));
  it.each([
    [44100, 16000],
    [16000, 48000],
    [8000, 16000],
  ])('keeps a tone from %i to %i Hz', (from, to) => {
    const { sampleRate, samples } = resampleSound({ sampleRate: from, samples: tone(from, from / 4) }, to);
    expect(sampleRate).toBe(to);
    expect(samples).toHaveLength(to / 4);
    const truth = tone(to, to / 4);
    let most = 0;
    for (let i = 200; i < samples.length - 200; i++) most = Math.max(most, Math.abs((samples[i] as number) - (truth[i] as number)));
    expect(most).toBeLessThan(5e-3);
  });
  it('computes weights of rates without a common divisor as they are needed, and bounds the result', () => {
    const { samples } = resampleSound({ sampleRate: 8000, samples: tone(8000, 400) }, 400_009);
    const truth = tone(400_009, samples.length);
    let most = 0;
    for (let i = 5000; i < samples.length - 5000; i += 7) most = Math.max(most, Math.abs((samples[i] as number) - (truth[i] as number)));
    expect(most).toBeLessThan(5e-3);
    expect(() => resampleSound({ sampleRate: 1, samples: new Float32Array(100_000) }, 48_000)).toThrow(
      expect.objectContaining({ code: 'media.limit' }),
    );
  });
  it('silences what the new rate cannot hold, and refuses what is no rate', () => {
    const high = { sampleRate: 48000, samples: Float32Array.from({ length: 4800 }, (_, i) => Math.sin((2 * Math.PI * 12000 * i) / 48000)) };
    expect(Math.max(...resampleSound(high, 16000).samples.subarray(50, 1500))).toBeLessThan(0.01);
    expect(() => resampleSound(high, 0)).toThrow(expect.objectContaining({ code: 'media.sound' }));
  });
});
