// `serve` as it is started and stopped: what it prints, its log lines, its keys, a drain on the signal. The real process is under test/slow.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelEngine } from '../serve/model-engine.js';
import { FakeEngine, until } from '../serve/testing.js';
import { main } from './main.js';
import { readKeys } from './serve-keys.js';
import { jsonLine, textLine } from './serve-log.js';
import { type ServeCommandOptions, serveModels } from './serve-process.js';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-serve-'));
  await mkdir(join(dir, 'tiny'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const ask = (url: string, key = 'none', model = 'tiny'): Promise<Response> =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello' }], max_tokens: 3 }),
  });

/** Serves a fake engine while `use` runs; gives what was printed and logged. */
async function during(options: Partial<ServeCommandOptions>, use: (url: string) => Promise<void>): Promise<{ out: string; log: string[] }> {
  let out = '';
  const log: string[] = [];
  const controller = new AbortController();
  let using: Promise<void> | undefined;
  await serveModels({
    models: [join(dir, 'tiny')],
    port: 0,
    signal: controller.signal,
    load: async (_, { slots, maxQueue }) => new FakeEngine({ slots, maxQueue }),
    write: (text) => {
      out += text;
    },
    log: (line) => log.push(line),
    onListening: ({ url }) => {
      using = use(url).finally(() => controller.abort());
    },
    ...options,
  });
  await using;
  return { out, log };
}

describe('serve', () => {
  it('hands the budget of keys and values on, and says what memory it takes', async () => {
    let asked: unknown;
    const load: ServeCommandOptions['load'] = async (_, options) => {
      asked = options.kvBytes;
      const memory = { weights: 3 * 2 ** 20, kv: 2 ** 19, prefix: 0, features: 0, logits: 0 };
      return Object.assign(new FakeEngine({ slots: 2 }), { memory: () => memory });
    };
    const { out } = await during({ kvBytes: 2 ** 19, load }, async (url) => {
      const text = await (await fetch(`${url}/metrics`)).text();
      expect(text).toMatch(/^sensorium_memory_bytes\{kind="kv"\} 524288$/m);
    });
    expect(asked).toBe(2 ** 19);
    expect(out).toMatch(/^Memory: weights 3\.0 MiB, keys and values 512\.0 KiB for 2 replies of \d+ tokens$/m);
  });

  it('prints where and how to ask, logs each request, ends when told', async () => {
    const { out, log } = await during({}, async (url) => {
      expect((await ask(url)).status).toBe(200);
      expect((await fetch(`${url}/nothing%0Ahere`)).status).toBe(404);
    });
    expect(out).toMatch(/^Serving tiny \(1000 tokens\) at http:\/\/127\.0\.0\.1:\d+\/v1/);
    expect(out).toMatch(/curl http:\S+\/v1\/chat\/completions -H 'content-type: application\/json' \\\n {2}-d '\{"model":"tiny"/);
    expect(out).toMatch(/Stopped\n$/);
    expect(log).toHaveLength(2);
    expect(log[0]).toMatch(/^\d\d:\d\d:\d\d POST \/v1\/chat\/completions 200 \d+ ms req_\w+ tiny 10\+3 tokens first after \d+ ms$/);
    expect(log[1]).toMatch(/ GET \/nothing\S+ 404 \d+ ms req_\w+ - Unknown request URL/);
  });

  it('starts with a model without a chat template by a prompt, and says how to ask it', async () => {
    let engine: FakeEngine | undefined;
    const load: ServeCommandOptions['load'] = async () => {
      engine = new FakeEngine({ abilities: { chat: false } });
      return engine;
    };
    const { out } = await during({ load }, async (url) => {
      expect(await (await ask(url)).json()).toMatchObject({ error: { code: 'unsupported_messages' } });
    });
    expect(engine?.requests[0]).toMatchObject({ messages: [], prompt: 'Hello' });
    expect(out).toMatch(/curl http:\S+\/v1\/completions -H .* \\\n {2}-d '\{"model":"tiny","prompt":"Hello"\}'/);
  });

  it('hands the context on, and names options of the engine as its own', async () => {
    let asked: unknown;
    const load: ServeCommandOptions['load'] = async (_, options) => {
      asked = options.context;
      return new FakeEngine({});
    };
    await during({ context: 128, load }, async () => {});
    expect(asked).toBe(128);
    const real: ServeCommandOptions['load'] = (folder, options) => ModelEngine.load(folder, options);
    const model = 'models/sensorium-tiny';
    const refused = (options: Partial<ServeCommandOptions>) => during({ models: [model], load: real, ...options }, async () => {});
    const usage = (place: string, expected: RegExp) => ({ code: 'cli.usage', place, expected: expect.stringMatching(expected) });
    await expect(refused({ kvBytes: 1000 })).rejects.toMatchObject(usage('--kv-budget', /^at least 0\.063 MiB for 8 slots$/));
    await expect(refused({ context: 257 })).rejects.toMatchObject(usage('--context', /^at most 256 tokens/));
    await expect(refused({ kvBytes: 2 ** 20, context: 64 })).rejects.toMatchObject(
      usage('--context', /^at most 32 tokens, or a --kv-budget of 2 MiB$/),
    );
    await during({ models: [model], load: real, kvBytes: 2 ** 21, context: 64 }, async (url) => {
      const { data } = (await (await fetch(`${url}/v1/models`)).json()) as { data: object[] };
      expect(data).toMatchObject([{ context_length: 64 }]);
    });
  });

  it('reads its keys again on SIGHUP, and keeps the old ones where that fails', async () => {
    let next: string | Error = 'sk-second-key';
    const reloadKeys = async () => {
      if (next instanceof Error) throw next;
      return readKeys({ key: next });
    };
    const keys = await readKeys({ key: 'sk-first-key' });
    let said = '';
    const write = (text: string): void => {
      said += text;
    };
    const heard = async (text: string): Promise<void> => {
      process.emit('SIGHUP');
      await until(() => said.includes(text), text);
    };
    await during({ keys, reloadKeys, write }, async (url) => {
      await heard('1 keys are in use');
      expect([(await ask(url, 'sk-first-key')).status, (await ask(url, 'sk-second-key')).status]).toEqual([401, 200]);
      next = new Error('no such file');
      await heard('no such file');
      expect((await ask(url, 'sk-second-key')).status).toBe(200);
    });
    said = '';
    await during({ write }, async () => heard('no keys'));
  });

  it('logs probes only when they fail, where that is asked for', async () => {
    const { log } = await during({ quietProbes: true }, async (url) => {
      for (const path of ['/health', '/ready', '/metrics', '/nothing']) await (await fetch(url + path)).text();
    });
    expect(log.map((line) => / GET (\S+) /.exec(line)?.[1])).toEqual(['/nothing']);
  });

  it('serves an encoder-decoder, and keeps files unless it is told not to', async () => {
    const model = 'test/golden/families/blip-2/t5-every-layer';
    const load: ServeCommandOptions['load'] = (folder, options) => ModelEngine.load(folder, options);
    const list = async (url: string): Promise<number> => (await fetch(`${url}/v1/files`)).status;
    await during({ models: [model], load, fileBytes: 1000 }, async (url) => {
      const { data } = (await (await fetch(`${url}/v1/models`)).json()) as { data: object[] };
      expect(data).toMatchObject([{ id: 't5-every-layer', input_modalities: ['text', 'image'] }]);
      const form = new FormData();
      form.set('purpose', 'vision');
      form.set('file', new Blob([new Uint8Array(1001)]), 'a.png');
      expect((await fetch(`${url}/v1/files`, { method: 'POST', body: form })).status).toBe(413);
      expect(await list(url)).toBe(200);
    });
    await during({ fileBytes: 0 }, async (url) => expect(await list(url)).toBe(404));
  });

  it('logs JSON, names keys without writing them, warns of an open door', async () => {
    const keys = await readKeys({ key: 'sk-first-key' });
    const { out, log } = await during({ json: true, keys, host: '127.0.0.1' }, async (url) => {
      expect((await ask(url)).status).toBe(401);
      expect((await ask(url, 'sk-first-key')).status).toBe(200);
    });
    expect(out).toBe('');
    const lines = log.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.filter((line) => line.path)).toMatchObject([{ status: 401 }, { status: 200, key: 'key1', completionTokens: 3 }]);
    expect(log.join('\n')).not.toContain('sk-first');
    expect((await during({ host: '0.0.0.0' }, async () => {})).log[0]).toMatch(/no API keys/);
  });

  it('writes lines that no request can break', () => {
    const record = { id: 'r', method: 'GET', path: '/a\n\u001b[31mb', status: 500, ms: 1.26, error: 'x\ny', cause: new Error('why\n') };
    expect(textLine(record).slice(9)).toBe('GET /a??[31mb 500 1 ms r - x y (why )');
    expect(textLine({ ...record, address: '127.0.0.1' })).not.toContain('127.0.0.1');
    expect(textLine({ ...record, model: 'm', address: '10.0.0.7' }).slice(9)).toBe('GET /a??[31mb 500 1 ms r m from 10.0.0.7 - x y (why )');
    expect(jsonLine(record)).toMatch(/^[^\n]*"ms":1\.3[^\n]*"cause":"why "\}$/);
  });

  it('reads keys from the option, a file and the environment', async () => {
    const file = join(dir, 'keys.txt');
    await writeFile(file, 'sk-from-file name=team rpm=5\n');
    expect(await readKeys({ key: 'sk-option-1,sk-option-2', file, env: 'sk-env-key-1 sk-option-1' })).toMatchObject([
      { key: 'sk-option-1' },
      { key: 'sk-option-2' },
      { key: 'sk-from-file', name: 'team', rpm: 5 },
      { key: 'sk-env-key-1' },
    ]);
    expect(await readKeys({ env: file })).toMatchObject([{ name: 'team' }]);
    expect(await readKeys({})).toEqual([]);
    await expect(readKeys({ key: ',' })).rejects.toThrow(/empty/);
    await expect(readKeys({ file: join(dir, 'none') })).rejects.toThrow(/none/);
  });

  it('serves several models by name and alias, the first loaded at the start', async () => {
    const engines = new Map<string, FakeEngine>();
    const load: ServeCommandOptions['load'] = async (folder) => {
      const engine = new FakeEngine({ say: () => [folder] });
      engines.set(folder, engine);
      return engine;
    };
    const models = ['models/sensorium-tiny', 'llama=models/world-llama'];
    const aliases = [['fast', 'llama'], ['smart', 'models/sensorium-tiny']] as const; // biome-ignore format: pairs
    const { out, log } = await during({ models, aliases, load }, async (url) => {
      expect([...engines.keys()]).toEqual([models[0]]);
      const said = async (model: string) =>
        ((await (await ask(url, 'none', model)).json()) as { choices: { message: { content: string } }[] }).choices[0]?.message.content;
      expect(await said('fast')).toBe('models/world-llama');
      expect(await said('smart')).toBe('models/sensorium-tiny');
      expect(await (await ask(url, 'none', 'tiny')).json()).toMatchObject({ error: { code: 'model_not_found' } });
    });
    expect(out).toMatch(/^Serving sensorium-tiny \(1000 tokens\); llama at http\S+, Sensorium/);
    expect(out).toMatch(/^Aliases: fast is llama, smart is sensorium-tiny$/m);
    expect(out).toMatch(/^Loaded at their first request: llama$/m);
    expect(out).toMatch(/^Loaded llama: /m);
    expect(log.map((line) => / req_\w+ (\S+) /.exec(line)?.[1])).toEqual(['llama', 'sensorium-tiny', '-']);
    engines.clear();
    await during({ models, load, preload: true }, async () => expect([...engines.keys()]).toHaveLength(2));
  });

  it('goes by the option when there is too little memory at the start', async () => {
    const model = 'models/sensorium-tiny';
    const load: ServeCommandOptions['load'] = (folder, options) => ModelEngine.load(folder, options);
    await expect(during({ models: [model], load, memory: 42 * 2 ** 20 }, async () => {})).rejects.toMatchObject({
      code: 'cli.usage',
      place: '--memory',
    });
    let asked: unknown;
    const fake: ServeCommandOptions['load'] = async (_, options) => {
      asked = [options.kvBytes, options.cacheBytes];
      return new FakeEngine();
    };
    await during({ load: fake, memory: 2 ** 30 }, async () => {});
    expect(asked).toEqual([2 ** 28, 2 ** 26]);
    await during({ load: fake, memory: 2 ** 36 }, async () => {});
    expect(asked).toEqual([undefined, undefined]);
  });

  it('refuses options that make no sense', async () => {
    const said = async (...argv: string[]): Promise<string> => {
      const err: string[] = [];
      const code = await main(['serve', ...argv], { out: () => {}, err: (text) => err.push(text) });
      return `${code} ${err.join('')}`;
    };
    expect(await said('--port', '70000')).toMatch(/^2 .*--port/s);
    for (const [
      option,
      value,
    ] of [['--memory', '0'], ['--alias', 'x'], ['--alias', 'x='], ['--slots', '0'], ['--context', '1'], ['--proxies', '-1'], ['--keep-alive', 'x'], ['--body-memory', '0']] as const) // biome-ignore format: pairs
      expect(await said(`${option}=${value}`), option).toMatch(new RegExp(`^2 .*${option}`, 's'));
    expect(await said('no/such/model', '--port', '0')).toMatch(/^1 .*no\/such\/model/s);
  });
});
