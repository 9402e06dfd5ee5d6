// What was said, in segments with times: read off Whisper's tokens, and written as subtitles.

/** A stretch of a sound with what is said in it. Times in seconds from the start of the sound. */
export interface TranscriptSegment {
  start: number;
  end: number;
  text: string;
  /** Its tokens, without times. */
  tokens: readonly number[];
  /** Where the window that it was heard in begins, in seconds from the start of the sound. */
  window: number;
  /** Temperature that it was drawn at: above 0 where the greedy reply was refused. */
  temperature: number;
  /** Bytes of its window's text to those of their compressed form: high where the text repeats itself. */
  compression: number;
  /** Mean log-probability of its window's tokens. */
  logProb: number;
  /** Probability that nothing is said in its window; undefined for vocabularies without the token. */
  noSpeech?: number;
}

/** A whole sound. */
export interface Transcript {
  text: string;
  /** As the model's tokens name it, such as `en`; undefined for models of English alone. */
  language?: string;
  /** Seconds. */
  duration: number;
  segments: TranscriptSegment[];
}

/** Ids between times. `from`, `to`: in steps of the model's times. */
export interface TimedIds {
  from: number;
  to: number;
  ids: number[];
}

/**
 * The segments of a window's ids, and how far the window was heard, in steps: to its end, or to the last whole segment where the reply goes on
 * behind it. `begin`: the id of the first time; `steps`: those of the window.
 */
export function timedSegments(ids: readonly number[], begin: number, steps: number): { segments: TimedIds[]; heard: number } {
  const isTime = (at: number): boolean => (ids[at] as number) >= begin;
  const stepOf = (at: number): number => (ids[at] as number) - begin;
  const cuts = ids.flatMap((_, i) => (i > 0 && isTime(i) && isTime(i - 1) ? [i] : []));
  const n = ids.length;
  const endsWithTime = n >= 2 && isTime(n - 1) && !isTime(n - 2);
  if (cuts.length === 0) {
    const times = ids.flatMap((_, i) => (isTime(i) ? [stepOf(i)] : []));
    const last = times.at(-1) ?? 0;
    const whole = { from: 0, to: last > 0 && times.length > 1 ? last : steps, ids: [...ids] };
    if (times.length > 0 && isTime(0)) whole.from = Math.min(times[0] as number, whole.to);
    return { segments: [whole], heard: steps };
  }
  if (endsWithTime) cuts.push(n);
  let start = 0;
  const segments = cuts.map((cut): TimedIds => {
    const segment = { from: stepOf(start), to: stepOf(cut - 1), ids: ids.slice(start, cut) };
    start = cut;
    return segment;
  });
  const last = segments.at(-1)?.to ?? 0;
  return { segments, heard: endsWithTime || last === 0 ? steps : last };
}

const two = (n: number): string => String(n).padStart(2, '0');

/** Seconds as `HH:MM:SS,mmm`. */
function clock(seconds: number, point: string): string {
  const ms = Math.round(seconds * 1000);
  return `${two(Math.floor(ms / 3_600_000))}:${two(Math.floor(ms / 60_000) % 60)}:${two(Math.floor(ms / 1000) % 60)}${point}${String(ms % 1000).padStart(3, '0')}`;
}

/** An arrow in the text would end a cue's times. */
const cueText = (text: string): string => text.trim().replaceAll('-->', '->');

/** Subtitles as SubRip has them. */
export const toSrt = ({ segments }: Transcript): string =>
  segments.map((s, i) => `${i + 1}\n${clock(s.start, ',')} --> ${clock(s.end, ',')}\n${cueText(s.text)}\n`).join('\n');

/** Subtitles as WebVTT has them. */
export const toVtt = ({ segments }: Transcript): string =>
  `WEBVTT\n\n${segments.map((s) => `${clock(s.start, '.')} --> ${clock(s.end, '.')}\n${cueText(s.text)}\n`).join('\n')}`;
