// A rendered conversation: what the template wrote, cut into special tokens and text, with the place of each reply.

import { type Str, text } from './jinja/index.js';
import { escapeRegExp, type TextPiece } from './tokenizer.js';

/** [start, end) in UTF-16 code units of the rendered text. */
export type Span = [start: number, end: number];

/** A conversation as a template wrote it. */
export interface RenderedChat {
  /** What the template wrote. Content is verbatim: encode `pieces`, not this, when any of it is not trusted. */
  text: string;
  /** The same text in pieces: special tokens of the template, and everything else. */
  pieces: TextPiece[];
  /** The assistant's replies, each with its end-of-turn token. Empty replies and replies that the template leaves out have none. */
  spans: Span[];
  /** Image placeholders in `pieces`. */
  images: number;
  /** Video placeholders in `pieces`. */
  videos: number;
}

/** Where a stretch of text came from: a message and what of it, or data that belongs to no message, such as tools (-1). */
export interface Source {
  message: number;
  /** True for the assistant's `content`, false for its thoughts, calls and all else. */
  isContent: boolean;
}

/** A token that reads like the end of a turn. */
export interface End {
  /** Where it ends in the text. */
  to: number;
  /** The model is known to end its replies with it. */
  isSure: boolean;
}

/** Special tokens of a tokenizer, ready to be found. */
export class SpecialFinder {
  private readonly regex: RegExp | undefined;

  constructor(
    tokens: Iterable<string>,
    /** End-of-turn tokens; true for those at which the model is known to stop. */
    private readonly ends: ReadonlyMap<string, boolean>,
  ) {
    const longestFirst = [...tokens].filter((token) => token !== '').sort((a, b) => b.length - a.length);
    this.regex = longestFirst.length > 0 ? new RegExp(longestFirst.map(escapeRegExp).join('|'), 'gu') : undefined;
  }

  /**
   * Cuts a rendered text into pieces. Only characters that the template wrote make special tokens: what content spells, alone or
   * together with the template, stays text. `ends` are the end-of-turn tokens by where they begin.
   */
  read(rendered: Str): { pieces: TextPiece[]; ends: Map<number, End> } {
    const pieces: TextPiece[] = [];
    const ends = new Map<number, End>();
    let plain = '';
    let at = 0;
    const runs = typeof rendered === 'string' ? [{ end: rendered.length, source: undefined }] : rendered.runs;
    const value = text(rendered);
    for (const { end, source } of runs) {
      if (source === undefined && this.regex) {
        const part = value.slice(at, end);
        let done = 0;
        for (const match of part.matchAll(this.regex)) {
          const start = at + match.index;
          plain += part.slice(done, match.index);
          done = match.index + match[0].length;
          if (plain !== '') pieces.push({ text: plain, special: false });
          plain = '';
          pieces.push({ text: match[0], special: true });
          const isSure = this.ends.get(match[0]);
          if (isSure !== undefined) ends.set(start, { to: start + match[0].length, isSure });
        }
        plain += part.slice(done);
      } else plain += value.slice(at, end);
      at = end;
    }
    if (plain !== '') pieces.push({ text: plain, special: false });
    return { pieces, ends };
  }
}
