// MMICL's MIC (Zhao et al. 2023, arXiv:2309.07915): JSON lines of input_text, input_image, output_text; images are declared as `<image0>图` in the text.

import { type Conversation, type MediaContent, mediaOf } from '../dataset.js';
import type { Format } from '../format.js';
import { writeJsonFolder } from '../json-writer.js';
import { type MediaEntry, mediaEntry, type RowContext } from '../media-entry.js';
import { RowError, shorten } from '../row.js';
import { openRows } from './json-rows.js';

/** Stands for the rows of an image in MIC's texts. */
const PLACE = '图';
const declaration = (index: number): string => `<image${index}>`;

/** A text with images where they are declared for the first time; declarations stay, since texts refer to them. */
function placeImages(text: string, images: readonly MediaEntry[], context: RowContext): Conversation['messages'][number]['content'] {
  type Part = { type: 'text'; text: string } | MediaContent;
  const part = (index: number): MediaContent => {
    const { source, name } = images[index] as MediaEntry;
    return { type: 'image', source, origin: { ...(name === undefined ? {} : { name }), key: `input_image[${index}]` } };
  };
  const places = images.map((_, i) => text.indexOf(declaration(i)));
  const undeclared = places.flatMap((at, i) => (at < 0 ? [i] : []));
  const named = /<image(\d+)>/g;
  for (const [mark, index] of text.matchAll(named))
    if (Number(index) >= images.length)
      throw new RowError(context.at, 'input_text', 'the text declares an image that the row does not have', {
        expected: `${declaration(0)} to ${declaration(images.length - 1)}`,
        got: mark,
      });
  const parts: Part[] = undeclared.map(part);
  let from = 0;
  for (const [i, at] of [...places.entries()].filter(([, place]) => place >= 0).sort((a, b) => a[1] - b[1])) {
    const end = at + declaration(i).length;
    parts.push({ type: 'text', text: text.slice(from, end) }, part(i));
    from = end;
  }
  parts.push({ type: 'text', text: text.slice(from) });
  const plain = parts
    .map((one) => (one.type === 'text' ? { type: 'text' as const, text: String(one.text).replaceAll(PLACE, '') } : one))
    .filter((one) => one.type !== 'text' || one.text !== '');
  return images.length > 0 ? plain : plain.map((one) => (one.type === 'text' ? one.text : '')).join('');
}

/** Messages as one text, each image declared by its number, with the names of its files left out. */
function declared({ messages, at }: Conversation): string {
  let index = 0;
  let text = '';
  for (const { role, content, tool_calls: calls } of messages) {
    if (role === 'system' || role === 'developer' || role === 'tool' || calls !== undefined)
      throw new RowError(at, undefined, 'mmicl has no place for system messages and tools', { got: role, hint: 'Write it as openai' });
    for (const part of Array.isArray(content)
      ? (content as ({ type: 'text'; text: string } | MediaContent)[])
      : [{ type: 'text' as const, text: content ?? '' }]) {
      if (part.type === 'text') text += part.text;
      else if (part.type === 'image') {
        text += text.endsWith(declaration(index)) ? PLACE : `image ${index}: ${declaration(index)}${PLACE}\n`;
        index++;
      } else throw new RowError(at, undefined, 'mmicl has images alone', { got: part.type });
    }
    text += role === 'user' ? ' ' : '\n\n';
  }
  return text.trimEnd();
}

/** MIC's rows. A conversation of several turns is written as demonstrations in one text, and is read back as one question. */
export const mmicl: Format = {
  name: 'mmicl',
  summary: "MMICL's MIC, JSON lines: input_text with <image0>…, input_image, output_text",
  target: 'folder',
  detect: ({ first }) => typeof first?.input_text === 'string' && 'output_text' in first,
  open: openRows,
  read(record, context) {
    const { input_text: text, output_text: reply, input_image: given, output_image: _, id, ...extra } = record;
    const bad = (key: string, expected: string, got: unknown): RowError =>
      new RowError(context.at, key, `malformed "${key}"`, { expected, got: shorten(got) });
    if (typeof text !== 'string' || text === '') throw bad('input_text', 'a text', text);
    if (typeof reply !== 'string' || reply === '') throw bad('output_text', 'a text', reply);
    const list = Array.isArray(given) ? given : given === undefined || given === null || given === '' ? [] : [given];
    const images = list.map((entry, i) => mediaEntry(entry, 'image', `input_image[${i}]`, context));
    return {
      id: typeof id === 'string' || typeof id === 'number' ? String(id) : String(context.at.row),
      messages: [
        { role: 'user', content: placeImages(text, images, context) },
        { role: 'assistant', content: reply },
      ],
      ...(Object.keys(extra).length > 0 ? { extra } : {}),
      at: context.at,
    };
  },
  write: (dir, conversations, options) =>
    writeJsonFolder(dir, conversations, options, {
      file: 'data.jsonl',
      media: 'images',
      toRow(conversation, names) {
        const { id, messages, extra, tools, at } = conversation;
        const last = messages.at(-1);
        if (last?.role !== 'assistant' || typeof last.content !== 'string' || mediaOf({ messages: [last] }).length > 0)
          throw new RowError(at, undefined, 'mmicl rows end with a reply in words', { got: last?.role ?? 'nothing' });
        const input = declared({ ...conversation, messages: messages.slice(0, -1) });
        const row = { input_text: input, input_image: names, output_text: last.content, output_image: '' };
        return { row: { ...(id === String(at.row) ? {} : { id }), ...extra, ...row }, lost: tools ? ['tools'] : [] };
      },
    }),
};
