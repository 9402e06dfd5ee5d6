// What the scripts of clients share: where the server is, and features as functions, each of which becomes a line of JSON.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** Address, keys, names of models and paths of pictures, as the suite says. */
export const server = JSON.parse(process.env.SENSORIUM_CLIENT ?? '{}');

/** A picture as a data: URL. */
export const dataUrl = (path) => `data:image/png;base64,${readFileSync(path).toString('base64')}`;

/** What all scripts ask. */
export const QUESTION = 'Describe the image in detail.';
export const HELLO = 'Is there a dog?';

/** What a text that does not fit is made of. */
export const TOO_LONG = 'dog '.repeat(20_000);

/** The arguments of the one tool, and the form of structured replies. */
export const ANIMALS = {
  type: 'object',
  properties: { animal: { type: 'string', enum: ['dog', 'cat'] }, count: { type: 'integer', minimum: 1, maximum: 9 } },
  required: ['animal', 'count'],
  additionalProperties: false,
};

/** Throws for a value that is not of the form of `ANIMALS`. */
export function checkAnimals(value) {
  assert.ok(['dog', 'cat'].includes(value?.animal), `not an animal: ${JSON.stringify(value)}`);
  assert.ok(Number.isInteger(value.count) && value.count >= 1 && value.count <= 9, `not a count: ${JSON.stringify(value)}`);
}

/** Sends requests with the key that has few of them, until one is refused. */
export async function spendKey() {
  for (let i = 0; i < 200; i++) {
    const headers = { authorization: `Bearer ${server.limitedKey}`, 'content-type': 'application/json' };
    const response = await fetch(`${server.url}/completions`, { method: 'POST', headers, body: '{}' });
    await response.arrayBuffer();
    if (response.status === 429) return;
  }
  throw new Error('the key with few requests was never refused');
}

/** Resolves when the server has no reply under way: what was aborted is gone. */
export async function idle() {
  for (;;) {
    const { running, queued } = await (await fetch(new URL('/health', server.url))).json();
    if (running === 0 && queued === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Uploads a picture without a client's help; gives its id. */
export async function upload(path) {
  const form = new FormData();
  form.set('purpose', 'vision');
  form.set('file', new File([readFileSync(path)], 'picture.png'));
  const response = await fetch(`${server.url}/files`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.key}` },
    body: form,
  });
  return (await response.json()).id;
}

/** The error that a promise is rejected with. Throws when it is not. */
export async function failure(promise) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`no error came, but ${JSON.stringify(value)?.slice(0, 200)}`);
}

/** Runs the features of an API one after the other. */
export async function features(api, table) {
  for (const [feature, run] of Object.entries(table)) {
    const line = { api, feature, ok: true };
    try {
      await run();
    } catch (error) {
      line.ok = false;
      line.detail = String(error?.stack ?? error);
      for (let cause = error?.cause ?? error?.lastError; cause; cause = cause.cause) line.detail += `\ncause: ${cause?.stack ?? cause}`;
    }
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
}
