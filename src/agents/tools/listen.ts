// `listen`: how long and how loud a sound is, and how much of it is silence.

import { z } from 'zod';
import { named } from '../tool.js';
import { builtIn } from './define.js';

/** Samples of a piece that is loud or silent, in seconds; a piece is silent 40 dB below the loudest. */
const PIECE = 0.02;
const SILENT = 0.01;

/** Measures a sound: seconds, loudness, silence. */
export const listen = builtIn({
  name: 'listen',
  description:
    'Measures a sound: its seconds, its loudness in dB below full scale, and the share of it that is silent. It does not know what is heard.',
  input: z.object({ sound: named('sound') }),
  run({ sound }, { workspace }) {
    const { samples, rate } = workspace.get('sound', sound);
    const size = Math.max(1, Math.round(rate * PIECE));
    const levels: number[] = [];
    let power = 0;
    for (let at = 0; at < samples.length; at += size) {
      let own = 0;
      for (const v of samples.subarray(at, at + size)) own += v * v;
      power += own;
      levels.push(Math.sqrt(own / Math.min(size, samples.length - at)));
    }
    const loudest = Math.max(1e-9, ...levels);
    const rms = Math.sqrt(power / Math.max(1, samples.length));
    return {
      seconds: Math.round((samples.length / rate) * 100) / 100,
      rate,
      loudness: Math.round(200 * Math.log10(Math.max(1e-6, rms))) / 10,
      silence: Math.round((100 * levels.filter((level) => level < SILENT * loudest).length) / Math.max(1, levels.length)) / 100,
    };
  },
});
