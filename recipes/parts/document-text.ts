// Documents as text in reading order: what a perfect reader of print would give, and the lines of a real one, in one form.

import type { Conversation, Dataset } from '../../src/data/index.js';
import type { ChatMessage } from '../../src/text/index.js';
import { Rng } from '../../src/util/rng.js';
import { type DocumentItem, documents } from '../../src/world/index.js';

/** A piece of print and where it stands, in any unit. */
export interface PrintedLine {
  text: string;
  /** Corners. */
  box: readonly [x0: number, y0: number, x1: number, y1: number];
}

/** Pieces row by row: two are of one row where the middle of one lies within the other's height. Rows are lines, pieces of a row have a space between. */
export function readingOrder(lines: readonly PrintedLine[]): string {
  const middle = ({ box }: PrintedLine): number => (box[1] + box[3]) / 2;
  const rows: PrintedLine[][] = [];
  for (const line of [...lines].sort((a, b) => middle(a) - middle(b))) {
    const row = rows.at(-1);
    const last = row?.[0];
    if (row && last && middle(line) < last.box[3] && middle(line) > last.box[1]) row.push(line);
    else rows.push([line]);
  }
  return rows
    .map((row) =>
      row
        .sort((a, b) => a.box[0] - b.box[0])
        .map(({ text }) => text)
        .join(' '),
    )
    .join('\n');
}

/** The print of a document. */
export const printOf = ({ sheet }: DocumentItem): PrintedLine[] =>
  sheet.marks.flatMap((mark) =>
    mark.kind === 'text' ? [{ text: mark.text, box: [mark.x, mark.baseline - 0.75 * mark.size, mark.x + 1, mark.baseline] as const }] : [],
  );

/** A question about a text. */
export const askAbout = (text: string, question: string): ChatMessage => ({ role: 'user', content: `${text}\n${question}` });

/** Conversations about the print of documents: row `index` is about document `index` of the split `train`. */
export function documentTexts({
  items,
  seed,
  fields,
  turns,
}: {
  items: number;
  seed: number;
  fields: number;
  turns: number;
}): Dataset<Conversation> {
  const source = documents({ items, seed, fields, turns, chinese: 0 });
  return {
    length: items,
    describe: { data: 'print of documents in reading order', ...source.description },
    async get(index) {
      await documents.world.load();
      const { item, language, key } = source.get(index);
      const { world } = documents;
      const rng = new Rng(`document-text/${key}`);
      const text = readingOrder(printOf(item));
      const asked = Array.from({ length: turns }, () => world.ask(item, item.kind, { language, rng })).flatMap((one) => one ?? []);
      const messages = asked.flatMap(({ question, answer }, i): ChatMessage[] => [
        i === 0 ? askAbout(text, question) : { role: 'user', content: question },
        { role: 'assistant', content: answer },
      ]);
      return { id: String(index), messages, extra: {}, at: { file: 'world documents', row: index } };
    },
  };
}
