// The bundle of a browser tab: what stands there in place of Node's modules and of those of ours that only Node has a use for.

import { cpSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { root } from './setup.mjs';

const platform = (name) => join(root, 'src/web/platform', `${name}.ts`);

/** Node's modules, and packages that need Node. */
const MODULES = {
  fs: platform('fs'),
  'fs/promises': platform('fs-promises'),
  crypto: platform('crypto'),
  os: platform('os'),
  url: platform('url'),
  path: join(root, 'node_modules/path-browserify/index.js'),
  worker_threads: platform('threads'),
  'timers/promises': platform('timers'),
  child_process: platform('others'),
  module: platform('others'),
  util: platform('others'),
  stream: platform('others'),
  v8: platform('others'),
  vm: platform('others'),
  zlib: platform('zlib'),
  sharp: platform('sharp'),
};

/** Modules of ours, below src/. */
const OURS = {
  'runtime/select.ts': join(root, 'src/runtime/web-select.ts'),
  'util/package.ts': platform('package'),
  'util/worker-pool.ts': platform('absent'),
  'util/collect.ts': platform('absent'),
  'runtime/mpi.ts': platform('absent'),
  'weights/hub.ts': platform('absent'),
  'weights/hub-data.ts': platform('absent'),
  'data/index.ts': platform('data'),
  'world/sprites.ts': platform('absent'),
  'media/sound-decoders.ts': platform('absent'),
  'media/ffmpeg.ts': platform('absent'),
};

/** Folders whose modules do nothing when they are loaded: what is not used of them is left out. */
const QUIET = ['data', 'world', 'media', 'weights', 'util', 'text', 'runtime', 'generate', 'model'];

const replacements = {
  name: 'browser',
  setup(builder) {
    const src = join(root, 'src');
    builder.onResolve({ filter: /.*/ }, ({ path, resolveDir, kind }) => {
      if (kind === 'entry-point') return undefined;
      // zod brings its messages in fifty languages; ours are never zod's.
      if (resolveDir.includes('/zod/') && path.endsWith('/locales/index.js'))
        return { path: resolve(resolveDir, path.replace('index.js', 'en.js')) };
      const known = MODULES[path.replace(/^node:/, '')];
      if (known && !resolveDir.includes('path-browserify')) return { path: known };
      if (path === 'sensorium/web') return { path: ENTRIES.page.web };
      if (!path.startsWith('.') || !resolveDir.startsWith(src)) return undefined;
      const file = resolve(resolveDir, path.replace(/\.js$/, '.ts'));
      const inside = relative(src, file).replaceAll('\\', '/');
      if (OURS[inside]) return { path: OURS[inside] };
      return QUIET.includes(inside.split('/')[0]) ? { path: file, sideEffects: false } : undefined;
    });
  },
};

/**
 * Bundles entry points into a folder. `ort`: where onnxruntime-web's own files are to be found, a URL relative to the worker; without it
 * they are imported by the package's name. Returns esbuild's result with its metafile.
 */
export function bundle({ entries, outdir, ort, minify = true, write = true }) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return build({
    entryPoints: entries,
    outdir,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify,
    write,
    metafile: true,
    legalComments: 'none',
    logLevel: 'silent',
    // The page's half needs none of what Node has as globals.
    inject: 'worker' in entries ? [platform('globals')] : [],
    define: { SENSORIUM_VERSION: JSON.stringify(version) },
    plugins: [ortAt(ort), replacements],
  });
}

/** onnxruntime-web stays outside: by its name, which the bundler of a page resolves, or at a URL. */
function ortAt(base) {
  return {
    name: 'onnxruntime-web',
    setup(builder) {
      builder.onResolve({ filter: /^onnxruntime-web\// }, ({ path }) => ({
        path: base === undefined ? path : `${base}/ort.${path.split('/')[1]}.bundle.min.mjs`,
        external: true,
      }));
    },
  };
}

/** The entry points of `sensorium/web`. */
export const ENTRIES = { page: { web: join(root, 'src/web.ts') }, worker: { worker: join(root, 'src/web/worker.ts') } };

/** Writes `web/`, which the package exports, and `demo/`, the page of examples/browser with all that it loads but ONNX Runtime. */
export async function bundleAll(dist) {
  for (const entries of Object.values(ENTRIES)) await bundle({ entries, outdir: join(dist, 'web') });
  const example = join(root, 'examples/browser');
  const demo = join(dist, 'demo');
  await bundle({ entries: { page: join(example, 'page.ts') }, outdir: demo });
  await bundle({ entries: ENTRIES.worker, outdir: demo, ort: './ort' });
  for (const name of ['index.html', 'style.css', 'pictures']) cpSync(join(example, name), join(demo, name), { recursive: true });
  // The pictures to teach with are those of another example.
  const named = readFileSync(join(example, 'dozen.ts'), 'utf8').match(/[\w-]+\.(?:png|jpg)/g) ?? [];
  for (const name of named) cpSync(join(root, 'examples/finetune/images', name), join(demo, 'pictures', name));
}

/** Bytes of code, ours and that of packages, in a bundle: as it is and gzipped. */
export function sizesOf({ metafile, outputFiles }) {
  let [ours, packages] = [0, 0];
  for (const { inputs } of Object.values(metafile.outputs))
    for (const [file, { bytesInOutput }] of Object.entries(inputs))
      if (file.includes('node_modules/')) packages += bytesInOutput;
      else ours += bytesInOutput;
  const gzip = outputFiles?.reduce((sum, { contents }) => sum + gzipSync(contents).length, 0);
  return { ours, packages, gzip };
}

/** Modules that a bundle still imports, by the files that do. */
export function leftOutside({ metafile }) {
  const found = [];
  for (const [file, { imports }] of Object.entries(metafile.inputs))
    for (const { path, external } of imports) if (external && path !== platform('globals')) found.push(`${path} from ${file}`);
  return found;
}
