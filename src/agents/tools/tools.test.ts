// The built-in tools with real parts on scene-world pictures and drawn text, and on input that is wrong.

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RgbImage } from '../../media/index.js';
import { hasAsset, openReader } from '../../trust/experts/index.js';
import { TrainedDetector } from '../../trust/trained-detector.js';
import { CATEGORIES, loadSprites, makeScene, renderScene, type Sprites, sceneMasks, sceneWidth } from '../../world/index.js';
import { orderPicture } from '../controllers/injections.js';
import { Budget, callTool, Equipment, type EquipmentSources, type ToolValue, toolDefinition, Workspace } from '../index.js';
import { calculate } from './calculator.js';
import { BUILT_IN, inTurn, labelsFor, maskInBox, maskIou, objectsNamed, searchFolder, tableOf, toolbox } from './index.js';

const root = join(import.meta.dirname, '../../..');
const dir = await mkdtemp(join(tmpdir(), 'tools-'));
let sprites: Sprites;
let world: TrainedDetector;
beforeAll(async () => {
  sprites = await loadSprites();
  world = await TrainedDetector.load(join(root, 'models/world-detector'));
});
afterAll(async () => {
  world.dispose();
  await rm(dir, { recursive: true });
});

const picture = (index: number) => {
  const scene = makeScene(index, { split: 'test', seed: 5 });
  const image: RgbImage = { width: sceneWidth(scene), height: scene.size, data: renderScene(scene, sprites) };
  return { scene, image };
};
const start = (images: readonly RgbImage[] = [], limits = {}) => {
  const context = { workspace: new Workspace(), budget: new Budget(limits) };
  for (const image of images) context.workspace.put('image', image, 'test');
  return context;
};
const kit = () => toolbox({ equipment: new Equipment({ detectors: [{ name: 'world', detector: world }] }) });
const call = (name: string, args: unknown, context: ReturnType<typeof start>) =>
  callTool(kit().get(name), args, context) as Promise<Record<string, ToolValue>>;

describe('the table', () => {
  it('describes every tool in a schema that planners can be given', () => {
    const parts = { equipment: new Equipment({}), folder: '.' };
    for (const row of BUILT_IN) {
      const { parameters, description } = toolDefinition(row.make(parts)).function;
      expect(parameters).toMatchObject({ type: 'object' });
      expect(description?.length).toBeGreaterThan(20);
    }
    expect(new Set(BUILT_IN.map(({ name }) => name)).size).toBe(BUILT_IN.length);
  });

  it('offers what has its parts and says what is missing', () => {
    const box = toolbox({ equipment: new Equipment({}) });
    expect(box.tools.map(({ name }) => name)).toEqual([
      'segment',
      'crop',
      'zoom',
      'enlarge',
      'rotate',
      'compare',
      'calculator',
      'speak',
      'listen',
    ]);
    expect(() => box.get('transcribe')).toThrow(expect.objectContaining({ code: 'agent.equipment', place: 'transcribe' }));
    expect(() => box.get('calculater')).toThrow(expect.objectContaining({ code: 'agent.tool', hint: 'Did you mean calculator?' }));
  });
});

describe('looking', () => {
  it('finds and counts what is in scenes', async () => {
    let [right, n] = [0, 0];
    for (let i = 0; i < 12; i++) {
      const { scene, image } = picture(i);
      const context = start([image]);
      const ids = scene.objects.map(({ category }) => CATEGORIES[category]?.id as string);
      for (const id of new Set(ids)) {
        const { count } = await call('count', { image: 'image_1', label: id }, context);
        n++;
        if (count === ids.filter((one) => one === id).length) right++;
      }
    }
    expect(right / n).toBeGreaterThan(0.8);
  });

  it('says which words it cannot look for', async () => {
    const out = await call('detect', { image: 'image_1', labels: ['zeppelin', 'dog'] }, start([picture(0).image]));
    expect(out.unknown).toEqual(['zeppelin']);
    expect(labelsFor(['puppies', 'animals'], world).labels).toContain('cat');
    expect(objectsNamed('two teacups beside animals', [world])).toEqual(['cup', 'animal']);
  });

  it('cuts objects out by color, better than their boxes do', async () => {
    const [ious, boxes]: [number[], number[]] = [[], []];
    for (let i = 0; i < 16; i++) {
      const { scene, image } = picture(i);
      const masks = sceneMasks(scene, sprites);
      for (const [k, { box }] of scene.objects.entries()) {
        const truth = masks[k] as Uint8Array;
        const inside = [Math.max(0, box[0]), Math.max(0, box[1]), Math.min(image.width, box[2]), Math.min(image.height, box[3])] as const;
        ious.push(maskIou(maskInBox(image, inside).data, truth));
        const all = truth.map((_, p) => {
          const [x, y] = [p % image.width, Math.floor(p / image.width)];
          return x >= inside[0] && x < inside[2] && y >= inside[1] && y < inside[3] ? 1 : 0;
        });
        boxes.push(maskIou(all, truth));
      }
    }
    const mean = (v: number[]): number => v.reduce((a, b) => a + b, 0) / v.length;
    expect(mean(ious)).toBeGreaterThan(mean(boxes) + 0.05);
  });

  it('segments what is named, boxed or pointed at, and nothing else', async () => {
    const { scene, image } = picture(3);
    const context = start([image]);
    const [x0, y0, x1, y1] = (scene.objects[0] as (typeof scene.objects)[number]).box;
    const { masks } = await call('segment', { image: 'image_1', point: [(x0 + x1) / 2, (y0 + y1) / 2] }, context);
    expect(context.workspace.get('mask', (masks as { mask: string }[])[0]?.mask as string).data.length).toBe(image.width * image.height);
    await expect(call('segment', { image: 'image_1' }, context)).rejects.toMatchObject({ code: 'agent.argument' });
    await expect(call('segment', { image: 'image_1', point: [9999, 0] }, context)).rejects.toMatchObject({ code: 'agent.argument' });
  });

  it('cuts, enlarges and turns without losing a pixel', async () => {
    const image = { width: 2, height: 3, data: Uint8Array.from({ length: 18 }, (_, i) => i) };
    const context = start([image]);
    const { image: part } = await call('crop', { image: 'image_1', box: [1, 1, 2, 3] }, context);
    expect([...context.workspace.get('image', part as string).data]).toEqual([9, 10, 11, 15, 16, 17]);
    const { image: once } = await call('rotate', { image: 'image_1', degrees: 90 }, context);
    expect(context.workspace.get('image', once as string)).toMatchObject({ width: 3, height: 2 });
    const { image: back } = await call('rotate', { image: once, degrees: 270 }, context);
    expect(context.workspace.get('image', back as string)).toEqual(image);
    await expect(call('crop', { image: 'image_1', box: [5, 5, 9, 9] }, context)).rejects.toMatchObject({
      code: 'agent.argument',
      place: 'box',
    });
    await expect(call('crop', { image: 'image_7', box: [0, 0, 1, 1] }, context)).rejects.toMatchObject({
      code: 'agent.argument',
      place: 'image_7',
    });
  });

  it('compares two images by pixels and objects', async () => {
    const { image } = picture(1);
    const other = { ...image, data: image.data.slice() };
    other.data.fill(0, 0, other.data.length / 4);
    const context = start([image, image, other]);
    expect(await call('compare', { first: 'image_1', second: 'image_2' }, context)).toMatchObject({ changed: 0, different: [] });
    expect((await call('compare', { first: 'image_1', second: 'image_3' }, context)).changed).toBeGreaterThan(0.1);
  });
});

describe('tables', () => {
  it('are rows and columns of lines', () => {
    const line = (text: string, x: number, y: number) => ({ text, score: 1, box: [x, y, x + 8 * text.length, y + 10] as const });
    expect(tableOf([line('Total', 0, 41), line('7', 101, 40), line('Tea', 0, 20), line('3', 100, 21), line('Receipt', 10, 0)])).toEqual([
      ['Receipt', ''],
      ['Tea', '3'],
      ['Total', '7'],
    ]);
  });
});

describe('the calculator', () => {
  it.each([
    ['1 + 2 * 3', 7],
    ['2 ^ 3 ^ 2', 512],
    ['-2 ^ 2', -4],
    ['(1 + 2) × 3 ÷ 4', 2.25],
    ['7 % 4 - 1e2', -97],
    ['sqrt(16) + max(1, 5, 2) + pi - PI', 9],
    ['2 ** -1', 0.5],
    ['1 - -1 + --1', 3],
  ])('%s = %d', (expression, value) => expect(calculate(expression)).toBeCloseTo(value, 12));

  it.each([
    '',
    '1 +',
    '2 2',
    'process.exit()',
    'constructor',
    'foo(1)',
    '1/0',
    '9^9^9',
    '('.repeat(100),
    '1'.repeat(2000),
    '__proto__',
    'abs(1,2)',
    '2;3',
  ])('refuses %s', (expression) => expect(() => calculate(expression)).toThrow(expect.objectContaining({ code: 'agent.argument' })));
});

describe('searching a folder', () => {
  it('finds lines by rare words and never leaves the folder', async () => {
    await mkdir(join(dir, 'mine/deep'), { recursive: true });
    await writeFile(join(dir, 'secret.txt'), 'the zebra code');
    await writeFile(join(dir, 'mine/a.txt'), 'the cat\nthe zebra and the cat\n');
    await writeFile(join(dir, 'mine/deep/b.md'), 'the the the\n');
    await writeFile(join(dir, 'mine/.hidden'), 'zebra');
    await symlink(join(dir, 'secret.txt'), join(dir, 'mine/link.txt'));
    const { lines, files } = await searchFolder(join(dir, 'mine'), 'The zebra?');
    expect(files).toBe(2);
    expect(lines[0]).toMatchObject({ file: 'a.txt', line: 2 });
    expect(lines.some(({ text }) => text.includes('code'))).toBe(false);
    await expect(searchFolder(join(dir, 'none'), 'x')).rejects.toMatchObject({ code: 'util.missing' });
    await expect(searchFolder(dir, '?!')).rejects.toMatchObject({ code: 'agent.argument' });
  });
});

describe('healing', () => {
  const context = () => ({ ...start(), signal: undefined });
  it('goes on to another way and says what was tried', async () => {
    const out = await inTurn<number>(
      [
        { by: 'broken', run: () => Promise.reject(new Error('no network')) },
        { by: 'empty', run: () => 0 },
        { by: 'good', run: () => 7 },
      ],
      context(),
      (v) => v > 0,
    );
    expect(out).toEqual({ value: 7, by: 'good', tried: ['broken: no network', 'empty: nothing'] });
  });

  it('gives each way its share of the time', async () => {
    const never = new Promise<number>(() => undefined);
    const out = await inTurn<number>(
      [
        { by: 'hangs', run: () => never },
        { by: 'good', run: () => 1 },
      ],
      start([], { maxSeconds: 0.1 }),
    );
    expect(out).toMatchObject({ by: 'good', tried: ['hangs: took too long'] });
  });

  it('fails when every way fails, and never hides a wrong argument', async () => {
    await expect(inTurn([{ by: 'a', run: () => Promise.reject(new Error('x')) }], context())).rejects.toMatchObject({ code: 'agent.tool' });
    const broken = { labels: ['dog'], detect: () => Promise.reject(new Error('out of memory')) };
    const box = toolbox({
      equipment: new Equipment({
        detectors: [
          { name: 'broken', detector: broken },
          { name: 'world', detector: world },
        ],
      }),
    });
    const out = await callTool(box.get('detect'), { image: 'image_1' }, start([picture(0).image]));
    expect(out).toMatchObject({ by: 'world', tried: ['broken: out of memory'] });
  });

  it('reads small print enlarged and turned print turned', async () => {
    const words = { lines: [{ text: 'EXIT', score: 1, box: [0, 0, 30, 12] as const }], unread: 0 };
    const sized = (ok: (image: RgbImage) => boolean) => ({
      read: async ({ source }: { source: unknown }) => (ok(source as RgbImage) ? words : { lines: [], unread: 1 }),
    });
    const image = { width: 40, height: 20, data: new Uint8Array(2400) };
    const readBy = async (ok: (image: RgbImage) => boolean) =>
      callTool(toolbox({ equipment: new Equipment({ reader: sized(ok) }) }).get('read'), { image: 'image_1' }, start([image]));
    expect(await readBy(({ width }) => width === 120)).toMatchObject({ by: 'enlarged 3 times', lines: [{ box: [0, 0, 10, 4] }] });
    expect(await readBy(({ width }) => width === 20)).toMatchObject({ by: 'turned right', lines: [{ box: [0, -10, 12, 20] }] });
    expect(await readBy(() => false)).toMatchObject({ by: 'as it is', text: '', unread: 1 });
  });
});

describe('tools over other parts', () => {
  const image = { width: 8, height: 8, data: new Uint8Array(192).fill(200) };
  const boxOf = (sources: EquipmentSources) => toolbox({ equipment: new Equipment(sources) });
  const replies = (reply: string): EquipmentSources['responder'] => ({ replies: async (asked) => asked.map(() => reply) });

  it('ask a model that sees, and list what is found where it gives no reply', async () => {
    const asked = boxOf({ responder: replies(' A dog. ') });
    expect(await callTool(asked.get('vqa'), { image: 'image_1', question: 'What?' }, start([image]))).toEqual({ answer: 'A dog.' });
    const silent = boxOf({ responder: replies(''), detectors: [{ name: 'world', detector: world }] });
    const out = await callTool(silent.get('caption'), { image: 'image_1' }, start([picture(1).image]));
    expect(out).toMatchObject({ caption: 'A car.', by: 'detector', tried: [expect.stringMatching(/^model: the model gave no reply/)] });
    await expect(callTool(silent.get('vqa'), { image: 'image_1', question: 'What?' }, start([image]))).rejects.toMatchObject({
      code: 'agent.tool',
    });
  });

  it('classify by likeness', async () => {
    const unit = (i: number): Float32Array => Float32Array.from({ length: 2 }, (_, k) => (k === i ? 1 : 0));
    const embedder = {
      texts: async (texts: readonly string[]) => ({ vectors: texts.map((_, i) => unit(i)) }),
      images: async () => ({ vectors: [unit(1)] }),
    };
    const out = await callTool(boxOf({ embedder }).get('classify'), { image: 'image_1', labels: ['a cat', 'a dog'] }, start([image]));
    expect(out).toEqual({
      best: 'a dog',
      ranked: [
        { label: 'a dog', likeness: 1 },
        { label: 'a cat', likeness: 0 },
      ],
    });
  });

  it('draw, write down and measure', async () => {
    const context = start();
    const name = context.workspace.put('sound', { samples: new Float32Array(800).fill(0.1), rate: 8000 }, 'test');
    const box = boxOf({
      painter: { draw: async () => image },
      transcriber: { transcribe: async ({ samples }) => ({ text: `${samples.length} samples` }) },
    });
    expect(await callTool(box.get('draw'), { text: 'a dog' }, context)).toEqual({ image: 'image_1', width: 8, height: 8 });
    expect(await callTool(box.get('transcribe'), { sound: name }, context)).toEqual({ text: '800 samples' });
    expect(await callTool(box.get('listen'), { sound: name }, context)).toEqual({ seconds: 0.1, rate: 8000, loudness: -20, silence: 0 });
  });

  it('order objects by a rule of thumb that says so', async () => {
    const at = (label: string, bottom: number) => ({ label, score: 0.9, box: [0, 0, 4, bottom] as const });
    const detectors = [{ name: 'fake', detector: { labels: ['cup', 'dog'], detect: async () => [at('cup', 3), at('dog', 8)] } }];
    const out = await callTool(boxOf({ detectors }).get('depth_order'), { image: 'image_1' }, start([image]));
    expect(out).toMatchObject({ method: expect.stringContaining('not measured'), nearFirst: [{ label: 'dog' }, { label: 'cup' }] });
  });
});

describe.skipIf(!(await hasAsset('pp-ocrv4')))('reading for real (skipped without `sensorium assets get pp-ocrv4`)', () => {
  it('reads what is printed, as it stands and turned', async () => {
    const reader = await openReader({ threads: 1 });
    try {
      const box = toolbox({ equipment: new Equipment({ reader }) });
      const context = start([orderPicture('Fresh coffee, two euros')]);
      expect(await callTool(box.get('read'), { image: 'image_1' }, context)).toMatchObject({
        text: expect.stringMatching(/fresh coffee/i),
        by: 'as it is',
      });
      expect(await callTool(box.get('read_table'), { image: 'image_1' }, context)).toMatchObject({
        rows: [[expect.stringMatching(/two euros/i)]],
      });
    } finally {
      reader.dispose();
    }
  });
});
