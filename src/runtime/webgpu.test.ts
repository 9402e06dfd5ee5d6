// What a device says when it fails, by its cause, and names of devices that there are not. The device itself: test/*.device.test.ts.

import { describe, expect, it } from 'vitest';
import { SensoriumError } from '../util/errors.js';
import type { DeviceName } from './runtime.js';
import { selectRuntime } from './select.js';
import { deviceFailure } from './webgpu.js';

const ort = (message: string): SensoriumError => new SensoriumError('runtime.ort', `ONNX Runtime: ${message}`, { place: 'gradients' });

describe('failures of a device', () => {
  it.each([
    ['WebGPU device lost (2): the driver was reset', 'runtime.device'],
    ['vkQueueSubmit failed with VK_ERROR_DEVICE_LOST', 'runtime.device'],
    ['Failed to allocate memory for buffer of 4294967296 bytes', 'runtime.memory'],
    ['VK_ERROR_OUT_OF_DEVICE_MEMORY', 'runtime.memory'],
    [
      'Binding size (2147483648) of [Buffer "lm_head"] is larger than the maximum storage buffer binding size (1073741824).',
      'runtime.memory',
    ],
    ['Buffer size (5368709120) exceeds the max buffer size limit (4294967296).', 'runtime.memory'],
    ['Non-zero status code returned while running Add node', 'runtime.ort'],
  ])('%s', (message, code) => {
    expect(deviceFailure(ort(message))).toMatchObject({ code, place: 'gradients' });
  });

  it('leaves other errors as they are', () => {
    const error = new Error('device lost');
    expect(deviceFailure(error)).toBe(error);
  });

  it('knows no other devices', async () => {
    await expect(selectRuntime('native', 'tpu' as DeviceName)).rejects.toMatchObject({ code: 'runtime.device', got: 'tpu' });
  });
});
