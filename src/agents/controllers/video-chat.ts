// VideoChat-Text (Li et al. 2023, arXiv:2305.06355) as an agent: what experts find in each frame becomes a text with times, and the dialogue is about that text.

import { SensoriumError } from '../../util/errors.js';
import { type AgentContext, defineAgent } from '../registry.js';
import { findObjects } from '../tools/find.js';
import { captionOf, objectsNamed } from '../tools/index.js';
import { article, plurals } from '../tools/words.js';
import { DATA_ONLY } from './act.js';

/** What was found in one frame. */
export interface Perception {
  /** Name of the frame. */
  frame: string;
  /** How many of each label. */
  objects: Record<string, number>;
  caption?: string;
}

/** Perceptions as text: one line a frame. */
export const perceptionText = (frames: readonly Perception[]): string =>
  frames
    .map(({ objects, caption }, i) => {
      const found = Object.entries(objects).map(([label, n]) => (n === 1 ? article(label) : `${n} ${plurals(label)}`));
      return `frame ${i + 1}: ${found.join(', ') || 'nothing that the detector knows'}${caption ? `; caption: ${JSON.stringify(caption)}` : ''}`;
    })
    .join('\n');

const shown = ({ objects }: Perception, name: string): boolean => (objects[name] ?? 0) > 0;

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
export async function perceive(images: readonly string[], context: AgentContext, captions: boolean): Promise<Perception[]> {
  const { workspace, budget, equipment, step } = context;
  const frames: Perception[] = [];
  for (const frame of images) {
    budget.spend('calls');
    const image = workspace.get('image', frame);
    const { value, by, tried } = await findObjects({ equipment }, { image }, context);
    const objects: Record<string, number> = {};
    for (const { label } of value.objects) objects[label] = (objects[label] ?? 0) + 1;
    const caption = captions && equipment.has('responder') ? (await captionOf({ equipment }, image, context)).value : undefined;
    frames.push({ frame, objects, ...(caption ? { caption } : {}) });
    step({
      kind: 'call',
      name: 'perceive',
      input: { image: frame },
      output: { objects, by, ...(tried.length > 0 ? { tried } : {}), ...(caption ? { caption } : {}) },
      items: [frame],
      boxes: value.objects.slice(0, 20).map(({ box, label }) => ({ box, label })),
    });
  }
  return frames;
}

/** The agent `videochat`. */
export const videoChat = defineAgent({
  name: 'videochat',
  about: 'Turns the frames of a film (images in order) into text by experts and answers from the text (VideoChat-Text).',
  tiers: ['grammar', 'url', 'own'],
  async run({ text, images }, context) {
    if (images.length === 0)
      throw new SensoriumError('agent.argument', 'there are no frames', { place: 'images', expected: 'images in order, or --video FILE' });
    const { planner, equipment } = context;
    const frames = await perceive(images, context, planner.tier !== 'grammar');
    const log = perceptionText(frames);
    context.step({ kind: 'observation', name: 'perceptions', text: log });
    if (planner.tier === 'grammar') {
      const detectors = (await equipment.get('detectors')).map(({ detector }) => detector);
      return answerByPerceptions(text, frames, objectsNamed(text, detectors));
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
