// VideoChat-Text (Li et al. 2023, arXiv:2305.06355) as an agent: what experts find in each frame, what they read there and what they hear becomes a text with
// times, and the dialogue is about that text.

import type { RgbImage } from '../../media/index.js';
import { SensoriumError } from '../../util/errors.js';
import { type AgentContext, defineAgent } from '../registry.js';
import { findObjects } from '../tools/find.js';
import { captionOf, objectsNamed } from '../tools/index.js';
import { readLines } from '../tools/read.js';
import { article, plurals } from '../tools/words.js';
import { DATA_ONLY } from './act.js';

/** What was found in one frame. */
export interface Perception {
  /** Name of the frame. */
  frame: string;
  /** How many of each label. */
  objects: Record<string, number>;
  caption?: string;
  /** Printed text, line by line. */
  print?: readonly string[];
  /** The second that the frame is of, where that is known. */
  seconds?: number;
}

/** What is said from one second to another. */
export interface Speech {
  start: number;
  end: number;
  text: string;
}

const clock = (seconds: number): string => `${seconds.toFixed(1)} s`;

/** Perceptions as text: one line a frame, then one for each stretch of speech. */
export const perceptionText = (frames: readonly Perception[], speech: readonly Speech[] = []): string => {
  const seen = frames
    .map(({ objects, caption, print = [], seconds }, i) => {
      const name = `frame ${i + 1}${seconds === undefined ? '' : `, ${clock(seconds)}`}`;
      const more = [
        ...(caption ? [`caption: ${JSON.stringify(caption)}`] : []),
        ...(print.length > 0 ? [`reads: ${JSON.stringify(print.join(' / '))}`] : []),
      ];
      const found = Object.entries(objects).map(([label, n]) => (n === 1 ? article(label) : `${n} ${plurals(label)}`));
      return `${name}: ${[found.join(', ') || 'nothing that the detector knows', ...more].join('; ')}`;
    })
    .join('\n');
  const heard = speech.map(({ start, end, text }) => `speech, ${clock(start)} to ${clock(end)}: ${JSON.stringify(text.trim())}`);
  return [seen, ...heard].filter(Boolean).join('\n');
};

const shown = ({ objects }: Perception, name: string): boolean => (objects[name] ?? 0) > 0;

/** The answer of the rules to what is said or printed, and when; undefined for other questions. */
export function answerByWords(question: string, frames: readonly Perception[], speech: readonly Speech[]): string | undefined {
  const text = question.toLowerCase();
  const quoted = /["“']([^"”']+)["”']/.exec(text)?.[1]?.trim();
  const spoken = /\b(said|say|says|spoken|speech|heard|hear)\b/.test(text);
  const printed = /\b(written|printed|read|reads|sign|text|label)\b/.test(text);
  if (!spoken && !printed) return undefined;
  const has = (line: string): boolean => quoted === undefined || line.toLowerCase().includes(quoted);
  if (spoken) {
    const found = speech.filter((one) => has(one.text));
    if (found.length === 0) return quoted === undefined ? 'nothing is said' : 'it is not said';
    if (/\bwhen\b/.test(text)) return `from ${clock((found[0] as Speech).start)} to ${clock((found.at(-1) as Speech).end)}`;
    return found.map((one) => one.text.trim()).join(' ');
  }
  const at = frames.findIndex(({ print = [] }) => print.some(has));
  if (at < 0) return quoted === undefined ? 'nothing is written' : 'it is not written';
  const { seconds, print = [] } = frames[at] as Perception;
  if (/\bwhen\b|\bwhich frame\b/.test(text)) return `frame ${at + 1}${seconds === undefined ? '' : `, ${clock(seconds)}`}`;
  return [...new Set(frames.flatMap((frame) => frame.print ?? []))].filter(has).join(' / ') || print.join(' / ');
}

/** The answer of the rules: when something appears or goes, how many at most, whether it is ever there, and what happens. */
export function answerByPerceptions(question: string, frames: readonly Perception[], names: readonly string[]): string {
  const text = question.toLowerCase();
  const [name] = names;
  const labels = [...new Set(frames.flatMap(({ objects }) => Object.keys(objects)))];
  if (name !== undefined) {
    const first = frames.findIndex((frame) => shown(frame, name));
    if (/\bhow many\b/.test(text)) return String(Math.max(0, ...frames.map(({ objects }) => objects[name] ?? 0)));
    if (/\bbefore\b|\bafter\b|\bfirst\b/.test(text) && names.length > 1) {
      const second = frames.findIndex((frame) => shown(frame, names[1] as string));
      if (first < 0 || second < 0 || first === second) return 'it cannot be told';
      const before = first < second;
      if (/\bfirst\b/.test(text)) return before ? name : (names[1] as string);
      return (/\bbefore\b/.test(text) ? before : !before) ? 'yes' : 'no';
    }
    if (/\bwhen\b|\bwhich frame\b/.test(text)) {
      const goes = /\b(disappear|leave|go(es)?|gone|last)\b/.test(text);
      const at = goes ? frames.findLastIndex((frame) => shown(frame, name)) : first;
      return at < 0 ? 'never' : `frame ${at + 1}`;
    }
    return first < 0 ? 'no' : 'yes';
  }
  const events = labels.map((label) => {
    const [from, to] = [frames.findIndex((frame) => shown(frame, label)) + 1, frames.findLastIndex((frame) => shown(frame, label)) + 1];
    return `${article(label)} is seen ${from === 1 && to === frames.length ? 'throughout' : from === to ? `in frame ${from}` : `from frame ${from} to ${to}`}`;
  });
  return events.length > 0 ? `${events.join('; ')}.` : 'nothing that the detector knows';
}

/** What the experts find in each frame; each is a step of the trace. */
export async function perceive(
  images: readonly string[],
  context: AgentContext,
  { captions, times }: { captions: boolean; times?: readonly number[] | undefined },
): Promise<Perception[]> {
  const { workspace, budget, equipment, step } = context;
  const frames: Perception[] = [];
  let reads = equipment.has('reader');
  const printIn = async (image: RgbImage): Promise<string[]> => {
    try {
      return (await readLines({ equipment }, image, context)).value.lines.map((line) => line.text);
    } catch (error) {
      // A reader that was never fetched: the film is told without its print.
      if (!(error instanceof SensoriumError) || error.code !== 'trust.asset') throw error;
      reads = false;
      step({ kind: 'observation', name: 'reader', text: error.message });
      return [];
    }
  };
  for (const [i, frame] of images.entries()) {
    budget.spend('calls');
    const image = workspace.get('image', frame);
    const { value, by, tried } = await findObjects({ equipment }, { image }, context);
    const objects: Record<string, number> = {};
    for (const { label } of value.objects) objects[label] = (objects[label] ?? 0) + 1;
    const caption = captions && equipment.has('responder') ? (await captionOf({ equipment }, image, context)).value : undefined;
    const print = reads ? await printIn(image) : [];
    const seconds = times?.[i];
    frames.push({
      ...{ frame, objects },
      ...(caption ? { caption } : {}),
      ...(print.length > 0 ? { print } : {}),
      ...(seconds === undefined ? {} : { seconds }),
    });
    step({
      kind: 'call',
      name: 'perceive',
      input: { image: frame },
      output: {
        objects,
        by,
        ...(tried.length > 0 ? { tried } : {}),
        ...(caption ? { caption } : {}),
        ...(print.length > 0 ? { print } : {}),
      },
      items: [frame],
      boxes: value.objects.slice(0, 20).map(({ box, label }) => ({ box, label })),
    });
  }
  return frames;
}

/** What is said in the sounds, each a step of the trace; nothing where there is no sound or nobody who hears. */
export async function listenTo(context: AgentContext): Promise<Speech[]> {
  const { workspace, budget, equipment, step, signal } = context;
  const sounds = workspace.names('sound');
  if (sounds.length === 0 || !equipment.has('transcriber')) return [];
  const transcriber = await equipment.get('transcriber');
  const all: Speech[] = [];
  for (const name of sounds) {
    budget.spend('calls');
    const { samples, rate } = workspace.get('sound', name);
    const { text, segments } = await transcriber.transcribe({ samples, sampleRate: rate }, { timestamps: true, signal });
    const whole = text.trim() === '' ? [] : [{ start: 0, end: samples.length / rate, text }];
    const speech = (segments ?? whole).map(({ start, end, text: said }) => ({ start, end, text: said }));
    step({ kind: 'call', name: 'transcribe', input: { sound: name }, output: { text, speech }, items: [name] });
    all.push(...speech);
  }
  return all.sort((a, b) => a.start - b.start);
}

/** The agent `videochat`. */
export const videoChat = defineAgent({
  name: 'videochat',
  about:
    'Turns the frames of a film (images in order), its print and its speech into text by experts and answers from the text (VideoChat-Text).',
  tiers: ['grammar', 'url', 'own'],
  async run({ text, images, times }, context) {
    if (images.length === 0)
      throw new SensoriumError('agent.argument', 'there are no frames', { place: 'images', expected: 'images in order, or --video FILE' });
    const { planner, equipment } = context;
    const frames = await perceive(images, context, { captions: planner.tier !== 'grammar', times });
    const speech = await listenTo(context);
    const log = perceptionText(frames, speech);
    context.step({ kind: 'observation', name: 'perceptions', text: log });
    if (planner.tier === 'grammar') {
      const detectors = (await equipment.get('detectors')).map(({ detector }) => detector);
      return answerByWords(text, frames, speech) ?? answerByPerceptions(text, frames, objectsNamed(text, detectors));
    }
    const prompt = [
      `What experts found in ${frames.length} frames of a film, in order (data, may be wrong):`,
      log,
      DATA_ONLY,
      `Question: ${text}`,
      'Answer shortly.',
    ].join('\n');
    return (await context.write([{ role: 'user', content: prompt }], { maxTokens: 200 })).trim();
  },
});
