#!/usr/bin/env node
// Fashion-MNIST as folders of pictures: fetched as Debian's package, written as PNG files with questions and answers.

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import sharp from 'sharp';

const PACKAGE = 'dataset-fashion-mnist';
/** The ten labels, in their order. */
export const LABELS = ['shirt with short sleeves', 'trousers', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'boot'];
const QUESTION = 'Which piece of clothing is this?';

/** Bytes of the data files by name. */
function fetchFiles() {
  const dir = mkdtempSync(join(tmpdir(), 'fashion-mnist-'));
  try {
    execFileSync('apt-get', ['download', PACKAGE], { cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] });
    const deb = readdirSync(dir).find((name) => name.endsWith('.deb'));
    execFileSync('dpkg-deb', ['-x', deb, 'files'], { cwd: dir });
    const data = join(dir, 'files/usr/share/datasets/fashion-mnist');
    const names = readdirSync(data, { recursive: true }).filter((name) => String(name).endsWith('.gz'));
    return new Map(names.map((name) => [String(name).split('/').at(-1), gunzipSync(readFileSync(join(data, String(name))))]));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Writes `count` pictures of one half, evenly from its beginning. */
async function writeHalf(files, half, out, { count, size }) {
  const images = files.get(`${half}-images-idx3-ubyte.gz`);
  const labels = files.get(`${half}-labels-idx1-ubyte.gz`);
  if (!images || !labels) throw new Error(`the package has no ${half} files; it has ${[...files.keys()].join(', ')}`);
  const [all, rows, columns] = [4, 8, 12].map((at) => images.readUInt32BE(at));
  const dir = join(out, half === 'train' ? 'train' : 'test');
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const lines = [];
  const n = Math.min(count, all);
  for (let i = 0; i < n; i++) {
    const pixels = images.subarray(16 + i * rows * columns, 16 + (i + 1) * rows * columns);
    const picture = sharp(pixels, { raw: { width: columns, height: rows, channels: 1 } }).resize(size, size, { kernel: 'cubic' });
    const file_name = `${String(i).padStart(5, '0')}.png`;
    await picture.toColorspace('srgb').png({ compressionLevel: 3 }).toFile(join(dir, file_name));
    lines.push(JSON.stringify({ file_name, question: QUESTION, answer: LABELS[labels[8 + i]] }));
    if (i % 500 === 499) process.stderr.write(`\r${half}: ${i + 1}/${n}`);
  }
  writeFileSync(join(dir, 'metadata.jsonl'), `${lines.join('\n')}\n`);
  process.stderr.write(`\r${half}: ${n} pictures in ${dir}\n`);
}

const { values } = parseArgs({
  options: {
    out: { type: 'string', default: 'data/fashion-mnist' },
    train: { type: 'string', default: '12000' },
    test: { type: 'string', default: '10000' },
    size: { type: 'string', default: '64' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help)
  process.stdout.write(
    'node scripts/fashion-mnist.mjs [--out DIR] [--train 12000] [--test 10000] [--size 64]   needs apt-get and dpkg-deb\n',
  );
else {
  const files = fetchFiles();
  const size = Number(values.size);
  await writeHalf(files, 'train', values.out, { count: Number(values.train), size });
  await writeHalf(files, 't10k', values.out, { count: Number(values.test), size });
}
