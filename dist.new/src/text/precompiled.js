// The normalizer that sentencepiece compiles into its models (`precompiled_charsmap`): a double-array trie from characters to their replacements.
import { SensoriumError } from '../util/errors.js';
const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Graphemes of this many bytes and more are normalized character by character, as tokenizers does. */
const LONG = 6;
const KNOWN = 50_000;
const KNOWN_LENGTH = 64;
/** Parts of a text: runs of ASCII, whose last character may belong to what follows, and the rest. */
const RUNS = /[\0-\x7f]+(?![^\0-\x7f])|[\0-\x7f]?[^\0-\x7f]+/g;
/** Characters, and a line end of two. */
const LINES = /\r\n|./gs;
/** Characters that may be in one grapheme with those beside them: marks, joiners, modifiers, flags, jamo. */
const JOINING = '\\p{M}\\p{Grapheme_Extend}\\p{Cf}\\p{RI}\\p{Emoji_Modifier}\\u0d4e\\u0e33\\u0eb3\\u1100-\\u11ff\\ua960-\\ua97f\\ud7b0-\\ud7fb' +
    '\\u{111c2}\\u{111c3}\\u{1193f}\\u{11941}\\u{11a3a}\\u{11a84}-\\u{11a89}\\u{11d46}';
/**
 * A character that is a grapheme of its own, or a stretch in which graphemes are to be told apart, which is slow. Nothing is cut within
 * a grapheme, unless it is longer than all that are replaced as a whole.
 */
const CLUSTERS = new RegExp(`[^${JOINING}]?(?:[${JOINING}]+[^${JOINING}]?){1,64}|[^${JOINING}]`, 'gu');
/** Replaces characters as a model's charsmap says. Format: Darts-clone's units after their size in bytes, then strings that end with NUL. */
export class Precompiled {
    units;
    strings;
    /** Of ASCII characters, those that are replaced. */
    changed;
    known = new Map();
    segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
    /** Errors: `text.tokenizer` for a map that is cut. */
    constructor(base64, place) {
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
        this.changed = Array.from({ length: 128 }, (_, code) => this.grapheme(String.fromCharCode(code)) !== String.fromCharCode(code));
    }
    /** The text as the model was trained on it. */
    normalize(text) {
        let out = '';
        for (const [run] of text.matchAll(RUNS)) {
            if (run.charCodeAt(run.length - 1) > 0x7f)
                for (const [cluster] of run.matchAll(CLUSTERS))
                    out += this.cluster(cluster);
            else
                out += this.changesAscii(run) ? Array.from(run.matchAll(LINES), ([char]) => this.grapheme(char)).join('') : run;
        }
        return out;
    }
    changesAscii(run) {
        for (let i = 0; i < run.length; i++)
            if (this.changed[run.charCodeAt(i)])
                return true;
        return false;
    }
    cluster(cluster) {
        let out = this.known.get(cluster);
        if (out === undefined) {
            out = '';
            for (const { segment } of this.segmenter.segment(cluster))
                out += this.grapheme(segment);
            if (this.known.size >= KNOWN)
                this.known.clear();
            if (cluster.length <= KNOWN_LENGTH)
                this.known.set(cluster, out);
        }
        return out;
    }
    grapheme(grapheme) {
        const whole = encoder.encode(grapheme).length < LONG ? this.lookUp(grapheme) : undefined;
        return whole ?? Array.from(grapheme, (char) => this.lookUp(char) ?? char).join('');
    }
    /** The replacement of the shortest beginning of `text` that has one. */
    lookUp(text) {
        const { units } = this;
        let at = offsetOf(units[0] ?? 0);
        for (const byte of encoder.encode(text)) {
            if (byte === 0)
                return undefined;
            at ^= byte;
            const unit = units[at] ?? 0;
            if ((unit & 0x800000ff) >>> 0 !== byte)
                return undefined;
            at ^= offsetOf(unit);
            if (((unit >>> 8) & 1) === 1)
                return this.stringAt((units[at] ?? 0) & 0x7fffffff);
        }
        return undefined;
    }
    stringAt(start) {
        const end = this.strings.indexOf(0, start);
        return decoder.decode(this.strings.subarray(start, end < 0 ? undefined : end));
    }
}
/** Where the children of a unit are, relative to it. */
const offsetOf = (unit) => (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
//# sourceMappingURL=precompiled.js.map