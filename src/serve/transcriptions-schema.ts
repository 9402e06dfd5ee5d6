// Requests and answers of /v1/audio: forms with a sound file, transcripts in OpenAI's shapes.

import { z } from 'zod';
import { uploaded, whole } from './files-schema.js';

/** What transcripts are written as. */
export const TRANSCRIPT_FORMATS = ['json', 'text', 'srt', 'verbose_json', 'vtt'] as const;
export type TranscriptFormat = (typeof TRANSCRIPT_FORMATS)[number];

const number = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,3}(\.\d{1,10})?$/, 'a number')
    .transform(Number)
    .pipe(z.number().min(least).max(most));
const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

const shared = {
  file: uploaded.describe('WAV, MP3, FLAC or Ogg; others where the server reads them'),
  model: z.string().min(1),
  prompt: z.string().max(4000).optional().describe('words that come before, such as names that will be said'),
  response_format: z.enum(TRANSCRIPT_FORMATS).default('json'),
  temperature: number(0, 1).optional().describe('0 or absent: as much as each window needs'),
  seed: whole(0, 2 ** 31 - 1)
    .optional()
    .describe('an extension: of draws where a window is heard again'),
};

/** The form of POST /v1/audio/translations. */
export const translationForm = z.strictObject(shared);

/** The form of POST /v1/audio/transcriptions. */
export const transcriptionForm = z.strictObject({
  ...shared,
  language: z.string().min(1).max(20).optional().describe('as the model names it, such as de; default: heard'),
  'timestamp_granularities[]': z
    .array(z.enum(['segment'], 'only times of segments are told: segment'))
    .max(1)
    .optional()
    .describe('with verbose_json'),
  stream: flag.optional().describe('events as windows are heard; with json or text'),
  // Taken without effect: sounds are always cut by the model's own times.
  chunking_strategy: z.literal('auto').optional(),
});
export type TranscriptionForm = z.infer<typeof transcriptionForm>;

const usage = z.object({ type: z.literal('duration'), seconds: z.number() });

/** A stretch of a transcript in OpenAI's words. Times in seconds. */
export const transcriptSegment = z.object({
  id: z.int(),
  seek: z.int().describe('where its window begins, in hundredths of a second'),
  start: z.number(),
  end: z.number(),
  text: z.string(),
  tokens: z.array(z.int()),
  temperature: z.number(),
  avg_logprob: z.number(),
  compression_ratio: z.number(),
  no_speech_prob: z.number().describe('0 for vocabularies that cannot say it'),
});

/** Answer with response_format json. */
export const transcription = z.object({ text: z.string(), usage });

/** Answer with response_format verbose_json. */
export const verboseTranscription = z.object({
  task: z.enum(['transcribe', 'translate']),
  language: z.string().describe('its name in English, such as german'),
  duration: z.number(),
  text: z.string(),
  segments: z.array(transcriptSegment),
  usage,
});

/** An event of a stream. */
export const transcriptEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('transcript.text.delta'), delta: z.string() }),
  z.object({ type: z.literal('transcript.text.done'), text: z.string(), usage }),
]);
