// The answer normalisation of the VQA evaluation (Antol et al. 2015): punctuation, number words, articles, contractions; plus Chinese.

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

function stripPunctuation(text: string): string {
  let out = text;
  const digitComma = /\d,\d/.test(text);
  // The official rule: a mark beside a space (or anywhere, once a number like 1,000 is present) vanishes, any other becomes a space.
  for (const mark of punctuation)
    out = out.replaceAll(mark, digitComma || text.includes(`${mark} `) || text.includes(` ${mark}`) ? '' : ' ');
  return out.replace(/(?<!\d)\.(?!\d)|\.$/g, '');
}

const digitsZh = '零一二三四五六七八九十';

/** Chinese: punctuation dropped, a bare number (with 两 and a measure word) becomes digits, 红色的 is 红色. */
function normaliseChinese(text: string): string {
  const bare = text.replace(/[\s\p{P}]/gu, '').replace(/(?<=色)的$/u, '');
  const number = /^([零一二两三四五六七八九十]|\d+)(?:个|只|条|辆|朵|块|张|把|本|颗|种|匹|头|架)?$/u.exec(bare)?.[1];
  if (number === undefined) return bare;
  return /\d/.test(number) ? number : String(digitsZh.indexOf(number === '两' ? '二' : number));
}

/**
 * An answer as the VQA evaluation compares it. The official script normalises only where annotators disagree, and articles only in
 * the prediction; here both sides always go through the whole of it, so that equal answers are always equal.
 */
export function normaliseAnswer(answer: string): string {
  const text = answer
    .normalize('NFKC')
    .replace(/[‘’ʼ´]/g, "'")
    .replace(/[\n\t\r]/g, ' ')
    .trim();
  if (/\p{Script=Han}/u.test(text)) return normaliseChinese(text.toLowerCase());
  return stripPunctuation(text)
    .toLowerCase()
    .split(/\s+/)
    .map((word) => words.get(word) ?? word)
    .filter((word) => word !== '' && !articles.has(word))
    .map((word) => contractions.get(word) ?? word)
    .join(' ');
}
