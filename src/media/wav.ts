// WAV files to sounds: PCM of any usual width, floats and the telephone's two laws, channels averaged into one.

import { SensoriumError } from '../util/errors.js';
import type { Sound } from './sound.js';

const PCM = 1;
const FLOAT = 3;
const A_LAW = 6;
const MU_LAW = 7;
const EXTENSIBLE = 0xfffe;

/** How a sample at a byte offset becomes a number in -1…1, by format and bits. */
const READERS: Readonly<Record<string, (view: DataView, at: number) => number>> = {
  '1/8': (v, at) => (v.getUint8(at) - 128) / 128,
  '1/16': (v, at) => v.getInt16(at, true) / 2 ** 15,
  '1/24': (v, at) => ((v.getUint16(at, true) << 8) | (v.getInt8(at + 2) << 24)) / 2 ** 31,
  '1/32': (v, at) => v.getInt32(at, true) / 2 ** 31,
  '3/32': (v, at) => v.getFloat32(at, true),
  '3/64': (v, at) => v.getFloat64(at, true),
  '6/8': (v, at) => aLaw(v.getUint8(at)) / 2 ** 15,
  '7/8': (v, at) => muLaw(v.getUint8(at)) / 2 ** 15,
};

/** ITU-T G.711, A-law: a sign, three bits of exponent and four of mantissa, every other bit turned over; 13 bits as 16. */
function aLaw(byte: number): number {
  const code = byte ^ 0x55;
  const exponent = (code >> 4) & 7;
  const step = ((code & 15) << 4) + 8;
  const size = exponent === 0 ? step : (step + 256) << (exponent - 1);
  return code & 128 ? size : -size;
}

/** ITU-T G.711, mu-law: the same with all bits turned over and an offset of 33 steps; 14 bits as 16. */
function muLaw(byte: number): number {
  const code = ~byte & 255;
  const size = ((((code & 15) << 3) + 132) << ((code >> 4) & 7)) - 132;
  return code & 128 ? 0 - size : size; // no negative zero
}

export interface WavLimits {
  /** Longest sound, in samples of one channel. Default 100 million. */
  maxSamples?: number;
}

/** Decodes a RIFF WAVE file. Errors: `media.format`, `media.damaged`, `media.limit`, each with `place`. */
export function decodeWav(bytes: Uint8Array, { place = 'sound', maxSamples = 100e6 }: WavLimits & { place?: string } = {}): Sound {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12 || tag(0) !== 'RIFF' || tag(8) !== 'WAVE')
    throw new SensoriumError('media.format', 'this is not a WAV file', {
      place,
      expected: 'RIFF … WAVE',
      got: bytes.length === 0 ? 'nothing' : JSON.stringify(tag(0)),
      hint: 'Convert it to WAV first',
    });
  let format: { code: number; channels: number; sampleRate: number; bits: number } | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const [name, size, body] = [tag(at), view.getUint32(at + 4, true), at + 8];
    if (name === 'fmt ' && size >= 16 && body + size <= bytes.length) {
      const code = view.getUint16(body, true);
      format = {
        code: code === EXTENSIBLE && size >= 26 ? view.getUint16(body + 24, true) : code,
        channels: view.getUint16(body + 2, true),
        sampleRate: view.getUint32(body + 4, true),
        bits: view.getUint16(body + 14, true),
      };
    }
    // Writers to a pipe leave the size open; what is there is what was recorded.
    if (name === 'data' && format)
      return samplesOf(view, { ...format, from: body, to: Math.min(body + size, bytes.length), place, maxSamples });
    at = body + size + (size % 2);
  }
  throw new SensoriumError('media.damaged', 'the WAV file is cut off or damaged', {
    place,
    expected: 'a format and samples',
    got: format ? 'no samples' : 'no format',
    hint: 'Download or record it again',
  });
}

interface Chunk {
  code: number;
  channels: number;
  sampleRate: number;
  bits: number;
  from: number;
  to: number;
  place: string;
  maxSamples: number;
}

function samplesOf(view: DataView, { code, channels, sampleRate, bits, from, to, place, maxSamples }: Chunk): Sound {
  const read = READERS[`${code}/${bits}`];
  if (!read || channels === 0 || sampleRate === 0)
    throw new SensoriumError('media.format', 'WAV files of this kind are not read', {
      place,
      expected: `PCM (${PCM}) of 8, 16, 24 or 32 bits, float (${FLOAT}) of 32 or 64, A-law (${A_LAW}) or mu-law (${MU_LAW}) of 8`,
      got: `format ${code} of ${bits} bits, ${channels} channels, ${sampleRate} Hz`,
      hint: 'Convert it to 16-bit PCM first',
    });
  const width = bits / 8;
  const count = Math.floor((to - from) / (width * channels));
  if (count > maxSamples)
    throw new SensoriumError('media.limit', 'the sound is too long', {
      place,
      expected: `at most ${maxSamples} samples`,
      got: String(count),
    });
  const samples = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += read(view, from + (i * channels + c) * width);
    samples[i] = sum / channels;
  }
  return { sampleRate, samples };
}

/** Samples as a WAV file of 16 bits. */
export function encodeWav({ samples, sampleRate: rate }: Sound): Uint8Array {
  const out = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const tag = (at: number, text: string): void => [...text].forEach((c, i) => void out.setUint8(at + i, c.charCodeAt(0)));
  tag(0, 'RIFF');
  out.setUint32(4, 36 + 2 * samples.length, true);
  tag(8, 'WAVEfmt ');
  out.setUint32(16, 16, true);
  out.setUint16(20, 1, true);
  out.setUint16(22, 1, true);
  out.setUint32(24, rate, true);
  out.setUint32(28, 2 * rate, true);
  out.setUint16(32, 2, true);
  out.setUint16(34, 16, true);
  tag(36, 'data');
  out.setUint32(40, 2 * samples.length, true);
  samples.forEach((v, i) => void out.setInt16(44 + 2 * i, Math.round(Math.max(-1, Math.min(1, v)) * 32767), true));
  return new Uint8Array(out.buffer);
}
