// Draws the pictures of this data set and writes what is said about them: npx tsx examples/finetune/draw.ts

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { Drawing } from './drawing.js';
import { signs } from './signs.js';
import { things } from './things.js';

const dir = import.meta.dirname;
const CAPTION = ['Describe the picture.', 'What can be seen here?', 'Write a caption.'];

/** LLaVA's rows: the caption as a row of its own, the questions as turns of another. */
function rowsOf({ name, ending, caption, questions }: Drawing, index: number): unknown[] {
  const image = `images/${name}.${ending}`;
  const turns = (pairs: readonly (readonly [string, string])[]): unknown[] =>
    pairs.flatMap(([question, answer], i) => [
      { from: 'human', value: i === 0 ? `<image>\n${question}` : question },
      { from: 'gpt', value: answer },
    ]);
  return [
    { id: `${name}-caption`, image, conversations: turns([[CAPTION[index % CAPTION.length] as string, caption]]) },
    { id: `${name}-questions`, image, conversations: turns(questions) },
  ];
}

await rm(join(dir, 'images'), { recursive: true, force: true });
await mkdir(join(dir, 'images'));
const [train, test]: unknown[][][] = [[], []];
let index = 0;
for (const { drawings, test: heldOut } of [...things, ...signs])
  for (const [i, drawing] of drawings.entries()) {
    const { name, width, height, ending, svg } = drawing;
    const picture = sharp(Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${svg}</svg>`)).flatten({
      background: '#fff',
    });
    await (ending === 'png' ? picture.png({ palette: true, effort: 10 }) : picture.jpeg({ quality: 88 })).toFile(
      join(dir, 'images', `${name}.${ending}`),
    );
    (i < drawings.length - heldOut ? train : test)?.push(rowsOf(drawing, index++));
  }
for (const [name, rows = []] of [
  ['train', train],
  ['test', test],
] as const)
  await writeFile(
    join(dir, `${name}.json`),
    `[\n${rows
      .flat()
      .map((row) => JSON.stringify(row))
      .join(',\n')}\n]\n`,
  );
console.log(`${index} pictures, ${train?.flat().length} rows to train on, ${test?.flat().length} to test with`);
