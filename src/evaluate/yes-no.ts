// Reading yes or no out of a reply: the official POPE rule, kept exactly, beside a rule that reads what was said.

export type YesNo = 'yes' | 'no';
/** What a reply says; `unknown` when it commits to neither. */
export type Said = YesNo | 'unknown';

/**
 * The official POPE parser: the text before the first '.', commas dropped, split on single spaces;
 * any token among No, not, no means no, *everything else means yes* (also "There isn't a dog", "NO" and an empty reply).
 */
export function parseOfficial(reply: string): YesNo {
  const words = (reply.split('.')[0] as string).replaceAll(',', '').split(' ');
  return words.includes('No') || words.includes('not') || words.includes('no') ? 'no' : 'yes';
}

const unsureEnglish =
  /\b(?:not (?:sure|certain|clear)|unsure|uncertain|don'?t know|(?:can'?t|cannot|can not) (?:tell|say|see|determine|answer)|unable to|maybe|perhaps)\b/;
const unsureChinese = /不知道|不确定|不清楚|无法|看不清|看不出|可能|也许|或许|说不准/;
const negations = new Set(['no', 'not', 'none', 'nope', 'nothing', 'without', 'never', 'neither', 'false', 'cannot', 'absent']);
const affirmations = new Set(['yes', 'yeah', 'yep', 'true', 'correct', 'indeed', 'present']);
const contraction = /^(?:is|are|was|were|do|does|did|has|have|had|ca|could|wo|would|ai)n'?t$/;

/**
 * Yes or no from English or Chinese, whatever the case, punctuation, width or apostrophes: a leading yes/no (是, 有, 没有, 不是 …)
 * decides, then doubt ("not sure") is unknown, then negations and contractions, then affirmations or a plain "there is".
 */
export function parseRobust(reply: string): Said {
  const text = reply
    .normalize('NFKC')
    .replace(/[‘’ʼ`´]/g, "'")
    .toLowerCase()
    .trim();
  const chinese = text.replace(/[^\p{Script=Han}]/gu, '');
  if (chinese && chinese.length * 2 >= text.replace(/[^\p{L}]/gu, '').length) return parseChinese(chinese);
  const words = text.split(/[^\p{L}\p{N}']+/u).filter(Boolean);
  const first = words[0];
  if (first === undefined) return 'unknown';
  if (first === 'yes' || first === 'yeah' || first === 'yep') return 'yes';
  if ((first === 'no' || first === 'nope') && words[1] !== 'idea') return 'no';
  if (unsureEnglish.test(text) || text.startsWith('no idea')) return 'unknown';
  // Only the first sentence decides: what follows ("… It is not on the table") qualifies the answer, it does not change it.
  for (const sentence of text.split(/[.!?\n;]+/)) {
    const said = parseSentence(sentence.split(/[^\p{L}\p{N}']+/u).filter(Boolean));
    if (said !== 'unknown') return said;
  }
  return 'unknown';
}

function parseSentence(words: string[]): Said {
  for (const word of words) {
    if (negations.has(word) || contraction.test(word)) return 'no';
    if (affirmations.has(word)) return 'yes';
  }
  return /\b(?:there(?:'s| is| are)|(?:it|this|that|they|he|she|i|we) (?:is|does|do|are|can see|see)|it's|they're|i see|contains|shows)\b/.test(
    words.join(' '),
  )
    ? 'yes'
    : 'unknown';
}

function parseChinese(text: string): Said {
  if (unsureChinese.test(text)) return 'unknown';
  if (/^(?:没|不|否|无|未|非|并没|并不|错)/.test(text)) return 'no';
  if (/^(?:有|是|对|嗯|在|存在|正确|确实|当然|可以)/.test(text)) return 'yes';
  if (/没有|不是|不存在|不在|没看|看不到|并无|没/.test(text)) return 'no';
  return /有|存在|是/.test(text) ? 'yes' : 'unknown';
}
