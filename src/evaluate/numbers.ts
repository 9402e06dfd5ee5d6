// Numbers in answers: digits, English and Chinese number words, and the one number that a reply commits to.

import { chineseNumber, NUMERALS, toSimplified } from './chinese.js';
import { countedNames, type Topic } from './question.js';
import { cleanReply, plainMarks } from './reply.js';

const ones =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const tens = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const small = new Map<string, number>([
  ...ones.map((word, i): [string, number] => [word, i]),
  ...tens.map((word, i): [string, number] => [word, 20 + 10 * i]),
  ['fourty', 40],
]);
const scales = new Map([
  ['hundred', 100],
  ['thousand', 1000],
  ['million', 1_000_000],
  ['billion', 1_000_000_000],
]);

/** The value of English number words such as "twenty-one" or "one hundred and five"; undefined when other words are among them. */
function englishNumber(text: string): number | undefined {
  const words = text.split(/[\s-]+/).filter((word) => word && word !== 'and');
  let [total, group, digits] = [0, 0, 0];
  for (const word of words) {
    const value = small.get(word);
    const scale = scales.get(word);
    if (value !== undefined) {
      // "two three" is two numbers; "twenty three" is one.
      if (digits > 0 && !(digits >= 20 && value > 0 && value < 10)) return undefined;
      group += value;
      digits = value || 1;
    } else if (scale === 100) {
      group = (group || 1) * 100;
      digits = 0;
    } else if (scale !== undefined) {
      total += (group || 1) * scale;
      [group, digits] = [0, 0];
    } else return undefined;
  }
  return words.length ? total + group : undefined;
}

const numberWord = `(?:${[...small.keys(), ...scales.keys()].sort((a, b) => b.length - a.length).join('|')})`;
const words = new RegExp(
  `(?<![\\p{L}'])(?:(minus|negative)\\s+)?(?:(half an?|an?)\\s+(?=hundred|thousand|million|dozen|pair|couple))?(${numberWord}(?:[\\s-]+(?:and\\s+)?${numberWord})*)?(?:\\s*(dozen|pair|couple)s?(?: of)?)?(\\s+and\\s+a\\s+half)?(?![\\p{L}])`,
  'gu',
);
const figures = /(?<![\w.])(?:(?<=^|[\s(=:,$€£¥])[-+])?\s?[$€£¥]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w]|\.\d)/g;
const measure = '[个只条辆张朵块把本颗种匹头架位名群幅间棵座件根支片杯瓶双对盏顶扇艘台部人页层排行列岁元米幢栋束株根盆位]';
const chinese = new RegExp(`(负)?([${NUMERALS}]+(?:点[${NUMERALS}]+)?)(?=${measure}|$|[^\\p{Script=Han}])`, 'gu');
const vagueChinese = new RegExp(
  `几|多少|一些|若干|许多|很多|不少|数[只个十百]|(?:一两|两三|二三|三四|三五|四五|五六|六七|七八|八九)(?=${measure}|[十百千万])`,
);
const notChinese = /唯一|统一|第[一二两三四五六七八九十]+|一[起样定般共切直边旁]|十分|一[张幅](?=图|照|画)/g;

/** A number and its place in the text. */
interface Mention {
  value: number;
  start: number;
  end: number;
}

/** All numbers that a text names, in order. */
function mentions(text: string): Mention[] {
  const found: Mention[] = [];
  for (const m of text.matchAll(figures)) {
    const value = Number(m[0].replace(/[\s,$€£¥+]/g, ''));
    if (Number.isFinite(value)) found.push({ value, start: m.index, end: m.index + m[0].length });
  }
  for (const m of text.matchAll(words)) {
    if (!m[0].trim()) continue;
    const [, minus, article, spelled, unit, half] = m;
    // "Dozens" is no number.
    if (unit && !spelled && !article && /s(?: of)?$/.test(m[0].trim())) continue;
    const before = text.slice(Math.max(0, m.index - 8), m.index);
    const after = text.slice(m.index + m[0].length, m.index + m[0].length + 4);
    if (!spelled && !unit) continue;
    // "no one", "the red one", "one of them" name nobody's number.
    if (spelled === 'one' && !unit && (/(?:no|the|this|that|which|any|every|each|some) $/.test(before) || /^ (?:of|can)/.test(after)))
      continue;
    const base = spelled ? englishNumber(spelled) : 1;
    if (base === undefined) continue;
    const value = base * (unit === 'dozen' ? 12 : unit ? 2 : 1) * (article?.startsWith('half') ? 0.5 : 1) + (half ? 0.5 : 0);
    found.push({ value: minus ? -value : value, start: m.index, end: m.index + m[0].length });
  }
  const masked = text.replace(notChinese, (match) => '#'.repeat(match.length));
  for (const m of masked.matchAll(chinese)) {
    const value = chineseNumber(m[2] as string);
    if (value !== undefined) found.push({ value: m[1] ? -value : value, start: m.index, end: m.index + m[0].length });
  }
  if (!found.length && /(?<!\bnot |n't )\b(?:an?|only one) (?:single|lone)\b/.test(text)) found.push({ value: 1, start: 0, end: 0 });
  found.sort((a, b) => a.start - b.start);
  return found.filter((m, i) => !isWhole(text, m, found[i - 1], found[i + 1]));
}

/** "Two of the five", "of the five, two", 五个人中有两个: the number of the whole, which is not the answer. */
function isWhole(text: string, m: Mention, before: Mention | undefined, after: Mention | undefined): boolean {
  const lead = text.slice(before?.end ?? 0, m.start);
  if (before && /^\s*(?:\w+ )?(?:out )?of (?:the |these |those |all )*$/.test(lead)) return true;
  if (!after) return false;
  const rest = text.slice(m.end, after.start);
  return (
    (!before && /^\s*(?:out )?of (?:the |these |those |all )*$/.test(lead)) ||
    /^[^,，和]{1,6}(?:中|里|当中|之中)[,，]?(?:只|仅)?有?$/.test(rest)
  );
}

const concluding = /\b(?:so|therefore|thus|hence|total|altogether|in all|overall|sum)\b|=|共|总共|一共|合计|所以|因此/;
const denial =
  /(?:^|\b(?:is|are|see|contains|shows|has) )no (?!(?:more|fewer|less|doubt|question|problem|other|need|idea|single)\b)\w[^,]*?(?:,|\bbut\b)|^[^,，]{0,8}没有(?!错|问题)[^,，]{1,8}[,，]/;
const range = /^\s*(?:-|–|—|~|to|or|and|\/|或|到|至|、)\s*$/;
const bounded =
  /(?:\b(?:maybe|perhaps|possibly|at most|up to)|\b(?:more|fewer|less|greater|other) than|\bover|\bunder|\bbetween|多于|少于|超过|不到)\s*$/;

/** The words in front of a number, as far as they can bound it: a whole sentence would be looked through for each of its numbers. */
const wordsBefore = (sentence: string, at: number): string => sentence.slice(Math.max(0, at - 64), at);

/** Whether a line has one pattern behind another: looked for once each, however often the first comes. */
const follows = (text: string, first: RegExp, then: RegExp): boolean =>
  text.split('\n').some((line) => {
    const found = first.exec(line);
    return found !== null && then.test(line.slice(found.index + found[0].length));
  });

/**
 * The one number that a reply commits to: its marked answer, else its only number, else the number of its first sentence or of its
 * conclusion. "No dogs", "none" and 没有 are 0. Undefined for ranges ("two or three"), vague words and several different numbers; with
 * the question, the number of what it counts ("2 cats and 3 dogs").
 */
export function parseNumber(reply: string, question?: string): number | undefined {
  const { text, answer } = cleanReply(reply);
  const names = question === undefined ? undefined : countedNames(question);
  return (answer === undefined ? undefined : numberIn(answer, names)) ?? numberIn(text, names);
}

function numberIn(raw: string, names: Topic['names'] | undefined): number | undefined {
  const text = toSimplified(raw)
    .toLowerCase()
    .trim()
    .replace(/空无一(?=人|物)/g, '没有')
    .replace(/(?<=[^,，。])[,，]其中[^,，。;]*/g, '')
    .replace(new RegExp(`一(?:${measure}|点)?[^,，。;\\n]{0,8}?[也都](?=没|不|无)`, 'gu'), '');
  const sentences = text.split(/(?<!\d)\.(?!\d)|(?<=\d)\.(?=\s|$)|[!?;\n。]+|:\s/).filter((sentence) => sentence.trim());
  const read = sentences.map((sentence) => ({ sentence, found: mentions(sentence) }));
  const withNumbers = read.filter(({ found }) => found.length > 0);
  const asked = names && !vagueChinese.test(text) ? (labelled(names, text) ?? numberOf(names, read)) : undefined;
  if (asked !== undefined) return asked;
  if (!withNumbers.length) {
    const none =
      /\bno(?= \w)|\b(?:none|nothing|nobody|no one|zero|nil|without any)\b|\b(?:is|are) (?:\w+ly )?empty\b|没有|^无|^零|未/.test(text) ||
      follows(text, /\bnot\b/, /\b(?:any|a single)\b/) ||
      follows(text, /n't/, /\bany\b/);
    return none && !/\b(?:no idea|not sure|no image|maybe)\b|不知道|无法/.test(text) ? 0 : undefined;
  }
  const only = ({ sentence, found }: (typeof read)[number]): number | undefined => {
    for (let i = 0; i < found.length; i++) {
      const [a, b] = [found[i] as Mention, found[i + 1]];
      if (b && range.test(sentence.slice(a.end, b.start)) && a.value !== b.value) return undefined;
      if (bounded.test(wordsBefore(sentence, a.start))) return undefined;
    }
    const values = new Set(found.map((m) => m.value));
    return values.size === 1 ? (found[0] as Mention).value : undefined;
  };
  if (vagueChinese.test(text)) return undefined;
  const values = withNumbers.map(only);
  // "No dogs, but 2 cats": people deny what they were asked for, and then say what is there instead.
  const [first] = read;
  if (first && first === withNumbers[0] && denial.test(first.sentence.slice(0, first.found[0]?.start))) return 0;
  if (values.every((value) => value !== undefined) && new Set(values).size === 1) return values[0];
  const concluded = withNumbers.findLast(({ sentence }) => concluding.test(sentence));
  if (concluded) return only(concluded) ?? afterTotal(concluded.sentence, concluded.found);
  return withNumbers[0] === read[0] ? values[0] : undefined;
}

/** Any of the names, as the source of a pattern. */
const anyOf = (names: Topic['names']): string => names.map((words) => words.join(' ').replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|');

/** "Chairs: 5, tables: 2": the number after the name and its colon. */
function labelled(names: Topic['names'], text: string): number | undefined {
  const found = Array.from(
    text.matchAll(new RegExp(`(?:^|[,，;。.\\n] *)(?:number of )?(?:${anyOf(names)})(?:的?数量)? *[:=] *(\\d+)(?![\\d.])`, 'g')),
  );
  return found.length === 1 ? Number(found[0]?.[1]) : undefined;
}

/**
 * The number that a reply gives of what was asked for: "2 cats and 3 dogs", "no dogs, but 2 cats", "a dog". Undefined where it gives
 * none, several, a range or a sum.
 */
function numberOf(names: Topic['names'], read: readonly { sentence: string; found: readonly Mention[] }[]): number | undefined {
  const values = new Set<number>();
  const han = names.some(([name]) => /\p{Script=Han}/u.test(name as string));
  const name = anyOf(names);
  const noun = new RegExp(han ? `(?:${name})` : `\\b(?:${name})\\b`);
  const none = new RegExp(
    han
      ? `(?:没有|没|无|未见|看不到)(?:看到|发现)?(?:任何)?(?:${name})`
      : `\\b(?:no|any|without|zero|not an?) (?:(?!of\\b)\\w+ ){0,2}(?:${name})\\b`,
  );
  // "I don't see any apples": none of them.
  const denied = han
    ? undefined
    : new RegExp(`(?:n't|\\b(?:not|never|unable to|fail to)) (?:\\w+ ){0,3}?(?:any|an?) (?:(?!of\\b)\\w+ ){0,2}(?:${name})\\b`);
  const single = names.map((words) => words.join(' ')).filter((form) => !/(?:s|people|men|children)$/.test(form) || /ss$/.test(form));
  const one = single.length && !han ? new RegExp(`\\b(?:an?|single) (?:(?!of\\b|few\\b)\\w+ ){0,2}(?:${single.join('|')})\\b`) : undefined;
  for (const { sentence, found } of read) {
    if (concluding.test(sentence)) return undefined;
    let counted = false;
    for (const [i, m] of found.entries()) {
      const next = found[i + 1];
      if (bounded.test(wordsBefore(sentence, m.start)) || (next && range.test(sentence.slice(m.end, next.start)))) return undefined;
      const [after = ''] = sentence.slice(m.end, next?.start).split(/[,，;]|\b(?:and|but|with|in|on|near|next)\b|[和与及跟]/);
      if (!noun.test(after)) continue;
      values.add(m.value);
      counted = true;
    }
    if (counted) continue;
    if (denied?.test(sentence)) values.add(0);
    else if (none.test(sentence) && !/\bany\b/.test(none.exec(sentence)?.[0] ?? '')) values.add(0);
    else if (one?.test(sentence)) values.add(1);
  }
  return values.size === 1 ? [...values][0] : undefined;
}

/** "3 + 2 = 5", "2 cats and 3 dogs, so 5 animals in total": the last number of the conclusion. */
function afterTotal(sentence: string, found: readonly Mention[]): number | undefined {
  const at = Math.max(...Array.from(sentence.matchAll(new RegExp(concluding, 'g')), (m) => m.index));
  const after = found.filter((m) => m.start >= at);
  return after.length ? (after.at(-1) as Mention).value : found.at(-1)?.value;
}

/** The value of an answer that is nothing but a number, with its unit sign; undefined for anything else. */
export function wholeNumber(answer: string): { value: number; unit: string } | undefined {
  const text = toSimplified(plainMarks(answer))
    .toLowerCase()
    .trim()
    .replace(/(?<!\d)\.$|(?<=\d)\.$/, '');
  const sign = /^([-+]?)\s*([$€£¥]?)\s*([-+]?)((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+)\s*(%|percent|dollars?|euros?)?$/.exec(text);
  if (sign) {
    const [, before, currency, after, digits, suffix] = sign as unknown as string[];
    const unit =
      currency || (suffix === 'percent' ? '%' : suffix?.startsWith('dollar') ? '$' : suffix?.startsWith('euro') ? '€' : (suffix ?? ''));
    const value = Number((digits as string).replaceAll(',', ''));
    return { value: before === '-' || after === '-' ? -value : value, unit };
  }
  const negative = /^(?:minus|negative)\s+|^负/.exec(text)?.[0] ?? '';
  const rest = text.slice(negative.length);
  const value = englishNumber(rest) ?? chineseNumber(rest.replace(new RegExp(`(?<=[${NUMERALS}])${measure}$`, 'u'), ''));
  return value === undefined ? undefined : { value: negative ? -value : value, unit: '' };
}
