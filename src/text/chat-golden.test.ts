// Chat templates after the form of published models, rendered as transformers renders them (test/golden/make_chat_templates.py).

import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { SensoriumError } from '../util/errors.js';
import { ChatTemplate } from './chat.js';
import { Jinja, TemplateError, text, toValue } from './jinja/index.js';
import type { ChatMessage } from './messages.js';

const dir = resolve(import.meta.dirname, '../../test/golden/chat');
const read = (name: string): string => readFileSync(join(dir, name), 'utf8');

interface Case {
  messages: ChatMessage[];
  tools?: unknown[];
  add_generation_prompt?: boolean;
  continue_final_message?: boolean;
  variables?: Record<string, unknown>;
}
type Rendered = string | null;
interface Golden {
  snippets: [source: string, rendered: Rendered][];
  conversations: Record<string, (Rendered | Rendered[])[]>;
}

const golden = JSON.parse(gunzipSync(readFileSync(join(dir, 'golden.json.gz'))).toString()) as Golden;
const cases = JSON.parse(read('conversations.json')) as Case[];
const tokens = JSON.parse(read('tokens.json')) as Record<string, Record<string, string>>;

/** The text, or null where our own code refuses. */
function attempt(run: () => string): Rendered {
  try {
    return run();
  } catch (error) {
    if (error instanceof TemplateError || error instanceof SensoriumError) return null;
    throw error;
  }
}

/** Templates that take strings alone lose or print parts in transformers; here such content is given as one string. */
function losesParts({ messages }: Case, rendered: Rendered): boolean {
  const texts = messages.flatMap(({ content }) => (Array.isArray(content) ? content.map((part) => part.text as string | undefined) : []));
  const images = messages.flatMap(({ content }) => (Array.isArray(content) ? content.filter((part) => part.type === 'image') : []));
  const placeholders = (rendered?.match(/<image>/g) ?? []).length;
  if (images.length > 0 && placeholders < images.length) return true;
  return texts.some((one) => one !== undefined && !rendered?.includes(one.trim())) || /["']type["']: ["']text/.test(rendered ?? '');
}

describe('Jinja as transformers sets it up', () => {
  const context = Object.entries(JSON.parse(read('context.json')) as Record<string, unknown>);
  const variables = Object.fromEntries(context.map(([name, value]) => [name, toValue(value)]));

  it.each(golden.snippets)('%j', (source, rendered) => {
    expect(attempt(() => text(new Jinja(source).render(variables)))).toBe(rendered);
  });

  it.each(golden.snippets)('keeps the origin of each character: %j', (source, rendered) => {
    // The same values, all of them marked: what is written does not change.
    const marked = Object.fromEntries(context.map(([name, value]) => [name, toValue(value, { from: name })]));
    expect(attempt(() => text(new Jinja(source).render(marked)))).toBe(rendered);
  });
});

describe.each(Object.keys(golden.conversations))('the form of %s', (name) => {
  const template = new ChatTemplate(read(`${name}.jinja`), {
    specialTokens: ['<s>', '</s>', '<pad>', '<image>', '<|im_start|>', '<|im_end|>', '<think>', '</think>', '<tool_call>'],
    tokens: tokens[name],
  });
  const render = ({ messages, tools, variables, ...o }: Case): string =>
    template.render(messages, {
      addGenerationPrompt: o.add_generation_prompt,
      continueFinalMessage: o.continue_final_message,
      variables: { ...variables, ...(tools ? { tools } : {}) },
    }).text;

  it.each(cases.map((one, i) => [i, one] as const))('conversation %i', (i, one) => {
    const rendered = golden.conversations[name]?.[i] as Rendered | Rendered[];
    const right = Array.isArray(rendered) ? rendered : [rendered];
    const got = attempt(() => render(one));
    // A conversation that transformers refuses may be rendered: content that is missing counts as empty, parts as one string.
    if (right.includes(null) || right.some((text) => losesParts(one, text))) return;
    expect(right).toContain(got);
  });
});

it('most conversations are compared', () => {
  const compared = Object.values(golden.conversations).flatMap((all) =>
    all.filter((rendered, i) => [rendered].flat().every((text) => text !== null && !losesParts(cases[i] as Case, text))),
  );
  expect(compared.length).toBeGreaterThan(650);
});
