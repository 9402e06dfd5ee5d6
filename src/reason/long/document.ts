// A question about a document of many pages: pages that it is about by their words, by their looks or by both, then the model.

import type { Responder } from '../../evaluate/responder.js';
import type { RgbImage } from '../../media/index.js';
import type { ChatMessage, ContentPart } from '../../text/index.js';
import { throwIfAborted } from '../../util/errors.js';
import type { LongEmbedder } from './film.js';
import { PageIndex } from './pages.js';

/** A page: its picture, and what is printed on it as far as a reader found it. */
export interface DocumentPage {
  image: RgbImage;
  text?: string;
}

/** What pages are found by; `none` takes the first ones. */
export type PagesBy = 'text' | 'image' | 'both' | 'none';

/** A document whose pages can be found. */
export interface IndexedDocument {
  pages: readonly DocumentPage[];
  index: PageIndex;
}

/** Pages that are embedded at once. */
const AT_ONCE = 16;

/** Indexes a document: words as they are given, pictures by their vectors. */
export async function indexDocument(
  pages: readonly DocumentPage[],
  { embedder, signal }: { embedder?: LongEmbedder; signal?: AbortSignal } = {},
): Promise<IndexedDocument> {
  const vectors: Float32Array[] = [];
  for (let i = 0; embedder && i < pages.length; i += AT_ONCE) {
    throwIfAborted(signal);
    const images = pages.slice(i, i + AT_ONCE).map(({ image }) => image);
    vectors.push(...(await embedder.images(images, signal)).vectors);
  }
  const indexed = pages.map(({ text }, i) => ({
    number: i + 1,
    ...(text === undefined ? {} : { text }),
    ...(embedder ? { vector: vectors[i] } : {}),
  }));
  return { pages, index: new PageIndex(indexed) };
}

/**
 * Answers a question from the `most` pages (default 1) that `about` (default the question) finds, shown in the order of the document; from the first ones
 * where it finds none. Pages are numbered from 1.
 */
export async function askDocument(
  { pages, index }: IndexedDocument,
  question: string,
  o: {
    responder: Responder;
    embedder?: LongEmbedder;
    by?: PagesBy;
    most?: number;
    about?: string;
    maxTokens?: number;
    signal?: AbortSignal;
  },
): Promise<{ answer: string; shown: readonly number[] }> {
  const { responder, embedder, by = embedder ? 'both' : 'text', most = 1, about = question, maxTokens = 64, signal } = o;
  const looks = embedder && (by === 'image' || by === 'both') ? (await embedder.texts([about], signal)).vectors[0] : undefined;
  const query = { ...(by === 'text' || by === 'both' ? { text: about } : {}), ...(looks ? { vector: looks } : {}) };
  const found = by === 'none' ? [] : index.find(query, most).map(({ number }) => number);
  const shown = (found.length > 0 ? found : pages.slice(0, most).map((_, i) => i + 1)).sort((a, b) => a - b);
  const content: ContentPart[] = [
    ...shown.map((number) => ({ type: 'image' as const, source: (pages[number - 1] as DocumentPage).image })),
    { type: 'text', text: question },
  ];
  const [answer = ''] = await responder.replies([[{ role: 'user', content } as ChatMessage]], { maxTokens, signal });
  return { answer, shown };
}
