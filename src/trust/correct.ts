// Corrects a text by the verdicts on its claims: false objects leave their lists, false colors and counts are replaced, sentences that say nothing true go.

import { plurals } from '../evaluate/mentions.js';
import type { Claim, ExistenceClaim } from './claim.js';
import type { Naming } from './claim-question.js';
import { colorWord, countWord } from './claim-words.js';
import { extractClaims } from './claims.js';
import type { TruthBox, Verdict } from './truth.js';

/** One change of a text: the words that were there (at offsets of the text before), and what is there now. */
export interface Correction {
  claim: Claim;
  before: string;
  after: string;
}

/** A noun of the corrected text with what was found of it. */
export interface Evidence {
  object: string;
  start: number;
  end: number;
  boxes: readonly TruthBox[];
}

export interface Corrected {
  text: string;
  corrections: Correction[];
  evidence: Evidence[];
}

/** A replacement of a stretch of the text. */
interface Edit {
  start: number;
  end: number;
  to: string;
  claim: Claim;
}

const sentencePattern = /[^.!?。！？\n]*[.!?。！？\n]*/gu;

/**
 * The text after its corrections. Only verdicts of `false` (and `moot` relations, which need both their objects) change it; where what is so
 * instead is not known, the words go. The rest of the text keeps its words.
 */
export function correctText(text: string, verdicts: readonly Verdict[], naming: Naming): Corrected {
  const corrections: Correction[] = [];
  let out = '';
  for (const m of text.matchAll(sentencePattern)) {
    if (!m[0]) continue;
    const [from, to] = [m.index, m.index + m[0].length];
    const own = verdicts.filter(({ claim }) => claim.start >= from && claim.start < to);
    const edits = sentenceEdits(text, own, naming);
    if (edits === 'drop') {
      const claim = own.find(isBad)?.claim as Claim;
      corrections.push({ claim, before: m[0].trim(), after: '' });
      // A line keeps its end.
      if (/\n\s*$/.test(m[0]) && out && !out.endsWith('\n')) out += '\n';
      continue;
    }
    let [sentence, at] = ['', from];
    for (const edit of edits) {
      sentence += text.slice(at, edit.start);
      sentence += edit.to;
      at = edit.end;
      corrections.push({ claim: edit.claim, before: text.slice(edit.start, edit.end), after: articles(edit.to) });
    }
    sentence += text.slice(at, to);
    const whole = edits.length ? capital(articles(sentence), text.slice(from, to)) : sentence;
    out += out === '' && from > 0 ? whole.trimStart() : whole;
  }
  const final = out.trimEnd();
  return { text: final, corrections, evidence: evidenceOf(final, verdicts, naming) };
}

/** The nouns of a text that were found, with their boxes. */
function evidenceOf(text: string, verdicts: readonly Verdict[], { vocabulary }: Naming): Evidence[] {
  const found = new Map<string, readonly TruthBox[]>();
  for (const { claim, verdict, boxes } of verdicts)
    if (claim.type === 'existence' && !claim.denied && verdict === 'true' && boxes?.length) found.set(claim.object, boxes);
  return extractClaims(text, vocabulary).flatMap((claim) => {
    const boxes = claim.type === 'existence' && !claim.denied ? found.get(claim.object) : undefined;
    return claim.type === 'existence' && boxes ? [{ object: claim.object, start: claim.start, end: claim.end, boxes }] : [];
  });
}

const isBad = ({ claim, verdict }: Verdict): boolean => verdict === 'false' || (verdict === 'moot' && claim.type === 'relation');

/** The first letter as it was in the sentence before. */
function capital(sentence: string, before: string): string {
  return /^\s*\p{Lu}/u.test(before)
    ? sentence.replace(/^(\s*)(\p{Ll})/u, (_, space: string, letter: string) => space + letter.toUpperCase())
    : sentence;
}

function sentenceEdits(text: string, verdicts: readonly Verdict[], naming: Naming): Edit[] | 'drop' {
  const bad = verdicts.filter(isBad);
  if (bad.length === 0) return [];
  const edits: Edit[] = [];
  const nouns = verdicts.filter((v): v is Verdict & { claim: ExistenceClaim } => v.claim.type === 'existence');
  const gone = new Set(nouns.filter((v) => isBad(v)).map(({ claim }) => claim.noun));
  if (nouns.length > 0 && nouns.every(({ claim }) => gone.has(claim.noun))) return 'drop';
  for (const verdict of bad) {
    const { claim, instead } = verdict;
    if (claim.type !== 'text' && gone.has(claim.noun) && claim.type !== 'relation') continue;
    if (claim.type === 'text' || claim.type === 'attribute' || claim.type === 'count') {
      // "is not red" and a value that nothing is known of: words that go would leave half a sentence.
      const to = instead === undefined ? undefined : claim.denied ? undefined : replacement(text, claim, instead, naming);
      if (to) edits.push(...to);
      else if (claim.type === 'attribute' && !claim.denied && isPrenominal(text, claim)) edits.push(removal(text, claim));
      else if (claim.type !== 'count') return 'drop';
    } else if (claim.type === 'relation') {
      if (claim.relation === 'place' || /\b(?:is|are|was|were)\b|在|有/.test(text.slice(claim.start, claim.end))) return 'drop';
      if (!gone.has(claim.noun) && !gone.has(claim.otherNoun)) {
        const noun = nouns.find((v) => v.claim.noun === claim.noun)?.claim;
        if (noun) edits.push({ start: noun.end, end: claim.end, to: '', claim });
      }
    }
  }
  const lists = listEdits(
    text,
    nouns.map(({ claim }) => claim),
    { gone, edits },
  );
  if (lists === 'drop') return 'drop';
  edits.push(...lists);
  edits.sort((a, b) => a.start - b.start || b.end - a.end);
  // What lies inside a larger edit goes with it.
  const outer: Edit[] = [];
  for (const edit of edits) if (!outer.length || edit.start >= (outer.at(-1) as Edit).end) outer.push(edit);
  return outer;
}

/** An attribute right before its noun or another attribute of it. */
const isPrenominal = (text: string, claim: Claim): boolean =>
  /^(?:的|\s+(?!and\b)[\p{L}])/u.test(text.slice(claim.end)) && !/\b(?:is|are|was|were)\s+$/.test(text.slice(0, claim.start));

function removal(text: string, claim: Claim): Edit {
  const tail = /^(?:的|\s+)/.exec(text.slice(claim.end))?.[0] ?? '';
  return { start: claim.start, end: claim.end + tail.length, to: '', claim };
}

function replacement(text: string, claim: Claim, instead: string, { language, name }: Naming): Edit[] | undefined {
  if (claim.type === 'text') return [{ start: claim.start, end: claim.end, to: instead, claim }];
  if (claim.type === 'attribute') {
    const to = claim.kind === 'color' ? colorWord(instead, language) : instead;
    const article = /\b(an?)(\s+)$/i.exec(text.slice(0, claim.start));
    if (!article) return [{ start: claim.start, end: claim.end, to, claim }];
    const word = withCase(/^[aeiou]/i.test(to) ? 'an' : 'a', article[1] as string);
    return [{ start: claim.start - article[0].length, end: claim.end, to: `${word}${article[2]}${to}`, claim }];
  }
  if (claim.type !== 'count') return undefined;
  const count = Number(instead);
  if (!Number.isInteger(count) || count < 1) return undefined;
  if (language === 'zh' || /\p{Script=Han}/u.test(text.slice(claim.end, claim.end + 1)))
    return [{ start: claim.start, end: claim.end, to: countWord(count, 'zh'), claim }];
  const single = name(claim.object);
  const [many = single] = plurals(single);
  const number: Edit = { start: claim.start, end: claim.end, to: count === 1 ? ARTICLE : countWord(count, 'en'), claim };
  number.to = withCase(number.to, text.slice(claim.start, claim.end));
  // The noun follows its number: "three red cups" becomes "a red cup".
  const after = text.slice(claim.end, claim.end + 80).toLowerCase();
  const said = [many, single].flatMap((form) => {
    const at = after.search(new RegExp(`\\b${form.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\p{L}-])`, 'u'));
    return at >= 0 ? [{ form, at }] : [];
  });
  const noun = said.sort((a, b) => a.at - b.at)[0];
  const wanted = count === 1 ? single : many;
  if (!noun || noun.form === wanted) return [number];
  const start = claim.end + noun.at;
  return [number, { start, end: start + noun.form.length, to: wanted, claim }];
}

/** Stands for "a" or "an" until the word behind it is known. */
const ARTICLE = '\uE000';
const articles = (text: string): string =>
  text
    .replace(/\uE000(\s+)(?=([\p{L}]))/gu, (_, space: string, next: string) => `${/[aeiou]/i.test(next) ? 'an' : 'a'}${space}`)
    .replaceAll(ARTICLE, 'a');

const withCase = (word: string, like: string): string => (/^\p{Lu}/u.test(like) ? word.charAt(0).toUpperCase() + word.slice(1) : word);

const joint = /^\s*(?:,|、|，|和|与|以及|及|and|, and|as well as|or)\s*$/;

/** Takes the objects in `gone` out of the lists that they stand in; a noun outside a list goes with what joins it to the noun before. */
function listEdits(
  text: string,
  nouns: readonly ExistenceClaim[],
  { gone, edits: inner }: { gone: ReadonlySet<number>; edits: readonly Edit[] },
): Edit[] | 'drop' {
  const edits: Edit[] = [];
  const lists: ExistenceClaim[][] = [];
  for (const noun of nouns) {
    const last = lists.at(-1)?.at(-1);
    if (last && joint.test(text.slice(last.end, noun.phrase))) lists.at(-1)?.push(noun);
    else lists.push([noun]);
  }
  for (const [i, list] of lists.entries()) {
    const left = list.filter((noun) => !gone.has(noun.noun));
    if (left.length === list.length) continue;
    const [first, last] = [list[0] as ExistenceClaim, list.at(-1) as ExistenceClaim];
    const claim = list.find((noun) => gone.has(noun.noun)) as ExistenceClaim;
    if (left.length === 0) {
      const before = lists[i - 1]?.at(-1);
      // "Next to a cat, a dog sits": without the cat the rest does not stand.
      if (!before || gone.has(before.noun) || /[。，；,;]/.test(text.slice(before.end, first.phrase))) return 'drop';
      edits.push({ start: before.end, end: last.end, to: '', claim });
      continue;
    }
    const zh = /\p{Script=Han}/u.test(first.text);
    const items = left.map((noun) => edited(text, noun, inner));
    const head = items.slice(0, -1).join(zh ? '、' : ', ');
    const to = items.length === 1 ? (items[0] as string) : `${head}${zh ? '和' : ' and '}${items.at(-1)}`;
    edits.push({ start: first.phrase, end: last.end, to, claim });
  }
  return edits;
}

/** The words of a noun phrase after the edits inside it. */
function edited(text: string, { phrase, end }: ExistenceClaim, edits: readonly Edit[]): string {
  let [out, at] = ['', phrase];
  for (const edit of edits.filter((e) => e.start >= phrase && e.end <= end).sort((a, b) => a.start - b.start)) {
    if (edit.start < at) continue;
    out += text.slice(at, edit.start) + edit.to;
    at = edit.end;
  }
  return out + text.slice(at, end);
}

/** The text with the boxes of what was found behind each noun, in 0..1 with three decimals: `a dog [0.100,0.200,0.300,0.400]`. */
export function withEvidence({ text, evidence }: Pick<Corrected, 'text' | 'evidence'>, size: readonly [number, number]): string {
  let out = '';
  let at = 0;
  for (const { end, boxes } of [...evidence].sort((a, b) => a.end - b.end)) {
    const shown = boxes.map((box) => `[${box.map((v, i) => (v / (size[i % 2] as number)).toFixed(3)).join(',')}]`).join('');
    out += `${text.slice(at, end)} ${shown}`;
    at = end;
  }
  return out + text.slice(at);
}
