// Processors measure images without reading a pixel: ids, rows and grids follow from sizes, and pixels are read when feeds are asked for.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { openModel } from '../src/model/index.js';
import type { MultimodalProcessor } from '../src/networks/processor.js';
import { rowPositions } from '../src/networks/processor.js';
import { picture } from './golden/picture.js';
import { golden, goldenNames } from './golden/read.js';

/** A picture that counts how often its pixels are read. */
function watched(width: number, height: number) {
  const { data } = picture(width, height, 5);
  const seen = { reads: 0 };
  const image = {
    width,
    height,
    get data() {
      seen.reads++;
      return data;
    },
  };
  return { image, seen };
}

const FAMILIES = [
  ...[
    'fuyu',
    'gemma3-vl',
    'idefics2',
    'idefics3',
    'internvl',
    'kosmos2',
    'llava',
    'llava-next',
    'llava-onevision',
    'paligemma',
    'lfm2-vl',
    'pixtral',
    'qwen2-5-vl',
    'qwen2-vl',
    'qwen3-vl',
  ].flatMap(goldenNames),
  'blip-2/opt',
  'instructblip/vicuna',
];

it.each(FAMILIES)('%s', async (name) => {
  const processor = (await openModel((await golden(name)).dir)).media as MultimodalProcessor;
  const messages = [{ role: 'user' as const, content: 'what is it?' }];
  const { image, seen } = watched(57, 40);
  const [prepared] = processor.prepare([image], messages);
  if (!prepared) throw new Error('nothing was prepared');
  expect(prepared.ids.length).toBeGreaterThan(0);
  expect(seen.reads).toBe(0);
  const [first, second] = [await prepared.feeds(), await prepared.feeds()];
  expect(seen.reads).toBeGreaterThan(1);
  expect(first).toEqual(second);

  const frames = watched(57, 40);
  const video = processor.prepareVideo?.([frames.image, frames.image, frames.image]);
  expect(frames.seen.reads).toBe(0);
  if (video) expect(rowPositions(video, 0).length).toBeGreaterThan(0);

  const small = Object.keys(first).filter((key) => key !== 'pixels' && key !== 'patches');
  const before = seen.reads;
  expect(await prepared.feeds([...small, 'tokens'])).toEqual(Object.fromEntries(small.map((key) => [key, first[key]])));
  expect(seen.reads).toBe(before);

  if (processor.joinable ?? processor.joins) {
    const other = (await processor.prepare([picture(31, 60, 6)], messages)[0]?.feeds()) ?? {};
    for (const [key, tensor] of Object.entries(first)) expect(other[key]?.shape.slice(1)).toEqual(tensor.shape.slice(1));
  }
});

it('files that are opened again for training are fed as they were measured: several images of a conversation whole', async () => {
  const model = await openModel((await golden('llava-onevision/siglip-qwen2')).dir);
  const root = await mkdtemp(join(tmpdir(), 'processors-'));
  const files = await Promise.all(
    [picture(90, 40, 1), picture(40, 70, 2)].map(async ({ data, width, height }, i) => {
      const path = join(root, `${i}.png`);
      await sharp(data, { raw: { width, height, channels: 3 } })
        .png()
        .toFile(path);
      return path;
    }),
  );
  for (const sources of [files, files.slice(0, 1)]) {
    const content = [...sources.map((source) => ({ type: 'image' as const, source })), { type: 'text' as const, text: 'which?' }];
    const messages = [
      { role: 'user' as const, content },
      { role: 'assistant' as const, content: 'this' },
    ];
    const { media } = await model.processor.encode(messages);
    const prompt = await model.processor.encode(messages.slice(0, 1), { addGenerationPrompt: true });
    expect(media).toHaveLength(sources.length);
    for (const [i, one] of media.entries()) {
      expect(one.at.length).toBe((await one.feeds(['sources'])).sources?.shape[0]);
      expect(await one.feeds()).toEqual(await prompt.media[i]?.feeds());
    }
  }
  await rm(root, { recursive: true });
});
