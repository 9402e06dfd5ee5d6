// How a model's ids differ from what its chat template writes: tokens around the text, rules about images, and what ends a reply.

import type { RenderedChat, Span } from './chat.js';
import type { ChatMessage } from './messages.js';
import type { TextPiece, Tokenizer } from './tokenizer.js';

/** Ids around a text. */
export interface TextFrame {
  before: readonly number[];
  after: readonly number[];
}

/** For models whose templates write all their special tokens. */
export const NO_FRAME: TextFrame = { before: [], after: [] };

/** Ids of a prompt, and where those of its images stand. */
export interface PromptIds {
  ids: Int32Array;
  imageRuns: [start: number, length: number][];
}

/** What `encodeChat` needs to know of a model beside its tokenizer and template; the same for asking and for training. */
export interface ChatLayout {
  /** Not repeated where the template writes the beginning itself. Default: the tokenizer's (`textFrame`) where it has an image token, else none. */
  frame?: TextFrame;
  /** Ids at which the model ends a reply, the one to train on first. Default: the tokenizer's eos. */
  endIds?: readonly number[];
  /** Changes what the template wrote before it is encoded. */
  adapt?(rendered: RenderedChat, imageToken: string): RenderedChat;
  /** Images that follow one another share an id: the last of the one is the first of the next. */
  sharesImageEdges?: boolean;
  /** The whole prompt, for models that know no turns and put image and text where no template can. `images`: the ids of each image. */
  prompt?(messages: readonly ChatMessage[], images: readonly (readonly number[])[]): PromptIds;
  /** With `prompt`: how the text of a reply becomes ids. `special`: tags in it are tokens; `space`: it follows the prompt as a word. */
  reply?: { special?: boolean; space?: boolean };
}

/** The tokens of a layout's end ids; undefined where it has none. */
export function endTokensOf(tokenizer: Tokenizer, { endIds = [] }: ChatLayout = {}): string[] | undefined {
  const tokens = endIds.map((id) => tokenizer.token(id)).filter((token) => token !== undefined);
  return tokens.length > 0 ? tokens : undefined;
}

interface TemplateItem {
  SpecialToken?: { id: string };
  Sequence?: { id: string };
}
interface PostProcessor {
  type: string;
  single?: TemplateItem[];
  special_tokens?: Record<string, { ids: number[] }>;
  processors?: PostProcessor[];
  /** Of RobertaProcessing (CLIP) and BertProcessing: what stands before and after, each a token and its id. */
  cls?: [string, number];
  sep?: [string, number];
}

/** The special tokens that the tokenizer's post-processor puts around a text: LLaMA's <s> before, T5's </s> after, CLIP's two. */
export function textFrame(tokenizer: Tokenizer): TextFrame {
  const json = tokenizer.json as unknown as { post_processor: PostProcessor | null };
  const top = json.post_processor;
  const all = top?.type === 'Sequence' ? (top.processors ?? []) : top ? [top] : [];
  const pair = all.find((p) => p.type === 'RobertaProcessing' || p.type === 'BertProcessing');
  if (pair?.cls && pair.sep) return { before: [pair.cls[1]], after: [pair.sep[1]] };
  const frame = all.find((p) => p.type === 'TemplateProcessing');
  const items = frame?.single ?? [];
  const text = items.findIndex((item) => item.Sequence);
  const ids = (some: TemplateItem[]): number[] =>
    some.flatMap((item) => (item.SpecialToken ? (frame?.special_tokens?.[item.SpecialToken.id]?.ids ?? []) : []));
  return { before: ids(items.slice(0, Math.max(text, 0))), after: ids(items.slice(text + 1)) };
}

/** Ids of a plain text in its frame; `special`: special tokens in the text are read as such, and a beginning that it has is not put twice. */
export function framedIds(tokenizer: Tokenizer, text: string, { special = false }: { special?: boolean } = {}): Int32Array {
  return frameText(tokenizer, tokenizer.encode(text, { special }), { special });
}

/** Ids of a plain text put into its frame, as `framedIds` does. */
export function frameText(tokenizer: Tokenizer, ids: ArrayLike<number>, { special = false }: { special?: boolean } = {}): Int32Array {
  const { before, after } = textFrame(tokenizer);
  const begun = special && before.length > 0 && before.every((id, i) => ids[i] === id);
  return Int32Array.from([...(begun ? [] : before), ...Array.from(ids), ...after]);
}

/** Replaces text from `start` to `end`, which must lie in ordinary text. Undefined where it does not. */
export function replaceText(rendered: RenderedChat, [start, end]: Span, by: string): RenderedChat | undefined {
  let at = 0;
  let found = false;
  const pieces = rendered.pieces.map((piece): TextPiece => {
    const [from, to] = [start - at, end - at];
    at += piece.text.length;
    if (found || piece.special || from < 0 || to > piece.text.length) return piece;
    found = true;
    return { text: piece.text.slice(0, from) + by + piece.text.slice(to), special: false };
  });
  if (!found) return undefined;
  const grown = by.length - (end - start);
  const moved = (place: number): number => (place >= end ? place + grown : Math.min(place, start + by.length));
  return {
    ...rendered,
    text: rendered.text.slice(0, start) + by + rendered.text.slice(end),
    pieces: pieces.filter(({ text }) => text !== ''),
    spans: rendered.spans.map(([a, b]) => [moved(a), moved(b)]),
  };
}

/** What was rendered up to `end`. */
export function cutText(rendered: RenderedChat, end: number): RenderedChat {
  let at = 0;
  const pieces: TextPiece[] = [];
  for (const piece of rendered.pieces) {
    if (at >= end) break;
    pieces.push(at + piece.text.length <= end ? piece : { ...piece, text: piece.text.slice(0, end - at) });
    at += piece.text.length;
  }
  return { ...rendered, text: rendered.text.slice(0, end), pieces, spans: rendered.spans.filter(([, b]) => b <= end) };
}
