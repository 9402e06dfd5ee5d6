// Caption benchmarks over small files in COCO's and Karpathy's form; probes of POPE from instances.

import { describe, expect, test } from 'vitest';
import { generatePope, instanceObjects } from '../pope-generate.js';
import { cocoCaptions, flickr30k, nocaps } from './captions.js';
import { folder, resultOf, rowsOf, valuesOf } from './files-testing.js';
import { pope } from './pope.js';

const files = folder();
const images = [
  { id: 1, file_name: 'a.jpg', domain: 'in-domain' },
  { id: 2, file_name: 'b.jpg', domain: 'out-domain' },
];
const annotations = [
  { image_id: 1, id: 1, caption: 'A dog runs on the grass.' },
  { image_id: 2, id: 2, caption: 'A red bus on a street.' },
  { image_id: 1, id: 3, caption: 'The dog is running.' },
];

describe('captions', () => {
  test('all metrics, by domain, and a silent model', async () => {
    await files.images('a.jpg', 'b.jpg');
    const data = [await files.write('nocaps.json', { images, annotations })];
    const result = await resultOf(nocaps, { data }, (_, i) => (i % 2 ? 'a red bus on a street' : 'A cat.'), { baselines: true });
    const value = valuesOf(result);
    expect([value['CIDEr-D, out-domain'], value['ROUGE-L, out-domain'], value['METEOR, out-domain'], value['BLEU-4, out-domain']]).toEqual([
      expect.closeTo(10),
      1,
      1,
      expect.closeTo(1, 6),
    ]);
    expect(value['CIDEr-D']).toBeCloseTo((10 + (value['CIDEr-D, in-domain'] ?? 0)) / 2);
    expect(value.words).toBe(4);
    expect(valuesOf(result, 'silent')).toMatchObject({ 'CIDEr-D': 0, 'BLEU-4': 0, 'ROUGE-L': 0, METEOR: 0, unparsed: 1 });
    expect(Object.keys(result.scores)).toEqual(['model', 'mostFrequent', 'silent', 'blind']);
  });

  test('thinking is no part of a caption', async () => {
    const data = [await files.write('coco.json', { images, annotations })];
    const plain = valuesOf(await resultOf(cocoCaptions, { data }, () => 'A dog runs on the grass.'));
    expect(valuesOf(await resultOf(cocoCaptions, { data }, () => '<think>bus?</think>A dog runs on the grass.'))).toEqual(plain);
  });

  test('the test split of Karpathy’s files', async () => {
    const image = (filename: string, split: string, ...raw: string[]) => ({
      filename,
      split,
      sentences: raw.map((text) => ({ raw: text, tokens: [] })),
    });
    const data = [
      await files.write('dataset_flickr30k.json', {
        dataset: 'flickr30k',
        images: [image('a.jpg', 'test', 'One.', 'Two.'), image('z.jpg', 'train', 'Three.')],
      }),
    ];
    expect((await rowsOf(flickr30k({ data }))).map(({ id, references }) => [id, references])).toEqual([['a.jpg', ['One.', 'Two.']]]);
  });

  test('other files, images without captions, and images that come twice', async () => {
    const data = [await files.write('wrong.json', { questions: [] })];
    await expect(rowsOf(nocaps({ data }))).rejects.toMatchObject({ code: 'evaluate.row', place: data[0] });
    await files.write('wrong.json', { images, annotations: annotations.slice(0, 1) });
    await expect(rowsOf(nocaps({ data }))).rejects.toMatchObject({ code: 'evaluate.row', place: `${data[0]}, images[1]` });
    await files.write('wrong.json', { images: [images[0], images[0]], annotations });
    await expect(rowsOf(nocaps({ data }))).rejects.toMatchObject({ code: 'evaluate.row', expected: 'each id once' });
    await files.write('wrong.json', '{"images": [');
    await expect(rowsOf(nocaps({ data }))).rejects.toMatchObject({ code: 'util.json' });
  });
});

describe('probes from instances', () => {
  const categories = ['person', 'dog', 'car', 'cup', 'tie', 'orange', 'hot_dog_(food)', 'bus'].map((name, id) => ({ id, name }));
  // Image i has the objects i, i+1 and i+2; person is in one more.
  const truth = {
    images: [0, 1, 2, 3].map((id) => ({ id, file_name: `${id}.jpg` })),
    annotations: [0, 1, 2, 3].flatMap((id) => [id, id + 1, id + 2, id + 2, 0].map((category_id) => ({ image_id: id, category_id }))),
    categories,
  };
  const objects = instanceObjects(truth, 'x');

  test('objects once, under readable names', () => {
    expect(objects[0]).toEqual({ image: '0.jpg', objects: ['person', 'dog', 'car'] });
    expect(objects[3]?.objects).toEqual(['cup', 'tie', 'orange', 'person']);
    expect(instanceObjects({ ...truth, annotations: [{ image_id: 0, category_id: 6 }] }, 'x')[0]?.objects).toEqual(['hot dog']);
  });

  test('balanced, about the same present objects, with the right absent ones', () => {
    const probes = generatePope(objects, { seed: 1, probes: 4 });
    expect(probes.filter(({ label }) => label === 'yes')).toHaveLength(probes.length / 2);
    const there = new Map(objects.map(({ image, objects: own }) => [image, own]));
    const name = (text: string) => /Is there an? (.+) in the image\?/.exec(text)?.[1] ?? '';
    for (const { image, text, label } of probes) expect(there.get(image)?.includes(name(text))).toBe(label === 'yes');
    const yes = (negative: string) =>
      probes.filter((probe) => probe.negative === negative && probe.label === 'yes').map(({ image, text }) => `${image} ${text}`);
    expect(yes('random')).toEqual(yes('popular'));
    expect(yes('random')).toEqual(yes('adversarial'));
    const absent = (negative: string, image: string) =>
      probes.filter((probe) => probe.negative === negative && probe.image === image && probe.label === 'no').map(({ text }) => name(text));
    // The most frequent objects that image 3 has not: car (3 images), dog (2).
    expect(absent('popular', '3.jpg')).toEqual(['car', 'dog']);
    expect(new Set(absent('random', '0.jpg')).size).toBe(2);
    expect(probes.some(({ text }) => text.includes('an orange'))).toBe(true);
    expect(generatePope(objects, { seed: 1, probes: 4 })).toEqual(probes);
    expect(generatePope(objects, { seed: 2, probes: 4 })).not.toEqual(probes);
    expect(() => generatePope([{ image: 'a', objects: ['x'] }])).toThrow(expect.objectContaining({ code: 'evaluate.rows' }));
  });

  test('the benchmark draws them from an instances file', async () => {
    await files.images('i/0.jpg', 'i/1.jpg', 'i/2.jpg', 'i/3.jpg');
    const more = {
      ...truth,
      annotations: [...truth.annotations, ...[6, 7].map((category_id) => ({ image_id: 3, category_id }))],
      categories,
    };
    const data = [await files.write('i/instances_val2014.json', more)];
    const rows = await rowsOf(pope({ data }), { seed: 5 });
    expect([...new Set(rows.map(({ kind }) => kind))]).toEqual(['random', 'popular', 'adversarial']);
    expect(rows.length % 6).toBe(0);
    const value = valuesOf(await resultOf(pope, { data }, () => 'yes'));
    expect(value['accuracy, adversarial']).toBe(0.5);
    await files.write('i/wrong.json', { images: [], annotations: [{}], categories });
    await expect(rowsOf(pope({ data: [files.path('i/wrong.json')] }))).rejects.toMatchObject({ code: 'evaluate.row' });
  });
});
