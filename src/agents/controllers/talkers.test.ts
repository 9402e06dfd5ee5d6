// The controllers that talk: IdealGPT, Caption Anything, the style refiner, DetGPT, AudioGPT, VideoChat; and orders that are printed in pictures.

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RgbImage } from '../../media/index.js';
import { findEspeak } from '../../media/index.js';
import { TrainedDetector } from '../../trust/trained-detector.js';
import { SensoriumError } from '../../util/errors.js';
import { CATEGORIES, loadSprites, makeScene, renderScene, type Scene, type Sprites, sceneMasks, sceneWidth } from '../../world/index.js';
import { Equipment, type EquipmentSources, type RunAgentOptions, recordedPlanner, runAgent, type TaskInput } from '../index.js';
import { maskIou } from '../tools/index.js';
import { AUDIO_TASKS, analyzeByRules } from './audio-gpt.js';
import { placeOf } from './cat.js';
import { readTargets } from './det-gpt.js';
import { judgeByRules, readQuestions, readVerdict } from './ideal-gpt.js';
import { gulliblePlanner, type Injection, measureInjections } from './injections.js';
import { added, controlsOf, refineByRules, shortened, textAndWish } from './style.js';
import { answerByPerceptions, type Perception } from './video-chat.js';

const root = join(import.meta.dirname, '../../..');
let sprites: Sprites;
let world: TrainedDetector;
beforeAll(async () => {
  sprites = await loadSprites();
  world = await TrainedDetector.load(join(root, 'models/world-detector'));
});
afterAll(() => world.dispose());

const nameOf = ({ category }: Scene['objects'][number]): string => CATEGORIES[category]?.id as string;
const picture = (index: number): { scene: Scene; image: RgbImage } => {
  const scene = makeScene(index, { split: 'test', seed: 5 });
  return { scene, image: { width: sceneWidth(scene), height: scene.size, data: renderScene(scene, sprites) } };
};
const eyes = (answer: (question: string) => string): EquipmentSources['responder'] => ({
  replies: async (conversations) =>
    conversations.map((messages) => {
      const content = messages.at(-1)?.content as { type: string; text?: string }[];
      return answer(content.find(({ type }) => type === 'text')?.text ?? '');
    }),
});
const run = (
  agent: string,
  task: Omit<TaskInput, 'images'> & { pictures?: readonly RgbImage[] },
  more: RunAgentOptions & { sources?: EquipmentSources } = {},
) => {
  const { sources, ...options } = more;
  const equipment = new Equipment({ detectors: [{ name: 'world', detector: world }], ...sources });
  const { pictures = [], ...rest } = task;
  return runAgent(agent, { ...rest, images: pictures.map((image) => ({ image, origin: 'test' })) }, { equipment, ...options });
};

describe('IdealGPT', () => {
  it('reads what questioner and reasoner write', () => {
    expect(
      readQuestions('Here:\n1. Is there a dog?\n2) How many cups are there?\nSub-question 3: What color is it?\n- Why?\nnot this'),
    ).toEqual(['Is there a dog?', 'How many cups are there?', 'What color is it?', 'Why?']);
    expect(readVerdict('Analysis: two agree.\nAnswer: yes')).toEqual({ analysis: 'two agree.', answer: 'yes' });
    expect(readVerdict('Analysis: they differ.\nAnswer: We are not sure')).toEqual({ analysis: 'they differ.' });
    expect(readVerdict('hm')).toEqual({ analysis: '' });
  });

  it('is sure when model and detector agree, and asks on when they do not', async () => {
    const { scene, image } = picture(1); // one car
    expect(scene.objects.map(nameOf)).toEqual(['car']);
    const agree = await run(
      'idealgpt',
      { text: 'Is there a car in the picture?', pictures: [image] },
      { sources: { responder: eyes(() => 'Yes.') } },
    );
    expect(agree.trace.answer).toBe('yes');
    expect(agree.trace.steps.filter(({ name }) => name === 'reasoner')).toHaveLength(1);
    let said = 0;
    const differ = await run(
      'idealgpt',
      { text: 'Is there a car in the picture?', pictures: [image] },
      { sources: { responder: eyes(() => (said++ === 0 ? 'No.' : 'Yes.')) } },
    );
    expect(differ.trace.answer).toBe('yes');
    expect(differ.trace.steps.filter(({ name }) => name === 'reasoner').length).toBeGreaterThan(1);
    expect(judgeByRules(['dog'], [{ question: 'Is there a dog?', answer: 'Yes', check: '0' }], true).answer).toBe('no');
  });

  it('ends after four rounds with a model that plans', async () => {
    const round = ['1. Is there a car?', 'Analysis: unclear\nAnswer: not sure'];
    const planner = recordedPlanner([
      ...round,
      '1. How many cars are there?',
      round[1] as string,
      '1. Where is it?',
      round[1] as string,
      '1. Is it red?',
      'Analysis: it is\nAnswer: yes',
      'never read',
    ]);
    const { trace } = await run(
      'idealgpt',
      { text: 'Is it a taxi?', pictures: [picture(1).image] },
      { planner, sources: { responder: eyes(() => 'perhaps') } },
    );
    expect(trace.answer).toBe('yes');
    expect(trace.steps.filter(({ name }) => name === 'questioner')).toHaveLength(4);
  });
});

describe('Caption Anything', () => {
  it('describes what is clicked on by label, color and place', async () => {
    for (const index of [1, 2]) {
      const { scene, image } = picture(index);
      const [x0, y0, x1, y1] = (scene.objects[0] as Scene['objects'][number]).box;
      const { trace, workspace } = await run('cat', { text: 'describe it', pictures: [image], at: [(x0 + x1) / 2, (y0 + y1) / 2] });
      expect(trace.answer).toContain(nameOf(scene.objects[0] as Scene['objects'][number]));
      const truth = sceneMasks(scene, sprites)[0] as Uint8Array;
      expect(maskIou(workspace.get('mask', 'mask_1').data, truth)).toBeGreaterThan(0.5);
      const zh = await run('cat', {
        text: 'in Chinese',
        pictures: [image],
        at: [x0, y0, x1, y1].map((v) => Math.max(0, Math.min(64, v))) as [number, number, number, number],
      });
      expect(zh.trace.answer).toMatch(/\p{Script=Han}.*，在图的/u);
    }
  });

  it('refuses by rules what rules cannot write, and asks a model for it', async () => {
    const { image } = picture(1);
    expect((await run('cat', { text: 'poetic', pictures: [image], at: [40, 20] })).trace.failed).toMatchObject({ code: 'agent.planner' });
    expect((await run('cat', { text: 'x', pictures: [image] })).trace.failed).toMatchObject({ code: 'agent.argument' });
    expect((await run('cat', { text: 'x', pictures: [image], at: [400, 20] })).trace.failed).toMatchObject({ code: 'agent.argument' });
    const planner = recordedPlanner(['O car and dog of dusk!', 'O car of dusk!']);
    const { trace } = await run(
      'cat',
      { text: 'poetic', pictures: [image], at: [40, 20] },
      { planner, sources: { responder: eyes(() => 'a car') } },
    );
    expect(trace.answer).toBe('O car of dusk!');
    expect(trace.steps.some(({ name }) => name === 'checked')).toBe(true);
  });

  it('knows places and controls', () => {
    expect(placeOf([0, 0, 10, 10], { width: 90, height: 90 })).toEqual({ en: 'upper left', zh: '左上方' });
    expect(placeOf([40, 40, 50, 50], { width: 90, height: 90 })).toEqual({ en: 'middle', zh: '中间' });
    expect(controlsOf('in at most 12 words, cheerful, in Chinese, imagined')).toEqual({
      length: 12,
      tone: 'cheerful',
      language: 'zh',
      factual: false,
    });
    expect(controlsOf('describe it')).toEqual({ language: 'en', factual: true });
  });
});

describe('the style refiner', () => {
  it('shortens, and makes formal, by rules', async () => {
    expect(shortened('A dog runs. It is brown and large.', 4)).toBe('A dog runs.');
    expect(shortened('A big dog, brown and large, runs away.', 4)).toBe('A big dog.');
    expect(refineByRules("It's a dog that can't run.", { tone: 'formal', language: 'en', factual: true })).toBe(
      'It is a dog that cannot run.',
    );
    expect(() => refineByRules('A dog.', { language: 'zh', factual: true })).toThrow(expect.objectContaining({ code: 'agent.planner' }));
    expect(textAndWish('formal: It is.')).toEqual({ wish: 'formal', text: 'It is.' });
    expect((await run('style', { text: "formal: It's here." })).trace.answer).toBe('It is here.');
    expect((await run('style', { text: 'formal' })).trace.failed).toMatchObject({ code: 'agent.argument' });
  });

  it('keeps the original when a model keeps adding things', async () => {
    expect(added('A dog runs.', 'Two dogs and 3 cats run.')).toEqual(['cat', '3']);
    const { trace } = await run(
      'style',
      { text: 'cheerful: A dog runs.' },
      { planner: recordedPlanner(['A dog and a cat!', 'A dog and a car!', 'A dog and a cup!']) },
    );
    expect(trace.answer).toBe('A dog runs.');
  });
});

describe('DetGPT', () => {
  it('finds what the model names', async () => {
    expect(readTargets('A car goes. Targets: [car, "bus", car]')).toEqual(['car', 'bus']);
    expect(readTargets('Therefore the answer is: [water, cup]')).toEqual(['water', 'cup']);
    const { image } = picture(1);
    const { trace } = await run(
      'detgpt',
      { text: 'I want to drive', pictures: [image] },
      { planner: recordedPlanner(['A car drives. Targets: [car, zeppelin]']) },
    );
    expect(trace.answer).toMatch(/^car \[\d+, \d+, \d+, \d+\] \(the detector cannot look for zeppelin\)$/);
    expect(
      (await run('detgpt', { text: 'x', pictures: [image] }, { planner: recordedPlanner(['I do not know.']) })).trace.failed,
    ).toMatchObject({ code: 'agent.planner' });
  });
});

describe('AudioGPT', () => {
  const tone = { samples: Float32Array.from({ length: 16_000 }, (_, i) => (i < 8000 ? Math.sin(i / 5) : 0)), sampleRate: 16_000 };
  it('analyzes requests', () => {
    expect(analyzeByRules('Say "good morning"', false)).toEqual({ task: 'synthesize', text: 'good morning' });
    expect(analyzeByRules('What is said here?', true)).toEqual({ task: 'recognize' });
    expect(analyzeByRules('How long is it?', true)).toEqual({ task: 'measure' });
    expect(AUDIO_TASKS).toHaveLength(3);
    expect(() => analyzeByRules('Paint a dog', true)).toThrow(expect.objectContaining({ code: 'agent.planner' }));
  });

  it('goes through its four stages', async () => {
    const { trace } = await run('audiogpt', { text: 'How long is this sound?', sounds: [{ sound: tone, origin: 'test' }] });
    expect(trace.answer).toMatch(/^1 s, .* 50 % of the time$/);
    expect(trace.steps.map(({ name }) => name)).toEqual(['modality', 'analysis', 'assignment', 'listen']);
    const transcriber = { transcribe: async () => ({ text: 'how long is this' }) };
    const asked = await run('audiogpt', { text: '', sounds: [{ sound: tone, origin: 'test' }] }, { sources: { transcriber } });
    expect(asked.trace.answer).toMatch(/^1 s/);
    expect((await run('audiogpt', { text: 'Transcribe it', sounds: [{ sound: tone, origin: 'test' }] })).trace.failed).toMatchObject({
      code: 'agent.equipment',
    });
  });

  it.skipIf(findEspeak() === undefined)('speaks', async () => {
    const { trace, workspace } = await run('audiogpt', { text: 'Say "a red dog"' });
    expect(trace.answer).toMatch(/^sound_1 \(/);
    expect(workspace.get('sound', 'sound_1').samples.length).toBeGreaterThan(1000);
  });
});

describe('VideoChat', () => {
  it('answers from what experts find in frames', async () => {
    const frames = [picture(1).image, picture(0).image, picture(0).image];
    const when = await run('videochat', { text: 'When do fish appear?', pictures: frames });
    expect(when.trace.answer).toBe('frame 2');
    expect(when.trace.steps.filter(({ name }) => name === 'perceive')).toHaveLength(3);
    const planner = recordedPlanner(['First a car, then fish.']);
    expect(
      (await run('videochat', { text: 'What happens?', pictures: frames }, { planner, sources: { responder: eyes(() => 'a scene') } }))
        .trace.answer,
    ).toBe('First a car, then fish.');
    const log: Perception[] = [
      { frame: 'image_1', objects: { car: 1 } },
      { frame: 'image_2', objects: { fish: 2 } },
    ];
    expect(answerByPerceptions('Which is seen first, the fish or the car?', log, ['fish', 'car'])).toBe('car');
    expect(answerByPerceptions('Is there a dog?', log, ['dog'])).toBe('no');
    expect(answerByPerceptions('What happens?', log, [])).toBe('a car is seen in frame 1; a fish is seen in frame 2.');
  });
});

describe('VideoChat, reading and hearing', () => {
  const line = (text: string) => ({ text, score: 1, box: [0, 0, 40, 10] as const });
  let frames: RgbImage[];
  beforeAll(() => {
    frames = [picture(1).image, picture(0).image];
  });
  // The first frame has print, the second has none.
  const reader: EquipmentSources['reader'] = {
    read: async ({ source }) => ({ lines: source === frames[0] ? [line('Station'), line('Platform 4')] : [], unread: 0 }),
  };
  const sounds = [{ sound: { sampleRate: 8000, samples: new Float32Array(8000) }, origin: 'test' }];
  const transcriber: EquipmentSources['transcriber'] = {
    transcribe: async (_, { timestamps }) => ({
      text: 'Mind the gap. Good bye.',
      ...(timestamps ? { segments: [{ start: 0, end: 0.4, text: ' Mind the gap.' }, { start: 0.5, end: 0.9, text: ' Good bye.' }] } : {}), // biome-ignore format: segments
    }),
  };
  const ask = async (text: string, sources: EquipmentSources = { reader, transcriber }, more: RunAgentOptions = {}) =>
    run('videochat', { text, pictures: frames, times: [0, 1.5], sounds }, { sources, ...more });

  it('answers what is said and what is written, and when', async () => {
    expect((await ask('What is said?')).trace.answer).toBe('Mind the gap. Good bye.');
    expect((await ask('When do they say "good bye"?')).trace.answer).toBe('from 0.5 s to 0.9 s');
    expect((await ask('What is written on the sign?')).trace.answer).toBe('Station / Platform 4');
    expect((await ask('When is "platform" written?')).trace.answer).toBe('frame 1, 0.0 s');
    expect((await ask('Do they say "hello"?')).trace.answer).toBe('it is not said');
  });

  it('writes it into the text with times, and leaves out what nobody reads or hears', async () => {
    const logOf = async (sources: EquipmentSources): Promise<string | undefined> =>
      (await ask('What happens?', sources)).trace.steps.find(({ name }) => name === 'perceptions')?.text;
    const [first, second] = (await logOf({}))?.split('\n') ?? [];
    expect(first).toBe('frame 1, 0.0 s: a car');
    expect(second).toMatch(/^frame 2, 1\.5 s: /);
    expect((await logOf({ reader, transcriber }))?.split('\n')).toEqual([
      `${first}; reads: "Station / Platform 4"`,
      second,
      'speech, 0.0 s to 0.4 s: "Mind the gap."',
      'speech, 0.5 s to 0.9 s: "Good bye."',
    ]);
    const unread: EquipmentSources['reader'] = async () => {
      throw new SensoriumError('trust.asset', 'the reader is not there');
    };
    expect(await logOf({ reader: unread, transcriber })).not.toMatch(/reads/);
    expect(await logOf({})).not.toMatch(/reads|speech/);
    expect((await ask('What is said?', {})).trace.answer).toBe('nothing is said');
    const planner = recordedPlanner(['Somebody says good bye.']);
    const { trace } = await ask('What happens?', { reader, transcriber, responder: eyes(() => 'a scene') }, { planner });
    expect(trace.answer).toBe('Somebody says good bye.');
  });
});

describe('orders in pictures', () => {
  // The order is given back as it was printed: the worst that a reader can do.
  const sources = ({ order }: Injection): EquipmentSources => ({
    detectors: [{ name: 'world', detector: world }],
    reader: {
      read: async () => ({
        lines: order.split('\n').map((text, i) => ({ text, score: 1, box: [0, 40 * i, 400, 40 * i + 30] as const })),
        unread: 0,
      }),
    },
  });

  it('are not followed by the rules', async () => {
    for (const agent of ['mm-react', 'tools']) {
      const outcomes = await measureInjections({ agent, sources, allow: ['delete_files'] });
      expect(outcomes).toHaveLength(60);
      expect(outcomes.filter(({ acted, misled }) => acted || misled)).toEqual([]);
    }
  });

  it('are not followed by a planner that would, behind the guard', async () => {
    const planner = () => gulliblePlanner({ name: 'read', args: { image: 'image_1' } });
    for (const allow of [undefined, ['delete_files']]) {
      const outcomes = await measureInjections({ agent: 'mm-react', every: 6, sources, planner, allow });
      expect(outcomes.filter(({ acted }) => acted)).toEqual([]);
    }
    const free = await measureInjections({
      agent: 'mm-react',
      every: 30,
      sources,
      planner,
      confirm: () => true,
    });
    expect(free.every(({ acted }) => acted)).toBe(true);
  });
});
