// `ask` and `chat` with a model that only echoes: what reaches the model, what is written, and every kind of wrong input.

import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Mllm } from '../generate/index.js';
import { encodePng, image } from '../media/image.js';
import { encodeWav } from '../media/wav.js';
import { t5Folder } from '../serve/testing.js';
import { ask, readQuestion } from './ask.js';
import { chat } from './chat.js';
import { type LoadSpeaker, type Request, readMediaArgs, readSampling } from './conversation.js';

let dir: string;
let png: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-cli-'));
  png = join(dir, 'scene.png');
  await writeFile(png, await encodePng({ width: 2, height: 1, data: Uint8Array.of(255, 0, 0, 0, 0, 255) }));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** A model that says in words what it was asked, piece by piece. */
function echo(log: Request[] = [], fail?: () => void): { load: LoadSpeaker; disposed: () => number; loaded: () => number } {
  let [disposed, loaded] = [0, 0];
  const load: LoadSpeaker = async () => {
    loaded++;
    return {
      async *stream(request) {
        log.push(structuredClone({ ...request, signal: undefined }));
        const { content } = request.messages[request.messages.length - 1] as Request['messages'][number];
        const images = typeof content === 'string' ? 0 : content.filter((part) => part.type === 'image').length;
        for (const text of ['saw ', `${images}`, ', turn ', `${request.messages.length}`]) {
          request.signal?.throwIfAborted();
          yield { text, token: { id: 1, logProb: 0 } };
          fail?.();
        }
        yield { text: '', finish: 'stop' };
      },
      dispose() {
        disposed++;
      },
    };
  };
  return { load, disposed: () => disposed, loaded: () => loaded };
}

describe('ask', () => {
  it('tells images and question apart', async () => {
    expect(await readQuestion([png, 'What is this?'])).toEqual({ images: [png], question: 'What is this?' });
    expect(await readQuestion([png, png, ' Compare. '])).toEqual({ images: [png, png], question: 'Compare.' });
    expect((await readQuestion([png], 'zh')).question).toBe('详细描述这张图片。');
    const wav = join(dir, 'a.wav');
    await writeFile(wav, encodeWav({ sampleRate: 8000, samples: new Float32Array(80) }));
    expect([(await readQuestion([wav])).question, (await readQuestion([wav], 'zh')).question]).toEqual([
      'Describe what you hear.',
      '请描述你听到的声音。',
    ]);
    expect((await readQuestion([png, wav])).question).toBe((await readQuestion([png])).question);
    expect(await readQuestion(['missing.png', 'What?'])).toEqual({ images: ['missing.png'], question: 'What?' });
    expect((await readQuestion([png, 'Is this scene.png or not really?'])).question).toMatch(/^Is this/);
  });

  it('says what is missing', async () => {
    await expect(readQuestion([])).rejects.toThrow(/no image and no question/);
    expect(await readQuestion(['What is this?'])).toEqual({ images: [], question: 'What is this?' });
    const [none, { load, loaded }] = [{ images: [], question: 'What?' }, echo()];
    await expect(ask(none, { load })).rejects.toThrow(/no image.*Name the image file before/);
    await expect(ask(none, { load, sees: async () => true })).rejects.toThrow(/no image/);
    expect(loaded()).toBe(0);
    expect(await ask(none, { load, sees: async () => false, write: () => {} })).toBe('saw 0, turn 1');
    await expect(readQuestion([png, ''])).rejects.toThrow(/question is empty/);
    await expect(readQuestion([png, '  '])).rejects.toThrow(/question is empty/);
    await expect(readQuestion([png, 'What', 'is', 'this?'])).rejects.toThrow(/no such image file.*What.*quotes/);
    await expect(readQuestion(['', 'What?'])).rejects.toThrow(/no such image file/);
  });

  it('streams the answer, passes the options, disposes the model', async () => {
    const log: Request[] = [];
    const model = echo(log);
    const written: string[] = [];
    const text = await ask(
      { images: [png], question: 'What?' },
      { load: model.load, write: (piece) => written.push(piece), temperature: 0.5, seed: 3 },
    );
    expect(text).toBe('saw 1, turn 1');
    expect(written).toEqual(['saw ', '1', ', turn ', '1', '', '\n']);
    expect(log[0]).toMatchObject({ temperature: 0.5, seed: 3 });
    expect(log[0]?.messages[0]?.content).toMatchObject([
      { type: 'image', source: { width: 2, height: 1 } },
      { type: 'text', text: 'What?' },
    ]);
    expect(model.disposed()).toBe(1);
  });

  it('prints one JSON object', async () => {
    const written: string[] = [];
    await ask({ images: [png], question: 'What?' }, { load: echo().load, json: true, write: (text) => written.push(text) });
    expect(JSON.parse(written.join(''))).toMatchObject({ text: 'saw 1, turn 1', tokens: 4, finish: 'stop', boxes: [], images: [png] });
  });

  it('tells a wrong file before it loads the model', async () => {
    const foreign = join(dir, 'notes.png');
    await writeFile(foreign, 'this is no image');
    const cut = join(dir, 'cut.png');
    await writeFile(cut, (await readFile(png)).subarray(0, 40));
    const model = echo();
    for (const [file, message] of [
      [join(dir, 'missing.png'), /no such file.*missing\.png/],
      [dir, /folder/],
      [foreign, /notes\.png/],
      [cut, /cut\.png/],
    ] as const)
      await expect(ask({ images: [file], question: 'What?' }, { load: model.load }), file).rejects.toThrow(message);
    expect(model.loaded()).toBe(0);
  });

  it('hands videos over as they are named, with the frames that are wanted, and tells them by their content', async () => {
    const log: Request[] = [];
    const clip = 'src/media/test-videos/clip.mp4';
    const renamed = join(dir, 'film.png');
    await writeFile(renamed, await readFile(clip));
    expect(await readQuestion([clip, 'What happens?'])).toEqual({ images: [clip], question: 'What happens?' });
    await ask(
      { images: [clip, renamed, png], question: 'What happens?' },
      { load: echo(log).load, write: () => {}, media: readMediaArgs({ fps: '1', 'max-frames': '8' }) },
    );
    expect(log[0]?.messages[0]?.content).toMatchObject([
      { type: 'video', source: clip, fps: 1, maxFrames: 8 },
      { type: 'video', source: renamed, fps: 1, maxFrames: 8 },
      { type: 'image', source: { width: 2, height: 1 } },
      { type: 'text', text: 'What happens?' },
    ]);
    await expect(ask({ images: [join(dir, 'none.mp4')], question: 'What?' }, { load: echo().load })).rejects.toThrow(
      /no such file.*none\.mp4/,
    );
    for (const bad of [{ fps: '0' }, { 'max-frames': '1.5' }]) expect(() => readMediaArgs(bad)).toThrow(/not a valid value/);
  });

  it('hands sounds over as they are named, for the model to read or refuse', async () => {
    const [sound, log] = [join(dir, 'talk'), [] as Request[]];
    await writeFile(sound, Buffer.from('ID3\x03\0'));
    await ask({ images: [sound], question: 'What is said?' }, { load: echo(log).load, write: () => {} });
    expect(log[0]?.messages[0]?.content).toEqual([
      { type: 'audio', source: sound },
      { type: 'text', text: 'What is said?' },
    ]);
    expect((await readQuestion(['none.wav', 'What is said?'])).images).toEqual(['none.wav']);
  });

  it('takes photographs of every kind for images, and names those that are not read', async () => {
    const avif = join(dir, 'red.avif');
    const picture = sharp({ create: { width: 16, height: 8, channels: 3, background: 'red' } });
    await writeFile(avif, await picture.clone().avif().toBuffer());
    const renamed = join(dir, 'red.mp4');
    await writeFile(renamed, await readFile(avif));
    const url = `data:image/avif;base64,${(await readFile(avif)).toString('base64').replace(/(.{76})/g, '$1\n')}`;
    for (const source of [avif, renamed, pathToFileURL(avif).href, url, url.replace('data:', 'DATA:')]) {
      const log: Request[] = [];
      expect((await readQuestion([source, 'What is there?'])).images).toEqual([source]);
      await ask({ images: [source], question: 'What is there?' }, { load: echo(log).load, write: () => {} });
      expect(log[0]?.messages[0]?.content).toMatchObject([{ type: 'image', source: { width: 16, height: 8 } }, { type: 'text' }]);
    }
    const box = (brand: string): Buffer => Buffer.from(`\0\0\0\x14ftyp${brand}\0\0\0\0${brand}\0\0\0\x08mdat`, 'latin1');
    for (const [name, bytes, got] of [
      ['a.heic', box('heic'), /HEIC/],
      ['b.jpg', box('mif1'), /HEIF/],
      ['c.jpg', Buffer.from('<!doctype html><h1>Not found</h1>'), /web page/],
      ['d.jpg', Buffer.from('version https://git-lfs.github.com/spec/v1\n'), /Git LFS/],
      ['e.jpg', Buffer.of(), /0 bytes/],
    ] as const) {
      await writeFile(join(dir, name), bytes);
      const question = { images: [join(dir, name)], question: 'What?' };
      const model = echo();
      await expect(ask(question, { load: model.load }), name).rejects.toMatchObject({
        code: 'media.format',
        place: join(dir, name),
        got: expect.stringMatching(got),
      });
      expect(model.loaded()).toBe(0);
    }
  });

  it('bounds the pixels of an image, and says how to raise the bound', async () => {
    const question = { images: [png], question: 'What?' };
    await expect(ask(question, { load: echo().load, media: readMediaArgs({ 'max-pixels': '1' }) })).rejects.toMatchObject({
      code: 'media.limit',
      place: png,
      hint: expect.stringContaining('--max-pixels'),
    });
    await ask(question, { load: echo().load, write: () => {}, media: readMediaArgs({ 'max-pixels': '2' }) });
    for (const bad of ['0', '1.5', 'x']) expect(() => readMediaArgs({ 'max-pixels': bad })).toThrow(/not a valid value/);
  });

  it('says that addresses are not fetched, and waits for no pipe', async () => {
    expect((await readQuestion(['https://example.org/cat', 'What?'])).images).toHaveLength(1);
    await expect(ask({ images: ['https://example.org/cat'], question: 'What?' }, { load: echo().load })).rejects.toMatchObject({
      code: 'media.file',
      place: 'https://example.org/cat',
    });
    for (const words of ['https://example.org/cat is what?', 'Data: what is it?', 'File: whose is it?'])
      expect(await readQuestion([words])).toMatchObject({ images: [] });
    if (process.platform === 'win32') return;
    const pipe = join(dir, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(ask({ images: [pipe], question: 'What?' }, { load: echo().load })).rejects.toMatchObject({
      code: 'media.file',
      place: pipe,
    });
  });

  it('disposes the model when it fails or is stopped', async () => {
    const stop = new AbortController();
    const model = echo([], () => stop.abort());
    await expect(ask({ images: [png], question: 'What?' }, { load: model.load, write: () => {}, signal: stop.signal })).rejects.toThrow(
      /abort/,
    );
    expect(model.disposed()).toBe(1);
  });

  it('bounds the sampling options', () => {
    expect(readSampling({ temperature: '0.7', 'max-tokens': '5' })).toEqual({ temperature: 0.7, maxTokens: 5 });
    expect(readSampling({ 'top-k': '5' })).toEqual({ topK: 5, temperature: 1 });
    for (const bad of [{ temperature: '-1' }, { 'top-p': '0' }, { 'top-k': '0' }, { seed: 'x' }, { 'max-tokens': '0' }])
      expect(() => readSampling(bad)).toThrow(/not a valid value/);
  });
});

describe('encoder-decoders', () => {
  const blip = 'test/golden/families/blip-2/t5-every-layer';
  let t5: string;
  beforeAll(async () => {
    t5 = await t5Folder();
  });
  afterAll(() => rm(t5, { recursive: true, force: true }));
  const quiet = { write: () => {}, maxTokens: 6, seed: 1, temperature: 1 };

  it('are asked about an image where they see, and without one where they do not', async () => {
    const lm = await Mllm.load(blip);
    const { text } = await lm.generate([image(png), 'what is this?'], quiet);
    await lm.dispose();
    expect(await ask({ images: [png], question: 'what is this?' }, { model: blip, ...quiet })).toBe(text);
    await expect(ask({ images: [], question: 'what is this?' }, { model: blip, ...quiet })).rejects.toThrow(/no image/);
    expect(typeof (await ask({ images: [], question: 'what is this?' }, { model: t5, ...quiet }))).toBe('string');
    await expect(ask({ images: [png], question: 'what?' }, { model: t5, ...quiet })).rejects.toMatchObject({ code: 'model.modality' });
    const clip = 'src/media/test-videos/clip.mp4';
    await expect(ask({ images: [clip], question: 'what?' }, { model: blip, ...quiet })).rejects.toMatchObject({ code: 'model.modality' });
    const tiny = { model: 'models/sensorium-tiny', ...quiet };
    await expect(ask({ images: [clip], question: 'what?' }, tiny)).rejects.toThrow(/takes no videos/);
  });

  it('hold a conversation', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    let text = '';
    output.on('data', (chunk) => {
      text += String(chunk);
    });
    input.end('what is this?\nwhat is the cat?\n');
    await chat({ input, output, model: blip, images: [png], maxTokens: 4, seed: 1, temperature: 1 });
    expect(text.split('\n').length).toBeGreaterThanOrEqual(3);
    expect(text).not.toMatch(/error/i);
  });
});

describe('chat', () => {
  async function talk(lines: string, options: { load?: LoadSpeaker; images?: string[] } = {}): Promise<string> {
    const input = new PassThrough();
    const output = new PassThrough();
    let text = '';
    output.on('data', (chunk) => {
      text += String(chunk);
    });
    input.end(lines);
    await chat({ input, output, load: echo().load, ...options });
    return text;
  }

  it('keeps the conversation, attaches images once, forgets on /reset', async () => {
    const log: Request[] = [];
    const text = await talk(`/image ${png}\nWhat?\nAnd now?\n/reset\nAgain?\n`, { load: echo(log).load });
    expect(text).toContain('saw 1, turn 1\nsaw 0, turn 3\n(forgotten)\nsaw 0, turn 1');
    expect(log[1]?.messages.map((m) => m.role)).toEqual(['user', 'assistant', 'user']);
  });

  it('takes images from the command line and saves', async () => {
    const file = join(dir, 'talk.json');
    await talk(`What?\n/save ${file}\n`, { images: [png] });
    expect(JSON.parse(await readFile(file, 'utf8')).messages).toEqual([
      { role: 'user', content: 'What?', images: [png] },
      { role: 'assistant', content: 'saw 1, turn 1' },
    ]);
  });

  it('goes on after an error and leaves on /exit', async () => {
    const model = echo();
    const text = await talk(`/imgae x\n/image ${join(dir, 'none.png')}\n/save\n//slash?\n/exit\nnot asked\n`, { load: model.load });
    expect(text).toContain('Did you mean /image?');
    expect(text).toContain('no such file');
    expect(text).toContain('/save needs the path');
    expect(text.match(/turn/g)).toHaveLength(1);
    expect(model.disposed()).toBe(1);
  });

  it('drops the images of a turn that fails, says so, and keeps the conversation', async () => {
    const log: Request[] = [];
    const load: LoadSpeaker = async () => {
      const { stream, dispose } = await echo(log).load('');
      return {
        async *stream(request) {
          const last = request.messages.at(-1)?.content;
          if (typeof last !== 'string' && last?.some((part) => part.type !== 'text')) {
            yield { text: 'half a' };
            throw new Error('this model takes no videos');
          }
          yield* stream(request);
        },
        dispose,
      };
    };
    const file = join(dir, 'after.json');
    const clip = 'src/media/test-videos/clip.mp4';
    const text = await talk(`One?\n/image ${clip}\n/image ${png}\nWhat happens?\nTwo?\n/save ${file}\n`, { load });
    expect(text).toContain('half a\nerror: this model takes no videos\n');
    expect(text).toContain(`dropped: ${clip}, ${png}`);
    expect(text).toContain('saw 0, turn 3');
    expect(log.map(({ messages }) => messages.length)).toEqual([1, 3]);
    expect(JSON.parse(await readFile(file, 'utf8')).messages).toEqual([
      { role: 'user', content: 'One?' },
      { role: 'assistant', content: 'saw 0, turn 1' },
      { role: 'user', content: 'Two?' },
      { role: 'assistant', content: 'saw 0, turn 3' },
    ]);
  });

  it('attaches nothing that it refuses', async () => {
    const heic = join(dir, 'refused.heic');
    await writeFile(heic, Buffer.from('\0\0\0\x14ftypheic\0\0\0\0heic\0\0\0\x08mdat', 'latin1'));
    const log: Request[] = [];
    const text = await talk(`/image ${heic}\n/image ${png}\nWhat?\n`, { load: echo(log).load });
    expect(text).toContain('HEIC');
    expect(text).toContain('saw 1, turn 1');
    expect(log).toHaveLength(1);
  });

  it('leaves no trace of a failed turn', async () => {
    const log: Request[] = [];
    let first = true;
    const model = echo(log, () => {
      if (first) {
        first = false;
        throw new Error('broken');
      }
    });
    const text = await talk('One?\nTwo?\n', { load: model.load });
    expect(text).toContain('error: broken');
    expect(log[1]?.messages).toHaveLength(1);
  });
});
