// The answer normalization of the VQA evaluation (Antol et al. 2015): punctuation, number words, articles, contractions; plus Chinese.

import { toSimplified } from '../chinese.js';
import { wholeNumber } from '../numbers.js';
import { plainMarks } from '../reply.js';

const punctuation = [...';/[]"{}()=+\\_-><@`,?!'];
const numbers = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
const words = new Map<string, string>([['none', '0'], ...numbers.map((word, i): [string, string] => [word, String(i)])]);
const articles = new Set(['a', 'an', 'the']);

// Contractions that people and models type without their apostrophes. Left out on purpose, as in the official table:
// those whose bare form is a word of its own (its, were, well, ill, shell, hell, wed, id, cant is in).
const contractions = new Map<string, string>();
for (const whole of (
  "ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't he'd've he's how'd how'll how's " +
  "isn't it'd it'd've it'll let's ma'am mightn't mightn't've might've mustn't must've needn't not've o'clock oughtn't shan't she'd've she's " +
  "should've shouldn't shouldn't've that'd that'd've that's there'd there'd've there're there's they'd they'd've they'll they're they've " +
  "'twas wasn't we'd've we've weren't what'll what're what's what've when's where'd where's where've who'd who'd've who'll who's who've " +
  "why'll why're why's won't would've wouldn't wouldn't've y'all you'd you'd've you'll you're you've"
).split(' ')) {
  const pieces = whole.split("'");
  // Every way of losing one or more of the apostrophes.
  for (let mask = 1; mask < 1 << (pieces.length - 1); mask++)
    contractions.set(
      pieces.reduce((left, right, i) => left + (mask & (1 << (i - 1)) ? '' : "'") + right),
      whole,
    );
}

/** The VQA evaluation's rule for punctuation: a mark beside a space vanishes, any other becomes a space. */
export function stripPunctuation(text: string): string {
  let out = text;
  const digitComma = /\d,\d/.test(text);
  // The official rule: a mark beside a space (or anywhere, once a number like 1,000 is present) vanishes, any other becomes a space.
  for (const mark of punctuation)
    out = out.replaceAll(mark, digitComma || text.includes(`${mark} `) || text.includes(` ${mark}`) ? '' : ' ');
  return out.replace(/(?<!\d)\.(?!\d)|\.$/g, '');
}

// British spellings of words that answers are made of; the American one is compared.
const spellings = new Map(
  'grey gray|greyish grayish|colour color|colours colors|coloured colored|colourful colorful|centre center|theatre theater|metre meter|metres meters|tyre tire|tyres tires|aeroplane airplane|aeroplanes airplanes|aluminium aluminum|moustache mustache|jewellery jewelry|pyjamas pajamas|doughnut donut|doughnuts donuts|yoghurt yogurt|storey story'
    .split('|')
    .map((pair) => pair.split(' ') as [string, string]),
);

/** The space in "10 cm", "3 pm". */
const unitGap = /(?<=\d) (?=(?:[mck]?m|[km]?g|m?l|lbs?|oz|ft|mph|km\/h|am|pm|°[cf]|[kmg]b)$)/i;

/** Chinese: simplified, punctuation dropped, a bare number (with its measure word) becomes digits, 红色的 is 红色. */
function normalizeChinese(text: string): string {
  const bare = toSimplified(text)
    .replace(/(?<!\d)[.](?!\d)|[^\S.]|(?![.$%-])[\p{P}]/gu, '')
    .replace(/(?<=色)的$/u, '');
  const number = wholeNumber(bare.replace(/(?<=\d)[个只条辆朵块张把本颗种匹头架]$/u, ''));
  return number ? `${number.value}${number.unit}` : bare;
}

/**
 * An answer in the form in which answers are compared: the rules of the VQA evaluation (punctuation, number words, articles,
 * contractions) on both sides, mended where the published script loses the answer: an answer that is only an article stays, -3 keeps its
 * sign, numbers beyond ten and Chinese numerals become digits, and spellings are one (grey, gray). The published form is
 * `normalizeAnswerOfficial`.
 */
export function normalizeAnswer(answer: string): string {
  const text = plainMarks(answer).replace(/\s+/g, ' ').trim().replace(unitGap, '');
  const number = wholeNumber(text);
  if (number && number.value >= -Number.MAX_SAFE_INTEGER && number.value <= Number.MAX_SAFE_INTEGER)
    return number.unit === '%' ? `${number.value}%` : `${number.unit}${number.value}`;
  if (/\p{Script=Han}/u.test(text)) return normalizeChinese(text.toLowerCase());
  const spaced = stripPunctuation(text.replace(/(?<![\w.])-(?=\d)/g, '\u2212'))
    .replaceAll('\u2212', '-')
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean);
  const kept = spaced.filter((word) => !articles.has(word));
  return (kept.length ? kept : spaced)
    .map((word) => words.get(word) ?? word)
    .map((word) => contractions.get(word) ?? spellings.get(word) ?? word)
    .join(' ');
}
