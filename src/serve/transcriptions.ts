// POST /v1/audio/transcriptions and /v1/audio/translations: a sound file in a form, what is said in it as JSON, text, subtitles or events.

import type { Context, Hono, MiddlewareHandler } from 'hono';
import type { z } from 'zod';
import { type TranscribeOptions, type Transcript, type TranscriptSegment, toSrt, toVtt } from '../generate/index.js';
import type { Sound } from '../media/index.js';
import { SensoriumError } from '../util/errors.js';
import { withBody } from './body.js';
import { chosenTranscriber } from './catalog.js';
import type { AppEnv, ServerContext } from './context.js';
import { ApiError, badRequest } from './errors.js';
import { type Answer, answered, errorObject, streamFailure } from './event-stream.js';
import { fileTooLarge } from './files.js';
import { AROUND } from './files-api.js';
import { checkOrigin } from './hosts.js';
import { openSound } from './open-sound.js';
import { readUpload } from './request.js';
import type { ServedTranscriber } from './served-transcriber.js';
import type { SseEvent } from './sse.js';
import type { transcriptEvent, transcription, verboseTranscription } from './transcriptions-schema.js';
import { sendJson } from './write-json.js';

type Middleware = MiddlewareHandler<AppEnv>;
type Task = 'transcribe' | 'translate';

/** Adds the routes. `guard` checks keys and limits, `gate` turns away what is too much. */
export function transcriptionRoutes(
  app: Hono<AppEnv>,
  { server, guard, gate }: { server: ServerContext; guard: Middleware; gate: Middleware },
): void {
  const { maxAudio } = server.limits;
  const limit = withBody(server, { kind: 'uploads', maxSize: maxAudio + AROUND, tooLarge: () => fileTooLarge(maxAudio) });
  const add = (path: string, task: Task): void => {
    app.post(path, guard, gate, checkOrigin(server), limit, (c) => {
      if (server.catalog.transcribers.items.length === 0)
        throw new ApiError(404, 'This server has no model for transcripts', {
          code: 'model_not_found',
          hint: 'Start it with --transcriptions MODEL.',
        });
      return answered(c, server, () => transcriptions(c, server, task));
    });
  };
  add('/v1/audio/transcriptions', 'transcribe');
  add('/v1/audio/translations', 'translate');
}

async function transcriptions(c: Context<AppEnv>, server: ServerContext, task: Task): Promise<Answer> {
  const { fields, bytes } = await readUpload(c, task === 'translate' ? 'translation' : 'transcription');
  const form = { language: undefined, stream: false, ...fields };
  const { model: wanted, response_format: format, language, prompt, temperature, seed, stream } = form;
  if (bytes.length > server.limits.maxAudio) throw fileTooLarge(server.limits.maxAudio);
  if (stream && format !== 'json' && format !== 'text')
    throw badRequest('Only json and text are streamed', 'response_format', {
      code: 'invalid_value',
      expected: 'json or text',
      got: format,
    });
  if ('timestamp_granularities[]' in form && form['timestamp_granularities[]'] && format !== 'verbose_json')
    throw badRequest('Times are told with verbose_json alone', 'timestamp_granularities', { code: 'invalid_value' });
  c.set('streams', stream === true);
  const model = await chosenTranscriber(c, server, wanted);
  if (task === 'translate' && !model.translates)
    throw badRequest('This model knows English alone: there is nothing to translate', 'model', {
      code: 'unsupported_parameter',
      hint: 'Use /v1/audio/transcriptions.',
    });
  const signal = c.get('signal');
  const options: TranscribeOptions = {
    ...{ task, language, prompt: prompt || undefined, seed, signal },
    ...(temperature ? { temperatures: [temperature] } : {}),
    timestamps: format === 'json' || format === 'text' ? undefined : true,
  };
  checked(() => model.check(options));
  const sound = await openSound(c, server, bytes);
  const run = new Run(c, model, sound, options);
  if (stream) return eventsOf(c, await run.begun());
  const transcript = await run.whole();
  switch (format) {
    case 'text':
      return c.text(`${transcript.text}\n`);
    case 'srt':
      return c.text(toSrt(transcript), 200, { 'content-type': 'application/x-subrip; charset=utf-8' });
    case 'vtt':
      return c.text(toVtt(transcript), 200, { 'content-type': 'text/vtt; charset=utf-8' });
    case 'verbose_json':
      return sendJson(c, verbose(transcript, task));
    default:
      return sendJson(c, { text: transcript.text, usage: usageOf(transcript.duration) } satisfies z.infer<typeof transcription>);
  }
}

/** Options that the model does not have, under the names of the form. */
function checked(check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof SensoriumError) || error.code !== 'generate.option') throw error;
    const { place = 'body', expected, got } = error;
    throw badRequest(`This model does not take this ${place}`, place, { code: 'invalid_value', expected, got, cause: error });
  }
}

/** One sound under way. */
class Run {
  private language: string | undefined;
  private readonly segments: AsyncGenerator<TranscriptSegment>;
  readonly duration: number;

  constructor(c: Context<AppEnv>, model: ServedTranscriber, sound: Sound, options: TranscribeOptions) {
    this.duration = sound.samples.length / sound.sampleRate;
    const onLanguage = (language: string): void => {
      this.language = language;
    };
    this.segments = model.transcribe(sound, { ...options, onLanguage, owner: c.get('client') });
  }

  async whole(): Promise<Transcript> {
    const segments: TranscriptSegment[] = [];
    for await (const segment of this.segments) segments.push(segment);
    const text = segments.map((segment) => segment.text).join('');
    return { text: text.trim(), duration: this.duration, segments, ...(this.language === undefined ? {} : { language: this.language }) };
  }

  /** The same with its first step made, which decides between an error with its status and a stream. */
  async begun(): Promise<{ duration: number; first: IteratorResult<TranscriptSegment>; rest: AsyncGenerator<TranscriptSegment> }> {
    return { duration: this.duration, first: await this.segments.next(), rest: this.segments };
  }
}

/** OpenAI's events of a transcript. */
async function* eventsOf(c: Context<AppEnv>, { duration, first, rest }: Awaited<ReturnType<Run['begun']>>): AsyncGenerator<SseEvent> {
  const event = (data: z.infer<typeof transcriptEvent>): SseEvent => JSON.stringify(data);
  let text = '';
  try {
    for (let next = first; !next.done; next = await rest.next()) {
      const delta = text === '' ? next.value.text.trimStart() : next.value.text;
      text += delta;
      yield event({ type: 'transcript.text.delta', delta });
    }
    yield event({ type: 'transcript.text.done', text: text.trimEnd(), usage: usageOf(duration) });
    yield '[DONE]';
  } catch (error) {
    yield* errorObject(streamFailure(c, error));
  } finally {
    await rest.return(undefined);
  }
}

const usageOf = (duration: number): z.infer<typeof transcription>['usage'] => ({ type: 'duration', seconds: Math.ceil(duration) });
const NAMES = new Intl.DisplayNames('en', { type: 'language' });

function verbose({ text, language = 'en', duration, segments }: Transcript, task: Task): z.infer<typeof verboseTranscription> {
  return {
    task,
    language: task === 'translate' ? 'english' : (NAMES.of(language) ?? language).toLowerCase(),
    duration,
    text,
    segments: segments.map((s, id) => ({
      id,
      seek: Math.round(s.window * 100),
      start: s.start,
      end: s.end,
      text: s.text,
      tokens: [...s.tokens],
      temperature: s.temperature,
      avg_logprob: s.logProb,
      compression_ratio: s.compression,
      no_speech_prob: s.noSpeech ?? 0,
    })),
    usage: usageOf(duration),
  };
}
