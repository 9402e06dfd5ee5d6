// Sounds of events, made by their formulas: bells, beeps, sweeps, noise and knocks, in order and number, with exact captions.

import { DrawnSound } from '../media/index.js';
import type { ContentPart } from '../text/index.js';
import { Rng } from '../util/rng.js';
import { defineMediaWorld, type MediaQuestion, type Wording, worded } from './media-world.js';
import type { Language } from './vocabulary.js';

/** Samples a second of every sound here: Whisper's rate. */
export const SOUND_RATE = 16_000;

/** A kind of event: names, and its samples. `pitch`: a factor of its frequencies; `seconds`: how long it lasts. */
interface Voice {
  en: { one: string; many: string };
  zh: string;
  /** Those that can be high or low. */
  pitched: boolean;
  sample(t: number, o: { seconds: number; pitch: number; rng: Rng }): number;
}

const TAU = 2 * Math.PI;
const sine = (frequency: number, t: number): number => Math.sin(TAU * frequency * t);
/** Rises and falls in 10 ms, so that nothing clicks. */
const edge = (t: number, seconds: number): number => Math.max(0, Math.min(1, t / 0.01, (seconds - t) / 0.01));
/** Partials of a bell, next to its strike note, and how loud they are. */
const PARTIALS = [
  [0.5, 0.4],
  [1, 1],
  [1.19, 0.6],
  [1.5, 0.4],
  [2, 0.5],
  [2.75, 0.25],
] as const;
/** The phase of a tone that glides by a factor `k` over its time: the integral of f·k^(t/seconds). */
const glide = (frequency: number, k: number, t: number, seconds: number): number =>
  Math.sin((TAU * frequency * seconds * (k ** (t / seconds) - 1)) / Math.log(k));

/** The events. */
export const VOICES: readonly Voice[] = [
  {
    en: { one: 'bell', many: 'bells' },
    zh: '铃声',
    pitched: true,
    sample: (t, { seconds, pitch }) => {
      const sum = PARTIALS.reduce(
        (all, [factor, level]) => all + level * sine(600 * pitch * factor, t) * Math.exp((-5 * factor * t) / seconds),
        0,
      );
      return 0.35 * sum * edge(t, seconds);
    },
  },
  {
    en: { one: 'beep', many: 'beeps' },
    zh: '哔声',
    pitched: true,
    sample: (t, { seconds, pitch }) => 0.5 * sine(880 * pitch, t) * edge(t, seconds),
  },
  {
    en: { one: 'rising sweep', many: 'rising sweeps' },
    zh: '上滑音',
    pitched: false,
    sample: (t, { seconds, pitch }) => 0.5 * glide(300 * pitch, 6, t, seconds) * edge(t, seconds),
  },
  {
    en: { one: 'falling sweep', many: 'falling sweeps' },
    zh: '下滑音',
    pitched: false,
    sample: (t, { seconds, pitch }) => 0.5 * glide(1800 * pitch, 1 / 6, t, seconds) * edge(t, seconds),
  },
  {
    en: { one: 'noise burst', many: 'noise bursts' },
    zh: '噪声',
    pitched: false,
    sample: (t, { seconds, rng }) => 0.45 * rng.uniform(-1, 1) * edge(t, seconds),
  },
  {
    en: { one: 'knock', many: 'knocks' },
    zh: '敲击声',
    pitched: false,
    sample: (t, { pitch, rng }) => (sine(160 * pitch, t) + 0.3 * rng.uniform(-1, 1)) * 0.8 * Math.exp(-45 * t) * Math.min(1, t / 0.002),
  },
  {
    en: { one: 'buzz', many: 'buzzes' },
    zh: '嗡嗡声',
    pitched: true,
    // Odd harmonics of a square wave below half the rate.
    sample: (t, { seconds, pitch }) => 0.4 * [1, 3, 5, 7, 9].reduce((sum, k) => sum + sine(140 * pitch * k, t) / k, 0) * edge(t, seconds),
  },
];

/** One event of a sound. */
export interface SoundEvent {
  voice: number;
  /** Where it begins, in seconds. */
  at: number;
  seconds: number;
  /** A factor of the frequencies. */
  pitch: number;
}

/** A sound: its events in the order of time, the same voice any number of times. */
export interface SoundItem {
  events: readonly SoundEvent[];
  seconds: number;
  /** Loudness of the noise behind it, next to full scale. */
  noise: number;
  seed: number;
}

type Dials = 'seconds' | 'events' | 'noise';

/** High and low are clearly apart: a factor of two around the middle. */
const HIGH = 1.5;
const LOW = 0.7;

function makeSound(rng: Rng, { split, dials }: { split: string; dials: Readonly<Record<Dials, number>> }): SoundItem {
  const { seconds } = dials;
  const count = 1 + rng.int(dials.events);
  // Of few voices, so that there is something to count.
  const cast = rng.sample([...VOICES.keys()], Math.min(count, 1 + rng.int(3)));
  const voices = Array.from({ length: count }, (_, i) => (i < cast.length ? (cast[i] as number) : rng.pick(cast)));
  rng.shuffle(voices);
  const room = seconds / count;
  // Between the two pitches of training lie those of `test-pitch`.
  const pitches = split === 'test-pitch' ? [1.35, 0.8] : [HIGH, LOW];
  const pitchOf = new Map(cast.map((voice) => [voice, VOICES[voice]?.pitched ? rng.pick(pitches) : 1]));
  const events = voices.map((voice, i): SoundEvent => {
    const long = Math.min(0.5, 0.7 * room) * rng.uniform(0.8, 1);
    return {
      voice,
      seconds: long,
      at: i * room + rng.uniform(0, 0.9 * (room - long)),
      pitch: (pitchOf.get(voice) as number) * rng.uniform(0.96, 1.04),
    };
  });
  return { events, seconds, noise: dials.noise * rng.float(), seed: rng.u32() };
}

/** The samples of a sound, in -1…1. */
export function soundSamples({ events, seconds, noise, seed }: SoundItem): Float32Array {
  const rng = new Rng(seed);
  const out = new Float32Array(Math.round(seconds * SOUND_RATE));
  for (const { voice, at, seconds: long, pitch } of events) {
    const first = Math.round(at * SOUND_RATE);
    const n = Math.min(Math.round(long * SOUND_RATE), out.length - first);
    const { sample } = VOICES[voice] as Voice;
    for (let i = 0; i < n; i++) out[first + i] = (out[first + i] as number) + sample(i / SOUND_RATE, { seconds: long, pitch, rng });
  }
  return out.map((v) => Math.max(-1, Math.min(1, v + (noise > 0 ? noise * rng.uniform(-1, 1) : 0))));
}

const voiceName = (voice: number, language: Language): string => {
  const { en, zh } = VOICES[voice] as Voice;
  return language === 'zh' ? zh : en.one;
};
const voicesOf = ({ events }: SoundItem): number[] => [...new Set(events.map(({ voice }) => voice))];

type Ask = (sound: SoundItem, how: Wording) => MediaQuestion | undefined;

const asks: Record<string, Ask> = {
  event(sound, how) {
    const voices = voicesOf(sound);
    if (voices.length !== 1) return undefined;
    return {
      question: worded({ en: ['What sound is it?'], zh: ['这是什么声音？'] }, how),
      answer: voiceName(voices[0] as number, how.language),
    };
  },
  order({ events }, how) {
    if (events.length < 2) return undefined;
    const isFirst = how.rng.bool();
    const { voice } = events[isFirst ? 0 : events.length - 1] as SoundEvent;
    const forms = {
      en: [`Which sound comes ${isFirst ? 'first' : 'last'}?`, `What do you hear ${isFirst ? 'first' : 'last'}?`],
      zh: [isFirst ? '最先听到的是什么声音？' : '最后听到的是什么声音？'],
    };
    return { question: worded(forms, how), answer: voiceName(voice, how.language) };
  },
  after({ events }, how) {
    // A voice that sounds once, and what is right before or after it.
    const once = [...events.keys()].filter((i) => events.filter(({ voice }) => voice === events[i]?.voice).length === 1);
    const isAfter = how.rng.bool();
    const fit = once.filter((i) => events[i + (isAfter ? 1 : -1)]);
    if (fit.length === 0) return undefined;
    const i = how.rng.pick(fit);
    const [own, other] = [events[i] as SoundEvent, events[i + (isAfter ? 1 : -1)] as SoundEvent];
    const forms = {
      en: [`What comes right ${isAfter ? 'after' : 'before'} the X?`],
      zh: [isAfter ? 'X之后是什么声音？' : 'X之前是什么声音？'],
    };
    return { question: worded(forms, how, [voiceName(own.voice, how.language)]), answer: voiceName(other.voice, how.language) };
  },
  count(sound, how) {
    const voice = how.rng.pick(voicesOf(sound));
    const n = sound.events.filter((event) => event.voice === voice).length;
    // Ones would be a good guess: most of them are not asked about.
    if (n === 1 && how.rng.bool(0.7)) return undefined;
    const name = how.language === 'zh' ? voiceName(voice, 'zh') : (VOICES[voice] as Voice).en.many;
    return {
      question: worded({ en: ['How many X are there?', 'How many X do you hear?'], zh: ['有几次X？'] }, how, [name]),
      answer: String(n),
    };
  },
  presence(sound, how) {
    const { rng, language } = how;
    const there = voicesOf(sound);
    const isThere = rng.bool();
    const voice = rng.pick(isThere ? there : [...VOICES.keys()].filter((v) => !there.includes(v)));
    const forms = { en: ['Is there a X?', 'Do you hear a X?'], zh: ['有X吗？'] };
    const answer = language === 'zh' ? (isThere ? '有' : '没有') : isThere ? 'yes' : 'no';
    return { question: worded(forms, how, [voiceName(voice, language)]), answer };
  },
  pitch(sound, how) {
    const fit = sound.events.filter(({ voice }) => VOICES[voice]?.pitched);
    if (fit.length === 0) return undefined;
    const { voice, pitch } = how.rng.pick(fit);
    const words = how.language === 'zh' ? ['高', '低'] : ['high', 'low'];
    return {
      question: worded({ en: ['Is the X high or low?'], zh: ['X是高还是低？'] }, how, [voiceName(voice, how.language)]),
      answer: words[pitch > 1 ? 0 : 1] as string,
    };
  },
};

/** Sounds of one to five events. */
export const sounds = defineMediaWorld<SoundItem, Dials, undefined>({
  name: 'sounds',
  title: 'world sounds',
  about: 'sounds of events: which, in what order, how many, high or low',
  splits: ['train', 'test', 'test-pitch'],
  dials: {
    seconds: { default: 3, from: 1, to: 30 },
    /** Events in a sound, at most. */
    events: { default: 4, from: 1, to: 8, whole: true },
    /** Loudest noise behind them, next to full scale. */
    noise: { default: 0.02, from: 0, to: 1 },
  },
  kinds: Object.keys(asks),
  score: 'exact',
  maxTokens: 12,
  load: async () => undefined,
  make: makeSound,
  part: (item, key) => ({ type: 'audio', source: new DrawnSound(SOUND_RATE, key, () => soundSamples(item)) }) as ContentPart,
  ask: (sound, kind, how) => asks[kind]?.(sound, how),
  caption({ events }, { language }) {
    const runs: { voice: number; n: number }[] = [];
    for (const { voice } of events) {
      const last = runs.at(-1);
      if (last?.voice === voice) last.n++;
      else runs.push({ voice, n: 1 });
    }
    const each = runs.map(({ voice, n }) => {
      const { en, zh } = VOICES[voice] as Voice;
      return language === 'zh' ? `${n}次${zh}` : n === 1 ? `a ${en.one}` : `${n} ${en.many}`;
    });
    const text = language === 'zh' ? `${each.join('，然后')}。` : `${each.join(', then ')}.`;
    return text.charAt(0).toUpperCase() + text.slice(1);
  },
  requests: { en: ['What do you hear?', 'Describe the sound.'], zh: ['听到了什么？', '描述这段声音。'] },
});
