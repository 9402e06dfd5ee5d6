// `transcribe`: speech to text, by a Whisper model of the user's.

import { z } from 'zod';
import { named } from '../tool.js';
import { builtIn } from './define.js';

/** Writes down speech: `{ text }`. */
export const transcribe = builtIn({
  name: 'transcribe',
  description: 'Writes down what is said in a sound (Whisper).',
  needs: ['transcriber'],
  input: z.object({ sound: named('sound'), language: z.string().max(20).optional().describe('such as en; found out without') }),
  async run({ sound, language }, { workspace, signal }, { equipment }) {
    const transcriber = await equipment.get('transcriber');
    const { samples, rate } = workspace.get('sound', sound);
    const { text } = await transcriber.transcribe({ samples, sampleRate: rate }, { language, signal });
    return { text };
  },
});
