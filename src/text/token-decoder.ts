// The decoder of a tokenizer.json, one token at a time: the text that Hugging Face's tokenizers make of the whole, in linear time.

import { fromByteAlphabet } from './bytes.js';
import { SpaceCleanUp, wordPieceCleanUp } from './clean-up.js';
import { hubParts } from './hub-parts.js';

/** A part of `decoder` in tokenizer.json. */
interface DecoderJson {
  type: string;
  decoders?: DecoderJson[];
  [key: string]: unknown;
}

/** One step from tokens to text. What `push` and `end` return are tokens of the next stage, or pieces of its one token behind `Fuse`. */
interface Stage {
  push(token: string): readonly string[];
  end(): readonly string[];
}

/** How a decoder is run. */
export interface TokenDecoderOptions {
  /**
   * Bytes (`<0xE7>`) become characters as soon as these are complete. Without it a run of bytes is read when it has ended, since one byte
   * that is not UTF-8 makes U+FFFD of every byte of its run.
   */
  eager?: boolean;
  /** Take away spaces before punctuation (`clean_up_tokenization_spaces`). */
  cleanUp?: boolean;
}

/** Decodes one text after another; `end` begins anew. */
export class TokenDecoder {
  private stages: Stage[] = [];
  private cleaner: SpaceCleanUp | undefined;

  constructor(
    private readonly decoder: unknown,
    private readonly options: TokenDecoderOptions = {},
  ) {
    this.reset();
  }

  /** Adds a token as the vocabulary spells it; returns the text that is certain by now. */
  push(token: string): string {
    return this.cleaned(this.through(0, [token]).join(''));
  }

  /** The rest of the text. */
  end(): string {
    let text = '';
    this.stages.forEach((stage, i) => {
      text += this.through(i + 1, stage.end()).join('');
    });
    text = this.cleaned(text) + (this.cleaner?.end() ?? '');
    this.reset();
    return text;
  }

  private through(from: number, tokens: readonly string[]): readonly string[] {
    let out = tokens;
    for (let i = from; i < this.stages.length && out.length > 0; i++) {
      const stage = this.stages[i] as Stage;
      out = out.length === 1 ? stage.push(out[0] as string) : out.flatMap((token) => stage.push(token));
    }
    return out;
  }

  private cleaned(text: string): string {
    return this.cleaner ? this.cleaner.push(text) : text;
  }

  private reset(): void {
    this.cleaner = this.options.cleanUp ? new SpaceCleanUp() : undefined;
    const parts = flat(this.decoder as DecoderJson | null);
    if (!this.decoder) this.stages = [joinedBySpaces()];
    else {
      let fused = false;
      this.stages = parts.map((json, i) => {
        const stage = stageOf(json, fused, Boolean(this.options.eager) && (parts[i + 1]?.type ?? 'Fuse') === 'Fuse');
        fused ||= json.type === 'Fuse' || json.type === 'ByteLevel';
        return stage;
      });
    }
  }
}

function flat(json: DecoderJson | null): DecoderJson[] {
  if (!json) return [];
  return json.type === 'Sequence' ? (json.decoders ?? []).flatMap(flat) : [json];
}

/** `fused`: all that comes is one token in pieces. */
function stageOf(json: DecoderJson, fused: boolean, eager: boolean): Stage {
  switch (json.type) {
    case 'Fuse':
      return eachToken((token) => token);
    case 'ByteFallback':
      return fused ? whole(byteFallback(false)) : byteFallback(eager);
    case 'ByteLevel':
      return byteLevel();
    case 'Strip':
      return fused ? stripPieces(json) : stripTokens(json);
    case 'Replace': {
      const stage = eachToken(replaceIn(json));
      return fused ? whole(stage) : stage;
    }
    default: {
      const stage = wordStage(json);
      return fused ? whole(stage) : stage;
    }
  }
}

function replaceIn(json: DecoderJson): (token: string) => string {
  const { pattern, content = '' } = json as { pattern?: { String?: string }; content?: string };
  if (typeof pattern?.String === 'string') return (token) => token.replaceAll(pattern.String as string, () => content);
  const { decoder } = hubParts({ decoder: json }); // a regular expression in Oniguruma's form
  return (token) => decoder?.decode([token]) ?? token;
}

/** Decoders of words, which treat the first or the last token, or one like the last, in another way. */
function wordStage(json: DecoderJson): Stage {
  switch (json.type) {
    case 'Metaspace': {
      const mark = (json.replacement as string | undefined) ?? '▁';
      const scheme = (json.prepend_scheme as string | undefined) ?? (json.add_prefix_space === false ? 'never' : 'always');
      return eachToken((token, i) => token.replaceAll(mark, i === 0 && scheme !== 'never' ? '' : ' '));
    }
    case 'WordPiece': {
      const prefix = (json.prefix as string | undefined) ?? '##';
      const clean = (json.cleanup as boolean | undefined) ?? true;
      return eachToken((token, i) => {
        const text = i === 0 ? token : token.startsWith(prefix) ? token.slice(prefix.length) : ` ${token}`;
        return clean ? wordPieceCleanUp(text) : text;
      });
    }
    case 'BPEDecoder': {
      const suffix = (json.suffix as string | undefined) ?? '</w>';
      const ended = (token: string, with_: string): string => (suffix === '' ? token : token.replaceAll(suffix, with_));
      let last: string | undefined; // only the token after it says that it is not the last
      return {
        push: (token) => {
          const out = last === undefined ? [] : [ended(last, ' ')];
          last = token;
          return out;
        },
        end: () => (last === undefined ? [] : [ended(last, '')]),
      };
    }
    case 'CTC': {
      const pad = (json.pad_token as string | undefined) ?? '<pad>';
      const delimiter = (json.word_delimiter_token as string | undefined) ?? '|';
      const clean = (json.cleanup as boolean | undefined) ?? true;
      let last: string | undefined;
      return {
        push: (token) => {
          if (token === last) return [];
          last = token;
          const text = token.replaceAll(pad, '');
          return [clean ? wordPieceCleanUp(text).replaceAll(delimiter, ' ') : text];
        },
        end: () => [],
      };
    }
    default:
      return eachToken((token) => token); // the library refuses types that it does not know when it is built
  }
}

function eachToken(change: (token: string, index: number) => string): Stage {
  let index = 0;
  return { push: (token) => [change(token, index++)], end: () => [] };
}

/** A tokenizer without a decoder puts spaces between its tokens. */
const joinedBySpaces = (): Stage => eachToken((token, i) => (i === 0 ? token : ` ${token}`));

/** A stage that needs the whole of a fused token. */
function whole(stage: Stage): Stage {
  let text = '';
  return {
    push: (piece) => {
      text += piece;
      return [];
    },
    end: () => [...stage.push(text), ...stage.end()],
  };
}

function byteLevel(): Stage {
  const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
  return { push: (token) => [utf8.decode(fromByteAlphabet(token), { stream: true })], end: () => [utf8.decode()] };
}

const BROKEN = '\uFFFD';
const BYTE = /^<0x[0-9A-Fa-f]{2}>$/;

/** Runs of byte tokens as UTF-8; a run that is not is one U+FFFD for each byte. */
function byteFallback(eager: boolean): Stage {
  const strict = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });
  const read = (bytes: readonly number[]): string | undefined => {
    try {
      return strict.decode(Uint8Array.from(bytes));
    } catch (error) {
      if (error instanceof TypeError) return undefined; // not UTF-8
      throw error;
    }
  };
  let run: number[] = [];
  let broken = false;
  const flush = (): string[] => {
    const bytes = run;
    const wasBroken = broken;
    run = [];
    broken = false;
    if (bytes.length === 0) return [];
    const text = wasBroken ? undefined : read(bytes);
    return text === undefined ? bytes.map(() => BROKEN) : [text];
  };
  return {
    push: (token) => {
      if (!BYTE.test(token)) return run.length === 0 ? [token] : [...flush(), token];
      run.push(Number.parseInt(token.slice(3, 5), 16));
      if (!eager || broken || run.length < lengthOf(run[0] as number)) return [];
      const text = read(run);
      if (text === undefined) {
        broken = true;
        return [];
      }
      run = [];
      return [text];
    },
    end: flush,
  };
}

/** Bytes of the character that a byte begins. */
function lengthOf(first: number): number {
  if (first < 0xc0) return 1;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

interface StripJson {
  content: string;
  start: number;
  stop: number;
}

function stripJson(json: DecoderJson): StripJson {
  const { content = ' ', start = 0, stop = 0 } = json as Partial<StripJson>;
  return { content, start, stop };
}

function stripTokens(json: DecoderJson): Stage {
  const { content, start, stop } = stripJson(json);
  return eachToken((token) => {
    let text = token;
    for (let i = 0; i < start && text.startsWith(content); i++) text = text.slice(content.length);
    for (let i = 0; i < stop && text.endsWith(content); i++) text = text.slice(0, -content.length);
    return text;
  });
}

/** The same for one token in pieces: what may be its end is held back. */
function stripPieces(json: DecoderJson): Stage {
  const { content, start, stop } = stripJson(json);
  let left = start;
  let held = 0;
  return {
    push: (piece) => {
      let text = piece;
      while (left > 0 && text.startsWith(content)) {
        text = text.slice(content.length);
        left--;
      }
      if (text === '') return [];
      left = 0;
      text = content.repeat(held) + text;
      held = 0;
      while (held < stop && text.endsWith(content)) {
        text = text.slice(0, -content.length);
        held++;
      }
      return [text];
    },
    end: () => [],
  };
}
