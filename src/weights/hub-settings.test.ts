// The environment of the official clients, and ids.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hubSettings, parseHubId } from './hub-settings.js';

const none = { HF_HOME: '/nowhere' };

describe('hubSettings', () => {
  it('are those of the public hub unless something is set', async () => {
    expect(await hubSettings({}, { HF_TOKEN_PATH: '/nowhere/token' })).toEqual({
      endpoint: 'https://huggingface.co',
      token: undefined,
      cacheDir: join(homedir(), '.cache/huggingface/hub'),
      offline: false,
      symlinks: true,
    });
  });

  it('find the cache where the official clients do', async () => {
    const dir = async (env: Record<string, string>) => (await hubSettings({ token: false }, env)).cacheDir;
    expect(await dir({ HF_HUB_CACHE: '/c', HUGGINGFACE_HUB_CACHE: '/d', HF_HOME: '/h' })).toBe('/c');
    expect(await dir({ HUGGINGFACE_HUB_CACHE: '/d', HF_HOME: '/h' })).toBe('/d');
    expect(await dir({ HF_HOME: '/h', XDG_CACHE_HOME: '/x' })).toBe(join('/h', 'hub'));
    expect(await dir({ XDG_CACHE_HOME: '/x', HF_HOME: '' })).toBe(join('/x', 'huggingface', 'hub'));
    expect(await dir({ HF_HOME: '~/models' })).toBe(join(homedir(), 'models', 'hub'));
    expect((await hubSettings({ cacheDir: '/mine' }, { ...none, HF_HUB_CACHE: '/c' })).cacheDir).toBe('/mine');
  });

  it('find the token in the variable, then in the file', async () => {
    const home = await mkdtemp(join(tmpdir(), 'hf-home-'));
    try {
      await writeFile(join(home, 'token'), 'hf_file\n');
      await writeFile(join(home, 'other'), ' hf_other ');
      const token = async (env: Record<string, string>, given?: string | false) =>
        (await hubSettings({ token: given }, { HF_HOME: home, ...env })).token;
      expect(await token({})).toBe('hf_file');
      expect(await token({ HF_TOKEN_PATH: join(home, 'other') })).toBe('hf_other');
      expect(await token({ HF_TOKEN: 'hf_env\r\n' })).toBe('hf_env');
      expect(await token({ HUGGING_FACE_HUB_TOKEN: 'hf_old' })).toBe('hf_old');
      expect(await token({ HF_TOKEN: 'hf_env' }, 'hf_given')).toBe('hf_given');
      expect(await token({ HF_TOKEN: 'hf_env' }, false)).toBeUndefined();
      expect(await token({ HF_TOKEN: 'hf_env', HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' })).toBeUndefined();
      const error = await token({ HF_TOKEN: 'hf_a hf_b' }).catch((e: unknown) => e);
      expect(error).toMatchObject({ code: 'weights.token', place: 'HF_TOKEN' });
      expect(String(error)).not.toContain('hf_a');
    } finally {
      await rm(home, { recursive: true });
    }
  });

  it('read switches as the official clients do', async () => {
    for (const value of ['1', 'ON', 'yes', 'True']) expect((await hubSettings({}, { ...none, HF_HUB_OFFLINE: value })).offline).toBe(true);
    for (const value of ['0', 'off', '', 'no']) expect((await hubSettings({}, { ...none, HF_HUB_OFFLINE: value })).offline).toBe(false);
    expect((await hubSettings({ offline: false }, { ...none, HF_HUB_OFFLINE: '1' })).offline).toBe(false);
    expect((await hubSettings({}, { ...none, HF_HUB_DISABLE_SYMLINKS: '1' })).symlinks).toBe(false);
  });

  it('refuse what is no address', async () => {
    expect((await hubSettings({}, { ...none, HF_ENDPOINT: 'https://mirror.example/hub/' })).endpoint).toBe('https://mirror.example/hub');
    for (const value of ['mirror.example', 'ftp://mirror.example', 'https://user:word@mirror.example'])
      await expect(hubSettings({}, { ...none, HF_ENDPOINT: value })).rejects.toMatchObject({ code: 'weights.endpoint' });
  });
});

describe('parseHubId', () => {
  it('reads ids with and without a revision', () => {
    expect(parseHubId('HuggingFaceTB/SmolLM2-135M')).toEqual({ repo: 'HuggingFaceTB/SmolLM2-135M', revision: 'main' });
    expect(parseHubId('org/name_1.5@refs/pr/1')).toEqual({ repo: 'org/name_1.5', revision: 'refs/pr/1' });
  });

  it('takes nothing else for one', () => {
    for (const text of [
      'name',
      '/a/b',
      './a',
      '../a',
      'a/b/c',
      'a/',
      '/a',
      'C:\\a/b',
      'a b/c',
      'a/.b',
      'a/b.',
      `a/${'b'.repeat(99)}`,
      '~/a',
    ])
      expect(parseHubId(text)).toBeUndefined();
  });
});
