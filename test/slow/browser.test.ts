// `sensorium/web` in headless Chromium: answers as in Node, weights kept and repaired, training that survives its tab, wrong input told.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import sharp, { type Sharp } from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Mllm } from '../../src/generate/index.js';
import { decodeImage, image } from '../../src/media/index.js';
import type * as Web from '../../src/web.js';
import { exportBrowser } from '../../src/weights/export/index.js';
import { noChromium, openChromium, Site } from '../web/site.js';

const root = join(import.meta.dirname, '../..');
const TINY = join(root, 'models/sensorium-tiny');
const QUESTION = 'What is in the picture?';

/** What runs in the page finds the package here. */
declare global {
  var sensorium: typeof Web;
  /** Of a test that has more than one step in a page. */
  var kept: { model?: Web.Mllm; taught?: Web.Mllm; events: Web.TeachEvent[]; error?: string };
}

describe.skipIf(noChromium !== '')(`a browser tab${noChromium ? `: skipped, ${noChromium}` : ''}`, () => {
  let dir: string;
  let site: Site;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'browser-'));
    site = await Site.open({ entries: { pixels: join(root, 'test/web/pixels.ts') } });
    browser = await openChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    rmSync(dir, { recursive: true });
  });
  beforeEach(async () => {
    context = await browser.newContext();
    page = await visit(context, site.url);
  });
  afterEach(() => context.close());

  it('answers about a picture as Node does, and fetches nothing the second time', async () => {
    const model = await Mllm.load(TINY);
    const file = join(root, 'examples/browser/pictures/scene-1.png');
    const questions = [QUESTION, 'Describe the image.', 'What color is the anchor?'];
    const expected: string[] = [];
    for (const question of questions) expected.push((await model.generate([image(file), question])).text);
    await model.dispose();
    const ask = (asked: string[]) =>
      page.evaluate(async (list) => {
        const { Mllm, image } = globalThis.sensorium;
        const model = await Mllm.load('/models/sensorium-tiny', { device: 'wasm' });
        const texts: string[] = [];
        for (const question of list) texts.push((await model.generate([image('/pictures/scene-1.png'), question])).text);
        let streamed = '';
        const content = [image('/pictures/scene-1.png'), list[1] as string];
        for await (const piece of model.stream({ messages: [{ role: 'user', content }] })) streamed += piece;
        const { environment, fetched } = model;
        await model.dispose();
        return { texts, streamed, environment, fetched };
      }, asked);
    const first = await ask(questions);
    expect(first.texts).toEqual(expected);
    expect(first.streamed).toBe(expected[1]);
    expect(first.environment).toMatchObject({ device: 'wasm', isolated: true, kept: true, notes: [] });
    expect(first.environment.threads).toBeGreaterThan(0);
    expect(first.fetched).toContain('model.safetensors');
    expect((await ask(questions)).fetched).toEqual([]);
  });

  it('decodes PNG files to the pixels that Node decodes', async () => {
    const noise = (channels: 1 | 3 | 4): Sharp =>
      sharp(Buffer.from(Array.from({ length: 20 * 30 * channels }, (_, i) => (i * 7919 + (i >> 3) * 104729) % 256)), {
        raw: { width: 20, height: 30, channels },
      });
    const files = {
      rgb: await noise(3).png().toBuffer(),
      gray: await noise(1).toColourspace('b-w').png().toBuffer(),
      palette: await noise(3).png({ palette: true }).toBuffer(),
      alpha: await noise(4).png().toBuffer(),
    };
    const off: Record<string, number> = {};
    for (const [name, bytes] of Object.entries(files)) {
      const made = await page.evaluate(
        async (list) => {
          const worker = new Worker('/pixels.js', { type: 'module' });
          const answer = await new Promise<{ width: number; height: number; pixels: number[] }>((resolve) => {
            worker.onmessage = ({ data }) => resolve(data);
            worker.postMessage(new Uint8Array(list));
          });
          worker.terminate();
          return answer;
        },
        [...bytes],
      );
      const expected = await decodeImage(new Uint8Array(bytes));
      expect([made.width, made.height], name).toEqual([expected.width, expected.height]);
      off[name] = Math.max(...made.pixels.map((v, i) => Math.abs(v - (expected.data[i] as number))));
    }
    // Canvases hold colors multiplied by their opacity: what is half clear is rounded once more.
    expect(off).toEqual({ rgb: 0, gray: 0, palette: 0, alpha: expect.toSatisfy((v: number) => v <= 1) });
  });

  it('fetches a kept file anew when it is broken, and refuses one that is not what its checksum says', async () => {
    const out = join(dir, 'exported');
    expect((await exportBrowser(TINY, out, { weights: 'f16' })).files).toContain('sensorium-browser.json');
    for (const name of readdirSync(out)) site.files.set(`/exported/${name}`, readFileSync(join(out, name)));
    const load = () =>
      page.evaluate(async () => {
        const model = await globalThis.sensorium.Mllm.load('/exported', { device: 'wasm' }).catch((e: Web.SensoriumError) => e.code);
        if (typeof model === 'string') return model;
        const { fetched } = model;
        const { text } = await model.generate([globalThis.sensorium.image('/pictures/scene-1.png'), 'What color is the anchor?']);
        await model.dispose();
        return { fetched, text };
      });
    const first = await load();
    expect(first).toEqual({ fetched: expect.arrayContaining(['config.json', 'model.safetensors']), text: 'red' });
    // One byte of the weights turns over on the disk.
    await page.evaluate(async () => {
      const top = await (await navigator.storage.getDirectory()).getDirectoryHandle('sensorium-1');
      for await (const volume of top.values())
        for await (const file of (volume as FileSystemDirectoryHandle).values()) {
          const blob = await (file as FileSystemFileHandle).getFile();
          if (blob.size < 1_000_000) continue;
          const bytes = new Uint8Array(await blob.arrayBuffer());
          bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 255;
          const stream = await (file as FileSystemFileHandle).createWritable();
          await stream.write(bytes);
          await stream.close();
        }
    });
    expect(await load()).toEqual({ fetched: ['model.safetensors'], text: 'red' });
    expect(await load()).toEqual({ fetched: [], text: 'red' });
    // Another version on the server than its list says.
    const config = site.files.get('/exported/config.json') as Uint8Array;
    const manifest = JSON.parse(readFileSync(join(out, 'sensorium-browser.json'), 'utf8'));
    site.files.set('/exported/config.json', Buffer.concat([config, Buffer.from('\n')]));
    site.files.set('/exported/sensorium-browser.json', Buffer.from(JSON.stringify({ ...manifest, again: 1 })));
    expect(await load()).toEqual({ fetched: [], text: 'red' }); // the list is the same: so is what is kept
    manifest.files[0].sha256 = 'f'.repeat(64);
    site.files.set('/exported/sensorium-browser.json', Buffer.from(JSON.stringify(manifest)));
    expect(await load()).toBe('web.fetch');
  });

  it('fine-tunes 30 steps, goes on after its tab was closed, and saves an adapter with which Node answers the same', async () => {
    const named = [
      ['clock-1-45.png', 'a wall clock'],
      ['clock-10-15.png', 'a wall clock'],
      ['flag-badgers.png', 'a team flag'],
      ['flag-foxes.png', 'a team flag'],
      ['jar-beans.png', 'a jam jar'],
      ['jar-honey.png', 'a jam jar'],
    ] as const;
    await page.evaluate(async (list) => {
      const { Mllm } = globalThis.sensorium;
      const model = await Mllm.load('/models/sensorium-tiny', { device: 'wasm' });
      const pictures: Web.NamedPicture[] = [];
      for (const [file, name] of list) pictures.push({ name, image: await (await fetch(`/images/${file}`)).blob() });
      globalThis.kept = { model, events: [] };
      model
        .teach(pictures, { steps: 30, checkpointEvery: 5, onEvent: (event) => globalThis.kept.events.push(event) })
        .catch((error: Error) => {
          globalThis.kept.error = error.message;
        });
    }, named);
    await page.waitForFunction(
      () => globalThis.kept.error !== undefined || globalThis.kept.events.some((e) => e.type === 'checkpoint' && e.step >= 10),
      undefined,
      { timeout: 0 },
    );
    expect(await page.evaluate(() => globalThis.kept.error)).toBeUndefined();
    await page.close();

    page = await visit(context, site.url);
    const done = await page.evaluate(
      async ({ list, question }) => {
        const { Mllm, image } = globalThis.sensorium;
        const model = await Mllm.load('/models/sensorium-tiny', { device: 'wasm' });
        const runs = await model.runs();
        const [run] = runs as [Web.KeptRun];
        const events: Web.TeachEvent[] = [];
        const taught = await model.resume(run.id, { onEvent: (event) => events.push(event) });
        const replies: [string, string][] = [];
        for (const [file] of list) {
          const ask = async (m: Web.Mllm) => (await m.generate([image(`/images/${file}`), question])).text;
          replies.push([await ask(model), await ask(taught)]);
        }
        const files: { name: string; bytes: number[] }[] = [];
        for (const file of await taught.adapter()) files.push({ name: file.name, bytes: [...new Uint8Array(await file.arrayBuffer())] });
        const known = { pictures: run.pictures.map(({ name, bytes }) => [name, bytes.length]), step: run.step };
        return { runs: runs.length, known, events, replies, files, taught: taught.taught };
      },
      { list: named, question: QUESTION },
    );
    expect(done.runs).toBe(1);
    expect(done.known.pictures.map(([name]) => name)).toEqual(named.map(([, name]) => name));
    expect(done.known.step).toBeGreaterThanOrEqual(10);
    const steps = done.events.flatMap((e) => (e.type === 'step' ? [e] : []));
    expect(done.events[0]).toEqual({ type: 'resume', step: done.known.step });
    expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 30 - done.known.step }, (_, i) => done.known.step + 1 + i));
    expect(done.taught).toMatchObject({ steps: 30 });
    expect(done.taught?.loss.last).toBeLessThan((done.taught?.loss.first as number) / 2);
    expect(done.files.map(({ name }) => name).sort()).toEqual(['adapter_config.json', 'adapter_model.safetensors']);

    const adapter = mkdtempSync(join(dir, 'adapter-'));
    for (const { name, bytes } of done.files) writeFileSync(join(adapter, name), Buffer.from(bytes));
    const model = await Mllm.load(TINY, { adapters: [adapter] });
    const answers: string[] = [];
    for (const [file] of named) answers.push((await model.generate([image(join(root, 'examples/finetune/images', file)), QUESTION])).text);
    await model.dispose();
    expect(done.replies.map(([, after]) => after)).toEqual(answers);
    expect(done.replies.map(([before]) => before)).not.toEqual(answers);
  });

  it('says what is wrong with models, pictures and options', async () => {
    site.files.set('/broken/config.json', Buffer.from('{'));
    site.files.set('/broken/sensorium-browser.json', Buffer.from('{"files": [{"name": "../../etc/passwd"}]}'));
    const codes = await page.evaluate(async () => {
      const { Mllm, image } = globalThis.sensorium;
      const codeOf = (work: Promise<unknown>) =>
        work.then(
          () => 'none',
          (e: Web.SensoriumError) => e.code ?? String(e),
        );
      const load = (source: Parameters<typeof Mllm.load>[0], o: Web.LoadOptions = {}) =>
        codeOf(Mllm.load(source, { device: 'wasm', ...o }));
      const files = (names: string[]) => names.map((name) => new File(['{}'], name));
      const model = await Mllm.load('/models/sensorium-tiny', { device: 'wasm' });
      const notAPicture = new Blob(['not a picture']);
      return {
        nothing: await load('/nowhere'),
        list: await load('/broken'),
        folder: await load(files(['a.txt', 'b.txt'])),
        empty: await load([]),
        weights: await load(files(['config.json', 'tokenizer.json'])),
        worker: await load('/models/sensorium-tiny', { worker: '/nowhere.js' }),
        adapter: await load('/models/sensorium-tiny', { device: 'webgpu' }),
        picture: await codeOf(model.generate([image(notAPicture), 'What?'])),
        missing: await codeOf(model.generate([image('/nowhere.png'), 'What?'])),
        long: await codeOf(model.generate([image('/pictures/scene-1.png'), 'very '.repeat(500)])),
        untaught: await codeOf(model.adapter()),
        unnamed: await codeOf(model.teach([{ name: ' ', image: notAPicture }])),
        none: await codeOf(model.teach([])),
        steps: await codeOf(model.teach([{ name: 'x', image: notAPicture }], { steps: 0 })),
        untrained: await codeOf(model.teach([{ name: 'x', image: notAPicture }])),
        run: await codeOf(model.resume('0123')),
        gone: await codeOf(model.dispose().then(() => model.generate('Hello'))),
      };
    });
    expect(codes).toEqual({
      nothing: 'web.model',
      list: 'web.model',
      folder: 'web.model',
      empty: 'web.model',
      weights: expect.stringMatching(/^(model|weights)\./),
      worker: 'web.worker',
      adapter: 'web.device',
      picture: 'media.format',
      missing: 'web.picture',
      long: 'text.length',
      untaught: 'web.model',
      unnamed: 'web.picture',
      none: 'web.picture',
      steps: 'web.option',
      untrained: 'train.data',
      run: 'web.option',
      gone: 'web.worker',
    });
  });

  it('says so when the browser has no room', async () => {
    const session = await context.newCDPSession(page);
    await session.send('Storage.overrideQuotaForOrigin', { origin: new URL(site.url).origin, quotaSize: 1_000_000 });
    const code = await page.evaluate(() =>
      globalThis.sensorium.Mllm.load('/models/sensorium-tiny', { device: 'wasm' }).then(
        () => 'none',
        (e: Web.SensoriumError) => e.code,
      ),
    );
    expect(code).toBe('util.full');
  });

  it('is there in two tabs at once, and a run in one of them', async () => {
    const load = (tab: Page) =>
      tab.evaluate(async () => {
        globalThis.kept = { model: await globalThis.sensorium.Mllm.load('/models/sensorium-tiny', { device: 'wasm' }), events: [] };
        return globalThis.kept.model?.fetched.length;
      });
    const other = await visit(context, site.url);
    expect((await Promise.all([load(page), load(other)])).sort()).toEqual([0, 6]);
    const teach = (tab: Page, steps: number) =>
      tab.evaluate(async (count) => {
        const { model } = globalThis.kept;
        const picture = { name: 'a wall clock', image: await (await fetch('/images/clock-1-45.png')).blob() };
        const stop = new AbortController();
        const onEvent = (event: Web.TeachEvent): void => {
          globalThis.kept.events.push(event);
          if (event.type === 'step' && event.step === count) stop.abort();
        };
        return model?.teach([picture], { steps: 1000, signal: stop.signal, onEvent }).catch((e: Web.SensoriumError) => e.code ?? e.name);
      }, steps);
    const first = teach(page, 4);
    await page.waitForFunction(() => globalThis.kept.events.length > 0);
    expect(await teach(other, 1)).toBe('util.locked');
    expect(await first).toBe(20); // the code of an AbortError
    // Stopped at the step that was under way when the page said so.
    expect([4, 5]).toContain(await other.evaluate(() => globalThis.kept.model?.runs().then(([run]) => run?.step)));
  });

  it('stops when it is told to', async () => {
    const names = await page.evaluate(async () => {
      const { Mllm, image } = globalThis.sensorium;
      const stop = new AbortController();
      const model = await Mllm.load('/models/sensorium-tiny', { device: 'wasm' });
      const content = [image('/pictures/scene-1.png'), 'Describe the image.'];
      const pieces: string[] = [];
      for await (const piece of model.stream({ messages: [{ role: 'user', content }] })) {
        pieces.push(piece);
        if (pieces.length === 3) break;
      }
      stop.abort();
      const stopped = await model.generate(content, { signal: stop.signal }).then(String, (e: Error) => e.name);
      return { stopped, pieces: pieces.length, still: (await model.generate(content)).text.length > 10 };
    });
    expect(names).toEqual({ stopped: 'AbortError', pieces: 3, still: true });
  });
});

describe.skipIf(noChromium !== '')('a browser with a WebGPU adapter in software', () => {
  it('answers on it as Node does, where it is asked for by name, and leaves it alone otherwise', async () => {
    const model = await Mllm.load(TINY);
    const { text } = await model.generate([image(join(root, 'examples/browser/pictures/scene-1.png')), QUESTION]);
    await model.dispose();
    const site = await Site.open();
    const browser = await openChromium({ webgpu: true });
    try {
      const page = await visit(await browser.newContext(), site.url);
      const found = await page.evaluate(async (question) => {
        const { Mllm, image } = globalThis.sensorium;
        const auto = await Mllm.load('/models/sensorium-tiny');
        const { device } = auto.environment;
        await auto.dispose();
        const model = await Mllm.load('/models/sensorium-tiny', { device: 'webgpu' });
        const { text } = await model.generate([image('/pictures/scene-1.png'), question]);
        return { auto: device, device: model.environment.device, text };
      }, QUESTION);
      expect(found).toEqual({ auto: 'wasm', device: 'webgpu', text });
      const losses = (on: 'wasm' | 'webgpu') =>
        page.evaluate(async (device) => {
          const model = await globalThis.sensorium.Mllm.load('/models/sensorium-tiny', { device });
          const picture = { name: 'a wall clock', image: await (await fetch('/images/clock-1-45.png')).blob() };
          const out: number[] = [];
          // Another name of the run, so that neither goes on with that of the other.
          await model.teach([picture], {
            steps: 3,
            checkpointEvery: device === 'wasm' ? 3 : 4,
            onEvent: (e) => e.type === 'step' && out.push(e.loss),
          });
          await model.dispose();
          return out;
        }, on);
      const [expected, got] = [await losses('wasm'), await losses('webgpu')];
      expect(got).toHaveLength(3);
      for (const [i, loss] of got.entries()) expect(Math.abs(loss - (expected[i] as number))).toBeLessThan(1e-3);
    } finally {
      await browser.close();
      await site.close();
    }
  });
});

describe.skipIf(noChromium !== '')('a page that is not isolated', () => {
  it('has one thread and says so', async () => {
    const site = await Site.open({ isolated: false });
    const browser = await openChromium();
    try {
      const page = await visit(await browser.newContext(), site.url);
      const environment = await page.evaluate(async () => (await globalThis.sensorium.Mllm.load('/models/sensorium-tiny')).environment);
      expect(environment).toMatchObject({ device: 'wasm', threads: 1, isolated: false, kept: true });
      expect(environment.notes).toHaveLength(2); // no WebGPU, one thread
    } finally {
      await browser.close();
      await site.close();
    }
  });
});

/** A page with the package loaded. */
async function visit(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(0); // the suite has a limit of its own
  await page.goto(url);
  await page.waitForFunction(() => globalThis.sensorium !== undefined);
  return page;
}
