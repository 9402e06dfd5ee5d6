// The normalizer that sentencepiece compiles into its models (`precompiled_charsmap`): a double-array trie from characters to their replacements.

import { SensoriumError } from '../util/errors.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Graphemes of this many bytes and more are normalized character by character, as tokenizers does. */
const LONG = 6;

const KNOWN = 50_000;

/** Parts of a text: runs of ASCII, whose last character may belong to what follows, and the rest. */
const RUNS = /[\0-\x7f]+(?![^\0-\x7f])|[\0-\x7f]?[^\0-\x7f]+/g;

/** Replaces characters as a model's charsmap says. Format: Darts-clone's units after their size in bytes, then strings that end with NUL. */
export class Precompiled {
  private readonly units: Uint32Array;
  private readonly strings: Uint8Array;
  private readonly known = new Map<string, string>();
  private readonly segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

  /** Errors: `text.tokenizer` for a map that is cut. */
  constructor(base64: string, place: string) {
    const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
    const size = bytes.length < 4 ? -1 : new DataView(bytes.buffer).getUint32(0, true);
    if (size < 0 || size % 4 !== 0 || size + 4 > bytes.length)
      throw new SensoriumError('text.tokenizer', 'the character map of the normalizer is damaged', {
        place: `${place}, key normalizer.precompiled_charsmap`,
        expected: size < 0 ? 'at least 4 bytes' : `${size + 4} bytes or more`,
        got: String(bytes.length),
        hint: 'Copy the file again from the model it belongs to',
      });
    const view = new DataView(bytes.buffer, 4, size);
    this.units = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 * i, true));
    this.strings = bytes.subarray(4 + size);
  }

  /** The text as the model was trained on it. */
  normalize(text: string): string {
    let out = '';
    for (const [run] of text.matchAll(RUNS)) {
      if (run.charCodeAt(run.length - 1) > 0x7f) for (const { segment } of this.segmenter.segment(run)) out += this.grapheme(segment);
      else for (const [char] of run.matchAll(/\r\n|./gs)) out += this.grapheme(char);
    }
    return out;
  }

  private grapheme(grapheme: string): string {
    let out = this.known.get(grapheme);
    if (out === undefined) {
      const whole = encoder.encode(grapheme).length < LONG ? this.lookUp(grapheme) : undefined;
      out = whole ?? Array.from(grapheme, (char) => this.lookUp(char) ?? char).join('');
      if (this.known.size >= KNOWN) this.known.clear();
      this.known.set(grapheme, out);
    }
    return out;
  }

  /** The replacement of the shortest beginning of `text` that has one. */
  private lookUp(text: string): string | undefined {
    const { units } = this;
    let at = offsetOf(units[0] ?? 0);
    for (const byte of encoder.encode(text)) {
      if (byte === 0) return undefined;
      at ^= byte;
      const unit = units[at] ?? 0;
      if ((unit & 0x800000ff) >>> 0 !== byte) return undefined;
      at ^= offsetOf(unit);
      if (((unit >>> 8) & 1) === 1) return this.stringAt((units[at] ?? 0) & 0x7fffffff);
    }
    return undefined;
  }

  private stringAt(start: number): string {
    const end = this.strings.indexOf(0, start);
    return decoder.decode(this.strings.subarray(start, end < 0 ? undefined : end));
  }
}

/** Where the children of a unit are, relative to it. */
const offsetOf = (unit: number): number => (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
