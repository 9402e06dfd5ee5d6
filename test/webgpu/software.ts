// The software Vulkan driver that Chromium ships (SwiftShader), so that device programs run on machines without a graphics adapter.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadKoffi } from '../../src/runtime/koffi.js';

/** Folders in which packages of Chromium keep the driver and the Vulkan loader. */
const FOLDERS = ['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome', '/opt/chromium'];
const DRIVER = 'vk_swiftshader_icd.json';
const LOADER = 'libvulkan.so.1';

/** Where the driver is, or undefined. `SENSORIUM_SWIFTSHADER` names another folder. */
export function softwareDriver(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const { SENSORIUM_SWIFTSHADER: own } = process.env;
  return [...(own ? [own] : []), ...FOLDERS].find((dir) => existsSync(join(dir, DRIVER)) && existsSync(join(dir, LOADER)));
}

/** Held for the life of the process: koffi unloads a library when its handle is collected. */
let _loader: unknown;

/** Makes this process use the driver, with WebGPU's validation on. False where there is none: then tests are skipped, and say so. */
export function useSoftwareDriver(): boolean {
  const dir = softwareDriver();
  if (!dir) {
    process.stderr.write('device tests skipped: no software Vulkan driver; apt-get install chromium has one\n');
    return false;
  }
  // Read by the Vulkan loader, which must be in the process before the provider asks for it by its bare name.
  process.env.VK_ICD_FILENAMES = join(dir, DRIVER);
  process.env.VK_DRIVER_FILES = join(dir, DRIVER);
  process.env.SENSORIUM_WEBGPU_VALIDATION ??= 'basic';
  _loader ??= loadKoffi().load(join(dir, LOADER));
  return true;
}
