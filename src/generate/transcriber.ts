// Speech to text with Whisper: windows of half a minute one after the other, each heard anew at a higher temperature where its text looks wrong.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { input, valueBytes } from '../graph/index.js';
import { resampleAside, type Sound, WhisperFeatures, whisperFeatures } from '../media/index.js';
import { type GenerationConfig, readGenerationConfig } from '../model/generation-config.js';
import { type WhisperConfig, WhisperForConditionalGeneration } from '../networks/index.js';
import type { Runtime, RuntimeName } from '../runtime/runtime.js';
import { Tokenizer } from '../text/index.js';
import { SensoriumError } from '../util/errors.js';
import { hostTensor } from '../util/host.js';
import { FILES, type HubOptions, loadNetwork, modelFolder } from '../weights/index.js';
import { generateIds } from './ids.js';
import type { Policy } from './policy.js';
import { TimestampLogitsProcessor } from './processors/timestamps.js';
import { logSumExp } from './sampling.js';
import { crossOutputs, type EncodedSource, Seq2SeqDecoder } from './seq2seq.js';
import { seq2seqPolicy } from './seq2seq-policy.js';
import { type Transcript, type TranscriptSegment, timedSegments } from './transcript.js';

/** How a sound is transcribed. */
export interface TranscribeOptions {
  /** As the model's tokens name it, such as `de`. Default: heard in the first window. */
  language?: string;
  /** `translate`: into English. Default `transcribe`. */
  task?: 'transcribe' | 'translate';
  /** Segments by the model's own times. Default: for sounds of more than one window, which are cut by them. */
  timestamps?: boolean;
  /** Text that comes before, such as names that will be said. */
  prompt?: string;
  /** Temperatures, tried in turn while a window's text repeats itself or is improbable. Default 0, 0.2, … 1. */
  temperatures?: readonly number[];
  /** Most tokens of a window. Default: half of the decoder's positions. */
  maxTokens?: number;
  seed?: number;
  signal?: AbortSignal;
  /** Called when the language is known, before the first segment; never for models of English alone. */
  onLanguage?: (language: string) => void;
  /** Called as windows are heard, with seconds done and in all. */
  onProgress?: (done: number, total: number) => void;
}

/** How the model is loaded. */
export interface TranscriberOptions {
  runtime?: Runtime | RuntimeName;
  threads?: number;
  signal?: AbortSignal;
  hub?: HubOptions;
}

/** Tokens that steer a reply. */
interface Steering {
  start: number;
  languages: ReadonlyMap<string, number>;
  tasks: ReadonlyMap<string, number>;
  noTimes: number;
  previous?: number;
  noSpeech?: number;
  firstTime: number;
}

/** What is written for a window. */
interface WindowReply {
  ids: number[];
  logProb: number;
  temperature: number;
  compression: number;
}

/** A window's text is refused above this ratio of its bytes to its compressed ones, or below this mean log-probability. */
const MOST_COMPRESSION = 2.4;
const LEAST_LOG_PROB = -1;
/** Above this probability an improbable text is silence. */
const SILENCE = 0.6;
const TEMPERATURES = [0, 0.2, 0.4, 0.6, 0.8, 1];
/** Seconds that the first time may be at most. */
const MOST_INITIAL = 1;

/**
 * A Whisper model that writes what is said.
 * @example const whisper = await Transcriber.load('openai/whisper-tiny'); (await whisper.transcribe(await decodeSound('a.wav'))).text
 */
export class Transcriber {
  private constructor(
    readonly config: WhisperConfig,
    readonly tokenizer: Tokenizer,
    private readonly features: WhisperFeatures,
    private readonly generation: GenerationConfig,
    private readonly steering: Steering,
    private readonly decoder: Seq2SeqDecoder,
    /** Bytes of the weights. */
    readonly bytes: number,
  ) {}

  /** Loads a folder in Hugging Face layout, or a model of the hub. Errors: `model.architecture` for another model, those of weights, config and tokenizer. */
  static async load(name: string, { runtime, threads, signal, hub }: TranscriberOptions = {}): Promise<Transcriber> {
    const dir = await modelFolder(name, { signal, ...hub });
    const { network, config, values } = await loadNetwork(dir, { kinds: ['encoder'], signal });
    if (!(network instanceof WhisperForConditionalGeneration))
      throw new SensoriumError('model.architecture', 'this model writes no transcripts', {
        place: dir,
        expected: 'WhisperForConditionalGeneration',
        got: (config as { architectures?: string[] }).architectures?.join(', ') ?? network.constructor.name,
      });
    const tokenizer = await Tokenizer.fromFolder(dir);
    const { vocab_size: vocabSize } = network.config;
    const generation = await readGenerationConfig({ dir, tokenizer, vocabSize });
    const place = join(dir, FILES.preprocessor);
    const features = WhisperFeatures.fromConfig(JSON.parse(await readFile(place, 'utf8')), place);
    const { num_mel_bins: mels, max_target_positions: capacity } = network.config;
    const sound = input('spectrograms', ['batch', mels, network.encoder.frames]);
    const source = crossOutputs(network, network.encoder.tokens(sound));
    const decoder = await Seq2SeqDecoder.create({ network, source, values, capacity, runtime, threads });
    const steering = steeringOf(tokenizer, network.config);
    const bytes = [...values.values()].reduce((sum, value) => sum + valueBytes(value), 0);
    return new Transcriber(network.config, tokenizer, features, generation, steering, decoder, bytes);
  }

  /** Languages that can be asked for; none of a model of English alone. */
  get languages(): string[] {
    return [...this.steering.languages.keys()];
  }

  /** Everything that is said. Errors: `generate.option`, `media.sound`. */
  async transcribe(sound: Sound, options: TranscribeOptions = {}): Promise<Transcript> {
    const heard = await resampleAside(sound, this.features.config.sampling_rate, options.signal);
    const segments: TranscriptSegment[] = [];
    let language: string | undefined;
    const onLanguage = (found: string): void => {
      language = found;
      options.onLanguage?.(found);
    };
    for await (const segment of this.windows(heard, { ...options, onLanguage })) segments.push(segment);
    const duration = heard.samples.length / heard.sampleRate;
    return {
      text: segments
        .map(({ text }) => text)
        .join('')
        .trim(),
      ...(language ? { language } : {}),
      duration,
      segments,
    };
  }

  /** The same, segment by segment as windows are heard. */
  async *stream(sound: Sound, options: TranscribeOptions = {}): AsyncGenerator<TranscriptSegment> {
    this.check(options);
    yield* this.windows(await resampleAside(sound, this.features.config.sampling_rate, options.signal), options);
  }

  private async *windows({ samples, sampleRate }: Sound, o: TranscribeOptions): AsyncGenerator<TranscriptSegment> {
    const { chunk_length: seconds } = this.features.config;
    const window = seconds * sampleRate;
    const steps = this.config.max_source_positions;
    const timed = o.timestamps ?? samples.length > window;
    this.check(o);
    let { language } = o;
    let told = false;
    if (samples.length === 0)
      throw new SensoriumError('media.sound', 'the sound is empty', { expected: 'at least one sample', got: 'none' });
    for (let at = 0; at < samples.length; ) {
      o.signal?.throwIfAborted();
      const own = { sampleRate, samples: samples.subarray(at, Math.min(samples.length, at + window)) };
      const policy = await this.policyOf(own, o.signal);
      const first = await this.firstLogits(policy);
      if (language === undefined && this.steering.languages.size > 0) language = this.loudest(first);
      if (language !== undefined && !told) {
        o.onLanguage?.(language);
        told = true;
      }
      const noSpeech = this.silence(first);
      const reply = await this.reply(policy, { ...o, language, timed });
      const inWindow = Math.ceil((own.samples.length / window) * steps);
      const { segments, heard } = timed
        ? timedSegments(reply.ids, this.steering.firstTime, inWindow)
        : { segments: [{ from: 0, to: inWindow, ids: reply.ids }], heard: inWindow };
      const silent = noSpeech !== undefined && noSpeech > SILENCE && reply.logProb < LEAST_LOG_PROB;
      const ends = (at + own.samples.length) / sampleRate;
      const secondsOf = (step: number): number => Math.min(ends, at / sampleRate + (step / steps) * seconds);
      for (const { from, to, ids } of silent ? [] : segments) {
        const text = this.textOf(ids);
        if (text.trim() === '') continue;
        const { temperature, logProb, compression } = reply;
        const heardAs = { temperature, logProb, compression, ...(noSpeech === undefined ? {} : { noSpeech }) };
        const tokens = ids.filter((id) => id < this.steering.firstTime);
        yield { start: secondsOf(from), end: secondsOf(to), text, tokens, window: at / sampleRate, ...heardAs };
      }
      at += silent || heard >= inWindow ? own.samples.length : Math.max(1, Math.round((heard / steps) * window));
      o.onProgress?.(Math.min(at, samples.length) / sampleRate, samples.length / sampleRate);
    }
  }

  /** The reply to a window: the first that neither repeats itself nor is improbable, else the last. */
  private async reply(policy: Policy, o: TranscribeOptions & { timed: boolean }): Promise<WindowReply> {
    const { start, languages, tasks, noTimes, previous, firstTime } = this.steering;
    const task = o.task ?? 'transcribe';
    const steer = [
      start,
      ...(o.language === undefined ? [] : [languages.get(o.language) as number]),
      ...(languages.size > 0 ? [tasks.get(task) as number] : []),
      ...(o.timed ? [] : [noTimes]),
    ];
    const half = Math.floor(this.config.max_target_positions / 2);
    const told = o.prompt === undefined || previous === undefined ? [] : this.tokenizer.encode(` ${o.prompt.trim()}`).slice(1 - half);
    const ids = Int32Array.from([...(told.length > 0 ? [previous as number, ...told] : []), ...steer]);
    const prompt = { ids, source: { ids: Int32Array.of(start), media: [] } };
    const [end = this.tokenizer.specialIds.eos ?? 0] = this.generation.endIds;
    const mostInitial = Math.round((MOST_INITIAL / this.features.config.chunk_length) * this.config.max_source_positions);
    const processors = o.timed ? [new TimestampLogitsProcessor({ begin: firstTime, end, none: noTimes, mostInitial })] : [];
    const maxTokens = Math.min(o.maxTokens ?? half, this.config.max_target_positions - ids.length);
    let reply: WindowReply = { ids: [], logProb: 0, temperature: 0, compression: 0 };
    for (const temperature of o.temperatures ?? TEMPERATURES) {
      const options = { temperature, processors, maxTokens, seed: o.seed ?? 0, signal: o.signal };
      const chosen: number[] = [];
      let total = 0;
      let n = 0;
      for await (const { id, logProb } of generateIds(policy, { prompt, config: this.generation }, options)) {
        total += logProb;
        n++;
        if (!this.generation.endIds.includes(id)) chosen.push(id);
      }
      reply = { ids: chosen, logProb: n > 0 ? total / n : 0, temperature, compression: compressionOf(this.textOf(chosen)) };
      if (reply.logProb >= LEAST_LOG_PROB && reply.compression <= MOST_COMPRESSION) break;
    }
    return reply;
  }

  private textOf(ids: readonly number[]): string {
    return this.tokenizer.decode(
      ids.filter((id) => id < this.steering.firstTime),
      { skipSpecial: true, skipUnknown: true },
    );
  }

  private async policyOf(sound: Sound, signal: AbortSignal | undefined): Promise<Policy> {
    const { shape, data } = await whisperFeatures(this.features, sound, signal);
    const mask = hostTensor('int32', [1, this.config.max_source_positions]);
    mask.data.fill(1);
    const feeds = { spectrograms: hostTensor('float32', [1, ...shape], data) };
    const encoded: EncodedSource = await this.decoder.encodeFeeds(feeds, mask);
    return seq2seqPolicy(this.decoder, { encode: async () => encoded });
  }

  /** Logits behind the start token. */
  private async firstLogits(policy: Policy): Promise<Float32Array> {
    const { start } = this.steering;
    const rows = await policy.start([{ ids: Int32Array.of(start), source: { ids: Int32Array.of(start), media: [] } }]);
    return rows.logits.at(0).slice();
  }

  private loudest(first: Float32Array): string {
    const { languages } = this.steering;
    return [...languages].reduce((best, one) => ((first[one[1]] as number) > (first[best[1]] as number) ? one : best))[0];
  }

  private silence(first: Float32Array): number | undefined {
    const { noSpeech } = this.steering;
    return noSpeech === undefined ? undefined : Math.exp((first[noSpeech] as number) - logSumExp(first));
  }

  /** Throws `generate.option` for what this model cannot be asked for. */
  check({ language, task, temperatures, prompt }: TranscribeOptions): void {
    const { languages } = this.steering;
    const fail = (place: string, expected: string, got: unknown): never => {
      throw new SensoriumError('generate.option', 'an option is out of range', { place, expected, got: String(got) });
    };
    if (language !== undefined && !languages.has(language))
      fail('language', languages.size > 0 ? this.languages.join(', ') : 'none: this model knows English alone', language);
    if (task !== undefined && task !== 'transcribe' && !(task === 'translate' && languages.size > 0))
      fail('task', languages.size > 0 ? 'transcribe or translate' : 'transcribe: this model knows English alone', task);
    if (temperatures?.length === 0) fail('temperatures', 'at least one', 'none');
    if (prompt !== undefined && this.steering.previous === undefined) fail('prompt', 'none: the vocabulary has no <|startofprev|>', prompt);
  }

  /** Frees the programs. */
  dispose(): void {
    this.decoder.dispose();
  }
}

/** Bytes of a text to those of its compressed form: high where it repeats itself. */
function compressionOf(text: string): number {
  const bytes = Buffer.from(text);
  return bytes.length === 0 ? 0 : bytes.length / deflateSync(bytes).length;
}

/** The tokens that steer Whisper, by name. Errors: `text.fit` for a tokenizer without them. */
function steeringOf(tokenizer: Tokenizer, { vocab_size }: WhisperConfig): Steering {
  const id = (name: string): number | undefined => tokenizer.tokenId(name);
  const needed = (...names: string[]): number => {
    const found = names.map(id).find((one) => one !== undefined);
    if (found !== undefined && found < vocab_size) return found;
    throw new SensoriumError('text.fit', 'the tokenizer lacks a token that Whisper is steered with', {
      place: tokenizer.place,
      expected: names.join(' or '),
      got: found === undefined ? 'no such token' : `id ${found} of ${vocab_size}`,
      hint: 'Take the tokenizer of the same model',
    });
  };
  const start = needed('<|startoftranscript|>');
  const noTimes = needed('<|notimestamps|>');
  const languages = new Map<string, number>();
  for (const [token, at] of tokenizer.specialTokens) {
    const name = /^<\|([a-z]{2,3})\|>$/.exec(token)?.[1];
    if (name && at > start && at < noTimes && at < vocab_size) languages.set(name, at);
  }
  const tasks = new Map([
    ['transcribe', id('<|transcribe|>') ?? start],
    ['translate', id('<|translate|>') ?? start],
  ]);
  const previous = id('<|startofprev|>');
  const noSpeech = id('<|nospeech|>') ?? id('<|nocaptions|>');
  return {
    ...{ start, tasks, noTimes, firstTime: noTimes + 1, languages: isEnglishAlone(vocab_size) ? new Map() : languages },
    ...(previous === undefined ? {} : { previous }),
    ...(noSpeech === undefined ? {} : { noSpeech }),
  };
}

/** True for Whisper's English models, whose vocabulary has the tokens of languages too: it is one token smaller. */
const isEnglishAlone = (vocabSize: number): boolean => vocabSize === 51864;
