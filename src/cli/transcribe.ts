// `sensorium transcribe talk.mp3 --format srt`: what is said in sound files, as text, JSON or subtitles, by a Whisper model.

import { type ArgsDef, defineCommand } from 'citty';
import { writeAtomic } from '../util/fs.js';
import { choiceOption, numberOption } from './flags.js';
import { withInterrupt } from './interrupt.js';
import { usageError } from './report.js';
import { createProgress } from './terminal.js';

const FORMATS = ['text', 'json', 'srt', 'vtt'] as const;
type Format = (typeof FORMATS)[number];

const args = {
  files: { type: 'positional', description: 'sound files: WAV, MP3, FLAC, Ogg; with ffmpeg also M4A, WebM and videos', required: false },
  model: { type: 'string', description: 'a folder or hub id of Whisper', default: 'openai/whisper-tiny', valueHint: 'MODEL' },
  language: { type: 'string', description: 'such as de (default: heard)', valueHint: 'CODE' },
  translate: { type: 'boolean', description: 'into English' },
  prompt: { type: 'string', description: 'words that come before, such as names that will be said', valueHint: 'TEXT' },
  format: { type: 'string', description: `${FORMATS.join(', ')} (default: text)`, default: 'text', valueHint: 'FORMAT' },
  timestamps: {
    type: 'boolean',
    description: 'segments by the times that the model hears; subtitles and sounds above 30 s always have them',
  },
  out: { type: 'string', description: 'write into this file in place of the terminal', valueHint: 'FILE' },
  seed: { type: 'string', description: 'of draws where a window is heard again (default: 0)', valueHint: 'N' },
  threads: { type: 'string', description: 'threads of the runtime (default: all cores)', valueHint: 'N' },
} satisfies ArgsDef;

export default defineCommand({
  meta: { name: 'transcribe', description: 'Speech to text: what is said in sound files, as text or subtitles' },
  args,
  async run({ args }) {
    const files = args._;
    if (files.length === 0) throw usageError('no sound file', { expected: 'sensorium transcribe FILE… [--format srt]' });
    const format = choiceOption('format', args.format, FORMATS) ?? 'text';
    const seed = numberOption('seed', args.seed, { min: 0, integer: true });
    const threads = numberOption('threads', args.threads, { min: 1, integer: true });
    const { language, prompt } = args;
    await withInterrupt(async (signal) => {
      const { decodeSound } = await import('../media/decode-sound.js');
      const { Transcriber } = await import('../generate/transcriber.js');
      const { toSrt, toVtt } = await import('../generate/transcript.js');
      // A wrong file is reported before the model is loaded.
      const sounds = await Promise.all(files.map((file) => decodeSound(file, { signal })));
      const whisper = await Transcriber.load(args.model, { signal, threads });
      const progress = createProgress();
      try {
        const parts: string[] = [];
        for (const [i, file] of files.entries()) {
          const transcript = await whisper.transcribe(sounds[i] as (typeof sounds)[0], {
            ...{ language, prompt, seed, signal, task: args.translate ? 'translate' : 'transcribe' },
            timestamps: args.timestamps || format === 'srt' || format === 'vtt' || undefined,
            onProgress: (done, total) =>
              progress.update({ label: file, done: Math.floor(done), total: Math.ceil(total), format: (n) => `${n} s` }),
          });
          const write: Record<Format, () => string> = {
            text: () => `${transcript.text}\n`,
            json: () => `${JSON.stringify({ file, model: args.model, ...transcript })}\n`,
            srt: () => toSrt(transcript),
            vtt: () => toVtt(transcript),
          };
          parts.push(write[format]());
        }
        progress.end();
        if (args.out === undefined) process.stdout.write(parts.join(''));
        else await writeAtomic(args.out, parts.join(''));
      } finally {
        progress.end();
        whisper.dispose();
      }
    });
  },
});
