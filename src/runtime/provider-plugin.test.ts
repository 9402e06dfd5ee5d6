// The provider as a library of its own: what is named and not there, and what no provider is, is an error before any session.

import { afterEach, expect, it } from 'vitest';
import { PLUGIN_VARIABLE, pluginFile } from './provider-plugin.js';
import { WebGpuRuntime } from './webgpu.js';

const before = process.env[PLUGIN_VARIABLE];
afterEach(() => {
  if (before === undefined) delete process.env[PLUGIN_VARIABLE];
  else process.env[PLUGIN_VARIABLE] = before;
});

it('is the built-in provider where none is named', () => {
  delete process.env[PLUGIN_VARIABLE];
  expect(pluginFile()).toBeUndefined();
});

it('that is not there, or is no provider, is named', async () => {
  process.env[PLUGIN_VARIABLE] = '/nowhere/libonnxruntime_providers_webgpu.so';
  expect(pluginFile).toThrow(expect.objectContaining({ code: 'runtime.device', got: '/nowhere/libonnxruntime_providers_webgpu.so' }));
  await expect(WebGpuRuntime.open()).rejects.toMatchObject({ code: 'runtime.device', place: PLUGIN_VARIABLE });
  process.env[PLUGIN_VARIABLE] = 'package.json';
  await expect(WebGpuRuntime.open()).rejects.toMatchObject({ code: 'runtime.device' });
});
