// `sensorium speak "A red dog." --out dog.wav`: a text as speech, through espeak-ng.

import { defineCommand } from 'citty';
import type { SpeakOptions } from '../media/speak.js';
import { writeAtomic } from '../util/fs.js';
import { numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';

/** Speaks a text into a WAV file; returns its seconds. Errors: those of `speakWav`, a usage error for a file of another kind. */
export async function speakInto(file: string, text: string, options: SpeakOptions = {}): Promise<number> {
  assertWav(file);
  const { speakWav } = await import('../media/speak.js');
  const { decodeWav } = await import('../media/wav.js');
  const wav = await speakWav(text, options);
  await writeAtomic(file, wav);
  const { samples, sampleRate } = decodeWav(wav, { place: file });
  return samples.length / sampleRate;
}

/** Throws a usage error unless a file is to be a WAV. */
export function assertWav(file: string, place = '--out'): void {
  if (/\.wav$/i.test(file)) return;
  throw usageError('speech is written as WAV', { place, expected: 'a file that ends with .wav', got: file || 'nothing' });
}

export default defineCommand({
  meta: { name: 'speak', description: 'Speak a text into a WAV file, by espeak-ng' },
  args: {
    text: { type: 'positional', description: 'what is spoken, in quotes', required: false },
    out: { type: 'string', description: 'the WAV file to write', default: 'speech.wav', valueHint: 'FILE' },
    voice: { type: 'string', description: 'a voice of espeak-ng, such as en, en-us, cmn (default: by the text)', valueHint: 'VOICE' },
    speed: { type: 'string', description: 'words a minute (default: 170)', valueHint: 'N' },
    pitch: { type: 'string', description: '0 to 99 (default: 50)', valueHint: 'N' },
  },
  async run({ args }) {
    const [text, ...more] = args._;
    if (text === undefined || more.length > 0)
      throw usageError(text === undefined ? 'nothing to speak' : 'one text at a time', {
        expected: 'sensorium speak "A red dog." --out dog.wav',
      });
    const speed = numberOption('speed', args.speed, { min: 80, max: 450, integer: true });
    const pitch = numberOption('pitch', args.pitch, { min: 0, max: 99, integer: true });
    await withInterrupt(async (signal) => {
      const seconds = await speakInto(args.out, text, { voice: args.voice, speed, pitch, signal });
      process.stdout.write(`${args.out} (${seconds.toFixed(1)} s)\n`);
    });
  },
});
