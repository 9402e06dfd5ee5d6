// Folders of the LLaVA line in every layout of names that there has been, and everything that is wrong with one said by name.

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Mllm } from '../src/generate/index.js';
import { video } from '../src/media/index.js';
import { loadNetwork, readAll, SafetensorsFile, writeSafetensors } from '../src/weights/index.js';
import { picture } from './golden/picture.js';
import { golden } from './golden/read.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-llava-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

type Json = Record<string, unknown>;

/** A copy of a golden folder with one JSON file changed. */
async function edited(name: string, file: string, edit: (json: Json) => void): Promise<string> {
  await cp((await golden(name)).dir, dir, { recursive: true });
  const json = JSON.parse(await readFile(join(dir, file), 'utf8')) as Json;
  edit(json);
  await writeFile(join(dir, file), JSON.stringify(json));
  return dir;
}

/** The same with one field changed: `vision_config.hidden_size`. */
const changed = (name: string, file: string, field: string, value: unknown): Promise<string> =>
  edited(name, file, (json) => {
    const path = field.split('.');
    const last = path.pop() as string;
    const inner = path.reduce((at, key) => at[key] as Json, json);
    inner[last] = value;
  });

const CLIP = 'llava/clip';
const NEXT = 'llava-next/clip-mistral';
const ONEVISION = 'llava-onevision/siglip-qwen2';

it.each([
  ['published', (name: string) => name.replace(/^vision_tower\./, 'vision_tower.vision_model.')],
  [
    'of transformers 4.52',
    (name: string) =>
      name
        .replace(/^vision_tower\./, 'model.vision_tower.vision_model.')
        .replace(/^language_model\.model\./, 'model.language_model.')
        .replace(/^language_model\.lm_head/, 'lm_head')
        .replace(/^(multi_modal_projector|image_newline)/, 'model.$1'),
  ],
])('names as %s load', async (_, rename) => {
  const { dir: from } = await golden(NEXT);
  await cp(from, dir, { recursive: true });
  const tensors = await readAll(await SafetensorsFile.open(join(from, 'model.safetensors')));
  const renamed = Object.fromEntries(Object.entries(tensors).map(([name, value]) => [rename(name), value]));
  await writeSafetensors(join(dir, 'model.safetensors'), renamed);
  const bytes = async (folder: string) =>
    [...(await loadNetwork(folder)).values].map(([p, { data }]) => [p.name, Buffer.from(data.buffer, data.byteOffset, data.byteLength)]);
  expect(await bytes(dir)).toEqual(await bytes(from));
});

it('the published layout of a tower alone loads as the one of transformers 5', async () => {
  const { dir: from } = await golden('siglip/odd-size');
  await cp(from, dir, { recursive: true });
  const tensors = await readAll(await SafetensorsFile.open(join(from, 'model.safetensors')));
  const renamed = Object.fromEntries(Object.entries(tensors).map(([name, value]) => [`vision_model.${name}`, value]));
  await writeSafetensors(join(dir, 'model.safetensors'), renamed as typeof tensors);
  const values = async (folder: string) => [...(await loadNetwork(folder)).values].map(([p, v]) => [p.name, v.data]);
  expect(await values(dir)).toEqual(await values(from));
});

describe('a config is refused for', () => {
  it.each<[string, string, string, unknown, RegExp]>([
    [
      'a tower that is not known',
      CLIP,
      'vision_config.model_type',
      'vjepa2',
      /vision_config\.model_type.*expected "clip_vision_model".*vjepa2/,
    ],
    ['a width that is text', 'llava/siglip', 'vision_config.hidden_size', '36', /vision_config\.hidden_size.*expected a number/],
    ['a hidden state that is not there', CLIP, 'vision_feature_layer', [-1, 4], /vision_feature_layer.*4 hidden states, -4 to 3/],
    ['another activation', CLIP, 'projector_hidden_act', 'tanh', /projector_hidden_act.*"gelu"/],
    ['a strategy that is none', CLIP, 'vision_feature_select_strategy', 'some', /"default" or "full"/],
    ['an image token beyond the vocabulary', CLIP, 'image_token_index', 5000, /image_token_index.*vocab_size \(331\).*5000/],
    ['a language model that is not known', CLIP, 'text_config.model_type', 'gpt2', /text_config\.model_type.*"llama"/],
    ['tiles that do not fill a grid', NEXT, 'image_grid_pinpoints', [[32, 40]], /image_grid_pinpoints.*multiples.*\(32\)/],
    ['a class token among tiles', NEXT, 'vision_feature_select_strategy', 'full', /strategy.*4 x 4 tokens/],
    ['a limit of tiles that is none', ONEVISION, 'vision_aspect_ratio', 'square', /vision_aspect_ratio.*anyres_max_/],
  ])('%s', async (_, name, field, value, message) => {
    await expect(Mllm.load(await changed(name, 'config.json', field, value))).rejects.toThrow(message);
    await expect(Mllm.load(dir)).rejects.toMatchObject({ code: 'model.config' });
  });

  it('an architecture that is not supported, with the nearest', async () => {
    const folder = await edited(CLIP, 'config.json', (c) => {
      c.model_type = 'llava_next_video';
      c.architectures = ['LlavaNextVideoForConditionalGeneration'];
    });
    await expect(Mllm.load(folder)).rejects.toThrow(/not supported.*The nearest is LlavaNextForConditionalGeneration/);
  });

  it('stages of a pyramid that are not described', async () => {
    const folder = await changed('convnext/two-stages', 'config.json', 'depths', [1]);
    await expect(loadNetwork(folder)).rejects.toThrow(/depths.*one for each of the 2 stages.*\[1\]/);
  });
});

describe('an image processor is refused for', () => {
  it.each<[string, string, unknown, RegExp]>([
    ['another grid', 'image_grid_pinpoints', [[32, 32]], /cut images differently.*image_grid_pinpoints/],
    ['another tile', 'crop_size', { height: 48, width: 48 }, /tiles of 32 pixels.*48/],
    ['being another class', 'image_processor_type', 'ViTImageProcessor', /another image processor/],
    ['deviations of zero', 'image_std', [0.2, 0, 0.2], /image_std/],
  ])('%s', async (_, field, value, message) => {
    await expect(Mllm.load(await changed(NEXT, 'processor_config.json', `image_processor.${field}`, value))).rejects.toThrow(message);
  });

  it('pictures of another size than the tower takes', async () => {
    const model = await Mllm.load(await changed(CLIP, 'processor_config.json', 'image_processor.crop_size', 20));
    const ask = model.generate([{ type: 'image', source: picture(40, 40, 1) }, 'What?']);
    await expect(ask).rejects.toThrow(/expected 33x33.*got 20x20/);
    await model.dispose();
  });
});

describe('a prompt', () => {
  it('needs a tokenizer with the image token of the model', async () => {
    const without = await edited(CLIP, 'tokenizer.json', (t) => {
      t.added_tokens = (t.added_tokens as { content: string }[]).filter(({ content }) => content !== '<image>');
    });
    await expect(Mllm.load(without)).rejects.toMatchObject({ code: 'text.fit' });
    await expect(Mllm.load(without)).rejects.toThrow(/id 325 \(image_token_id\), got no image token/);
    const other = await changed(CLIP, 'config.json', 'image_token_index', 324);
    await expect(Mllm.load(other)).rejects.toThrow(/image token differs.*id 324.*id 325/);
  });

  it('is refused where the template does not write one placeholder for each image', async () => {
    await cp((await golden(NEXT)).dir, dir, { recursive: true });
    const jinja = join(dir, 'chat_template.jinja');
    const source = await readFile(jinja, 'utf8');
    await writeFile(jinja, source.replace("{{ '<image>\n' }}", "{{ '<image><image>\n' }}"));
    const model = await Mllm.load(dir);
    const ask = model.generate([{ type: 'image', source: picture(33, 33, 1) }, 'What is it?']);
    await expect(ask).rejects.toMatchObject({ code: 'text.images' });
    await expect(ask).rejects.toThrow(/one placeholder per image.*expected 1 of <image>, got 2/);
    await model.dispose();
    await writeFile(jinja, source.replace("{{ '<image>\n' }}", "{{ '\n' }}"));
    await expect(Mllm.load(dir)).rejects.toThrow(/chat_template\.jinja.*parts with <image> for images/);
  });

  it('takes a placeholder that the user writes for text', async () => {
    const model = await Mllm.load((await golden(CLIP)).dir);
    const { ids } = await model.encode([{ role: 'user', content: 'an <image> here' }]);
    expect([...ids]).not.toContain(325);
    await model.dispose();
  });

  it('with a video is refused by models that see none, and where it has no frames', async () => {
    const pictures = [picture(20, 20, 1)];
    const images = await Mllm.load((await golden(NEXT)).dir);
    await expect(images.generate([video(pictures), 'What?'])).rejects.toThrow(/takes no videos.*Send frames as images/);
    await images.dispose();
    const videos = await Mllm.load((await golden(ONEVISION)).dir);
    await expect(videos.generate([video([]), 'What?'])).rejects.toMatchObject({ code: 'model.video' });
    await expect(videos.generate([{ type: 'video', path: 'a.mp4' } as never, 'What?'])).rejects.toThrow(/a video part has no frames/);
    // Templates write images first, whatever the order of the parts; each keeps its own tokens.
    const { ids, media } = await videos.encode([
      { role: 'user', content: [{ ...video(pictures) }, { type: 'image', source: picture(32, 32, 1) }, { type: 'text', text: 'What?' }] },
    ]);
    expect(media.map(({ at }) => ids[at[0] as number])).toEqual([265, 264]);
    expect(media.map(({ at }) => new Set(at.map((i) => ids[i] as number)).size)).toEqual([1, 1]);
    expect((media[0]?.at[0] ?? 0) > (media[1]?.at[0] ?? 0)).toBe(true);
    await videos.dispose();
  });
});
