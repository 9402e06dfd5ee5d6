// `speak`: text to speech by espeak-ng.

import { z } from 'zod';
import { speak as speakText } from '../../media/index.js';
import { builtIn } from './define.js';

/** Speaks a text: `{ sound, seconds }`. */
export const speak = builtIn({
  name: 'speak',
  description: 'Speaks a text (espeak-ng). Gives the name of the sound.',
  input: z.object({
    text: z.string().min(1).max(2000),
    voice: z.string().max(20).optional().describe('such as en, en-us, cmn'),
    speed: z.number().int().min(80).max(450).optional().describe('words a minute'),
  }),
  async run({ text, voice, speed }, { workspace, signal }) {
    const { samples, sampleRate } = await speakText(text, { voice, speed, signal });
    const sound = workspace.put('sound', { samples, rate: sampleRate }, 'speak');
    return { sound, seconds: Math.round((samples.length / sampleRate) * 100) / 100 };
  },
});
