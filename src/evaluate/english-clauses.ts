// Splits an English sentence into clauses, and tells words that name something from words that do not.

import { ASSENT, DISSENT, expand, FUNCTION, NO, tokens, VERB, YES } from './english-phrases.js';
import { shortRuns } from './reply.js';

/** One clause: its words, what introduces it, and the words before its colon. */
export interface Clause {
  text: string;
  contrast: boolean;
  /** Introduced by "although": it grants something, and the next clause says what counts. */
  granted?: boolean;
  /** Nothing in it names anything: an answer, which no list goes on with. */
  bare: boolean;
  label?: string;
}

/** Numbers that may stand for what was asked: "there are two". */
export const numbers = /^(?:\d+|two|three|four|five|six|seven|eight|nine|ten|several|many|few|plenty|lots|dozens)$/;
const inverted = /^(?:is|are|was|were|does|do|did|can|could|has|have) (?:there|the|this|that|these|you|it|any|an?|we|i)\b/;
const instruction = /^(?:please )?(?:answer|respond|reply|choose)\b.*\b(?:yes|no|word|phrase|option|letter)\b/;
const contrasts = /^(?:but|however|although|though|even though|yet|whereas|while|nevertheless|still)\b\s*/;
const joints =
  /\s*(?:[,()[\]{}"—–]|\s-+\s)\s*|\s+(?=(?:(?<!\b(?:nothing|everything|anything|none) )but|however|although|though|even though|whereas|while|because|since|which|therefore|thus|hence|so (?:the|my|i|there|it|no|yes)|(?:and|or) (?:there|it|i|he|she|they|we|you|this|that|no,|found|saw|spotted))\b)/;

/** "cat - not found": a dash behind a name, as a colon. */
const dashed = /^([^:,–—-]{1,40}?)\s+[-–—]+(?=\s+(?:not|no|none|yes|absent|present|found|missing|true|false|zero|\d+)\b)/;

/** A reply in lower case with its signs in words and without quotes; quotes that go leave no long runs of blanks. */
export function plainEnglish(text: string): string {
  return shortRuns(
    expand(text.toLowerCase())
      .replace(/[✅✔☑👍🆗✓]\uFE0F?/gu, ' @yes. ')
      .replace(/:(?:white_check_mark|heavy_check_mark|ballot_box_with_check|\+1|thumbsup):/g, ' @yes. ')
      .replace(/:(?:x|no_entry|negative_squared_cross_mark|-1|thumbsdown|no_good):/g, ' @no. ')
      .replace(/[❎❌✖✗✘🚫👎⛔🙅✕]\uFE0F?/gu, ' @no. ')
      // What is printed is not there.
      .replace(
        /\b(word|text|letters|name|inscription|title|caption|labell?ed|reads?|says?|saying|titled|marked|captioned)\s+["'][^"'\n]{1,40}["']/g,
        '$1 something',
      )
      .replace(/(\d)[.,](?=\d)/g, '$1')
      .replace(/(?<![\p{L}\p{N}])'|'(?![\p{L}\p{N}])/gu, ' '),
  );
}

/** The clauses of a sentence; echoed questions and instructions are left out, lists go on with the clause before them. */
export function clauses(sentence: string): Clause[] {
  const out: Clause[] = [];
  let label: string | undefined;
  const parts = sentence.replace(dashed, '$1:').split(/:(?=\s|$)/);
  for (const part of parts) {
    const pieces = part.split(joints).map((piece) => piece?.trim() ?? '');
    const labels = part !== parts.at(-1) && isLabel(part);
    for (const [i, piece] of pieces.entries()) {
      if (!piece || labels) continue;
      if ((inverted.test(piece) && (i === 0 || out.length === 0)) || instruction.test(piece)) continue;
      const contrast = contrasts.test(piece);
      const text = piece.replace(contrasts, '').trim();
      const before = out.at(-1);
      if (before && !contrast && !label && continues(text) && !before.bare) before.text += ` ${text}`;
      else if (text || contrast)
        out.push({
          bare: isBare(text),
          text,
          contrast: contrast || (text !== '' && before?.text === '' && before.contrast),
          granted: /^(?:although|though|even though|while)\b/.test(piece),
          label: i === 0 ? label : undefined,
        });
    }
    label = labels ? part.trim() : undefined;
  }
  return out.filter((clause) => clause.text !== '');
}

/** A piece without a verb or an answer of its own goes on with the list before it: "no cats, dogs or birds". */
function continues(text: string): boolean {
  const words = tokens(text);
  return (
    !words.some((w) => VERB.has(w) || YES.has(w) || w.startsWith('@')) &&
    !/^(?:no|not|none|nothing|just|only|nope|nah|never)\b/.test(text) &&
    !isBare(text)
  );
}

/** "Dogs: none", "Cat count: 2": a few words without a verb, which say what the words after the colon are about. */
function isLabel(text: string): boolean {
  const words = tokens(text);
  return words.length <= 4 && !words.some((w) => VERB.has(w) || YES.has(w) || NO.has(w) || w.startsWith('@'));
}

const isBare = (text: string): boolean => {
  const words = tokens(text);
  return words.every((w) => FUNCTION.has(w) || ASSENT.has(w) || DISSENT.has(w) || YES.has(w) || NO.has(w) || w.startsWith('@'));
};

/** Nouns among the words in -ly, which are adverbs and name nothing otherwise. */
const adverbs = /^(?!family|fly|butterfly|dragonfly|lily|jelly|belly|assembly|bully)\w{2,}ly$/;

/** True for a word that names something. */
export const isContent = (w: string): boolean =>
  !adverbs.test(w) &&
  !/^\d+%$/.test(w) &&
  !FUNCTION.has(w) &&
  !w.startsWith('@') &&
  !YES.has(w) &&
  !NO.has(w) &&
  !ASSENT.has(w) &&
  !DISSENT.has(w) &&
  !numbers.test(w);
