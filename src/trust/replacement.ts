// What replaces a false value in a text: another color, number or printed word, with the article and the noun that go with it.

import { plurals } from '../evaluate/mentions.js';
import type { Claim } from './claim.js';
import type { Naming } from './claim-question.js';
import { colorWord, countWord } from './claim-words.js';
import { indefinite } from './grammar.js';

/** A replacement of a stretch of the text. */
export interface Edit {
  start: number;
  end: number;
  to: string;
  claim: Claim;
}

/** An attribute right before its noun or another attribute of it. */
export const isPrenominal = (text: string, claim: Claim): boolean =>
  /^(?:的|\s+(?!and\b)[\p{L}])/u.test(text.slice(claim.end)) && !/\b(?:is|are|was|were)\s+$/.test(text.slice(0, claim.start));

/** Takes an attribute out. */
export function removal(text: string, claim: Claim): Edit {
  const tail = /^(?:的|\s+)/.exec(text.slice(claim.end))?.[0] ?? '';
  const end = claim.end + tail.length;
  const article = articleBefore(text, claim.start);
  if (article) return { start: article.start, end, to: `${ARTICLE}${article.space}`, claim };
  return { start: claim.start, end, to: '', claim };
}

/** "a" or "an" right before a place, which may have to change with the word behind it. */
function articleBefore(text: string, at: number): { start: number; space: string } | undefined {
  const found = /\ban?(\s+)$/i.exec(text.slice(0, at));
  return found ? { start: found.index, space: found[1] as string } : undefined;
}

/** What the words of a claim become where it is known what is so instead; undefined where that cannot be written in their place. */
export function replacement(text: string, claim: Claim, instead: string, { language, name }: Naming): Edit[] | undefined {
  if (claim.type === 'text') return [{ start: claim.start, end: claim.end, to: instead, claim }];
  if (claim.type === 'attribute') {
    const to = claim.kind === 'color' ? colorWord(instead, language) : instead;
    const article = articleBefore(text, claim.start);
    if (!article) return [{ start: claim.start, end: claim.end, to, claim }];
    return [{ start: article.start, end: claim.end, to: `${ARTICLE}${article.space}${to}`, claim }];
  }
  if (claim.type !== 'count') return undefined;
  const count = Number(instead);
  if (!Number.isInteger(count) || count < 1) return undefined;
  if (language === 'zh' || /\p{Script=Han}/u.test(text.slice(claim.end, claim.end + 1)))
    return [{ start: claim.start, end: claim.end, to: countWord(count, 'zh'), claim }];
  const single = name(claim.object);
  const [many = single] = plurals(single);
  const number = numberEdits(text, claim, count);
  // The noun follows its number: "three red cups" becomes "a red cup".
  const after = text.slice(claim.end, claim.end + 80).toLowerCase();
  const said = [many, single].flatMap((form) => {
    const at = after.search(new RegExp(`\\b${form.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\p{L}-])`, 'u'));
    return at >= 0 ? [{ form, at }] : [];
  });
  const noun = said.sort((a, b) => a.at - b.at)[0];
  const wanted = count === 1 ? single : many;
  if (!noun || noun.form === wanted) return number;
  const start = claim.end + noun.at;
  return [...number, { start, end: start + noun.form.length, to: wanted, claim }];
}

/** Another number in its place: "a pair of cups" is three cups, "these two cups" are this cup, "only two cups" only one. */
function numberEdits(text: string, claim: Claim, count: number): Edit[] {
  const pair = /^(?:pair|couple|dozen|single)$/i.test(claim.text);
  const article = pair ? articleBefore(text, claim.start) : undefined;
  const start = article?.start ?? claim.start;
  const end = claim.end + (pair ? (/^\s+of\b/i.exec(text.slice(claim.end))?.[0].length ?? 0) : 0);
  const to = (word: string): Edit => ({ start, end, to: withCase(word, text.slice(start, end)), claim });
  const before = /\b(all(?: of)?\s+)?(\p{L}+)\s+$/iu.exec(text.slice(0, start));
  const word = before?.[2]?.toLowerCase() ?? '';
  if (count > 1 || /^(?:only|just|exactly)$/.test(word)) return [to(countWord(count, 'en'))];
  if (!before || !/^(?:the|these|those|my|your|his|her|its|our|their|all)$/.test(word)) return [to(ARTICLE)];
  const at = before.index + (before[1]?.length ?? 0);
  const one = { these: 'this', those: 'that', all: 'the' }[word] ?? word;
  const determiner = { start: before.index, end: at + word.length, to: withCase(one, before[0]), claim };
  return [determiner, { ...to(''), end: end + (/^\s+/.exec(text.slice(end))?.[0].length ?? 0) }];
}

/** Stands for "a" or "an" until the word behind it is known. */
const ARTICLE = '\uE000';

/** The text with every article that was left open. */
export const articles = (text: string): string =>
  text.replace(/\uE000(\s+)(?=([\p{L}-]+))/gu, (_, space: string, next: string) => `${indefinite(next)}${space}`).replaceAll(ARTICLE, 'a');

const withCase = (word: string, like: string): string => (/^\p{Lu}/u.test(like) ? word.charAt(0).toUpperCase() + word.slice(1) : word);
