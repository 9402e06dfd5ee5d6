// Clients of other projects, unmodified, against `sensorium serve`: every feature that each of them has. Python ones are installed by
// `node scripts/clients.mjs install`. RECORD_CLIENTS=1 writes what ran into test/clients/table.json and docs/serve.md.

import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// @ts-expect-error a script without types
import * as scripts from '../../scripts/clients.mjs';
import { encodePng } from '../../src/media/index.js';
import { TOOLS_TEMPLATE } from '../../src/serve/testing.js';
import { loadSprites, makeScene, renderScene } from '../../src/world/index.js';

interface Client {
  name: string;
  language: string;
  packages: readonly string[];
}
interface Ran {
  name: string;
  language: string;
  versions: Record<string, string>;
  apis: Record<string, string[]>;
}
interface Line {
  api: string;
  feature: string;
  ok: boolean;
  detail?: string;
}
const { CLIENTS, commandOf, installedVersions, pinnedVersions, record, recorded } = scripts as {
  CLIENTS: readonly Client[];
  commandOf(client: Client): string[] | undefined;
  installedVersions(client: Client): Record<string, string>;
  pinnedVersions(client: Client): Record<string, string>;
  record(ran: readonly Ran[]): void;
  recorded(): Ran[];
};

const root = resolve(import.meta.dirname, '..', '..');
const recording = process.env.RECORD_CLIENTS === '1';
const MODEL = 'tiny';
const POSITIONS = 4096;
const KEYS = { key: 'a-key-for-clients', limitedKey: 'a-key-with-few-requests' };

let dir: string;
let child: ChildProcess;
let log = '';
/** What the scripts are told. */
let told: string;
const ran: Ran[] = [];

/** sensorium-tiny with a template that writes tools, and positions enough for the descriptions of a few. */
async function makeModel(folder: string): Promise<void> {
  const source = join(root, 'models', 'sensorium-tiny');
  for (const name of ['model.safetensors', 'preprocessor_config.json', 'tokenizer.json', 'tokenizer_config.json'])
    await cp(join(source, name), join(folder, name));
  const config = JSON.parse(await readFile(join(source, 'config.json'), 'utf8')) as { text_config: { max_position_embeddings: number } };
  config.text_config.max_position_embeddings = POSITIONS;
  await writeFile(join(folder, 'config.json'), JSON.stringify(config));
  await writeFile(join(folder, 'chat_template.jinja'), TOOLS_TEMPLATE);
}

/** Runs a command to its end. */
function output(command: string[], env: NodeJS.ProcessEnv): Promise<{ code: number | null; out: string; err: string }> {
  const [program = '', ...args] = command;
  const running = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  running.stdout.on('data', (chunk) => {
    out += String(chunk);
  });
  running.stderr.on('data', (chunk) => {
    err += String(chunk);
  });
  return new Promise((done, fail) => {
    running.on('error', fail);
    running.on('close', (code) => done({ code, out, err }));
  });
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sensorium-clients-'));
  await makeModel(dir);
  const sprites = await loadSprites();
  const pictures = await Promise.all(
    [1, 2].map(async (seed) => {
      const path = join(dir, `picture${seed}.png`);
      const data = renderScene(makeScene(seed, { split: 'test' }), sprites);
      await writeFile(path, await encodePng({ width: 64, height: 64, data }));
      return path;
    }),
  );
  const keys = join(dir, 'keys');
  await writeFile(keys, `${KEYS.key} name=all\n${KEYS.limitedKey} name=few rpm=20\n`);
  const args = ['serve', dir, '--name', MODEL, '--port', '0', '--embeddings', 'models/world-clip', '--api-key-file', keys];
  child = spawn(process.execPath, [join(root, 'bin', 'sensorium.mjs'), ...args], { cwd: root });
  const url = await new Promise<string>((done, fail) => {
    let out = '';
    child.stdout?.on('data', (chunk) => {
      out += String(chunk);
      const found = /at (http:\S+\/v1)/.exec(out)?.[1];
      if (found) done(found);
    });
    child.stderr?.on('data', (chunk) => {
      log += String(chunk);
    });
    child.on('exit', () => fail(new Error(`the server ended: ${log.slice(-5000)}`)));
  });
  told = JSON.stringify({ url, ...KEYS, model: MODEL, embeddings: 'world-clip', pictures, folder: dir });
});

afterAll(async () => {
  child?.kill('SIGKILL');
  if (dir) await rm(dir, { recursive: true, force: true });
  if (recording && ran.length > 0) record(ran);
});

describe('clients', () => {
  for (const client of CLIENTS)
    it(`${client.name} (${client.language})`, async (context) => {
      const command = commandOf(client);
      if (!command) return context.skip('not installed: node scripts/clients.mjs install');
      const versions = installedVersions(client);
      expect(versions).toEqual(pinnedVersions(client));
      const env = { ...process.env, SENSORIUM_CLIENT: told, OPENAI_AGENTS_DISABLE_TRACING: '1' };
      const { code, out, err } = await output(command, env);
      const lines = out.split('\n').flatMap((line) => (line.startsWith('{"api"') ? [JSON.parse(line) as Line] : []));
      const failed = lines.filter(({ ok }) => !ok).map(({ api, feature, detail }) => `${api}, ${feature}: ${detail}`);
      expect(failed.join('\n\n')).toBe('');
      expect({ code, err: code === 0 ? '' : err.slice(-4000) }).toEqual({ code: 0, err: '' });
      const apis: Record<string, string[]> = {};
      for (const { api, feature } of lines) apis[api] = [...(apis[api] ?? []), feature];
      const result: Ran = { name: client.name, language: client.language, versions, apis };
      ran.push(result);
      if (recording) return;
      expect(recorded().find(({ name, language }) => name === client.name && language === client.language)).toEqual(result);
    });

  it('get no answer of 500 or more', () => {
    expect(log.split('\n').filter((line) => / [A-Z]+ \/\S* 5\d\d /.test(line))).toEqual([]);
  });
});
