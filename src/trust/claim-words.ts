// The words that claims are made of besides the names of objects: attributes, numbers, relations, places, in English and Chinese.

import type { AttributeKind, ClaimRelation, ImagePlace } from './claim.js';

/** An attribute that a word gives. */
export interface AttributeWord {
  kind: AttributeKind;
  value: string;
}

// value: words
const attributes: Record<AttributeKind, { en: string; zh: string }> = {
  color: {
    en: 'red: red reddish crimson scarlet maroon|orange: orange|yellow: yellow golden|green: green olive lime|blue: blue navy turquoise teal azure|purple: purple violet lavender|pink: pink magenta|gray: gray grey silver|black: black|white: white|brown: brown tan beige',
    zh: '红: 红色 红 大红|橙: 橙色 橙 橘色|黄: 黄色 黄 金色|绿: 绿色 绿|蓝: 蓝色 蓝|紫: 紫色 紫|粉: 粉色 粉红色 粉红|灰: 灰色 灰 银色|黑: 黑色 黑|白: 白色 白|棕: 棕色 褐色 咖啡色',
  },
  size: { en: 'big: big large huge giant enormous|small: small little tiny miniature', zh: '大: 巨大 大|小: 小 微小 小小' },
  material: {
    en: 'wood: wooden wood|metal: metal metallic steel|plastic: plastic|glass: glass|stone: stone concrete|brick: brick|leather: leather|paper: paper',
    zh: '木: 木制 木质 木头|金属: 金属|塑料: 塑料|玻璃: 玻璃|石: 石头 石制|皮: 皮制 皮质',
  },
};
/** The English value of each Chinese one, so that both are compared with one truth. */
const english: Record<string, string> = Object.fromEntries(
  '红 red|橙 orange|黄 yellow|绿 green|蓝 blue|紫 purple|粉 pink|灰 gray|黑 black|白 white|棕 brown|大 big|小 small|木 wood|金属 metal|塑料 plastic|玻璃 glass|石 stone|皮 leather'
    .split('|')
    .map((pair) => pair.split(' ')),
);

const table = (language: 'en' | 'zh'): Map<string, AttributeWord> =>
  new Map(
    Object.entries(attributes).flatMap(([kind, lists]) =>
      lists[language].split('|').flatMap((row) => {
        const [value = '', words = ''] = row.split(': ');
        return words
          .split(' ')
          .map((word): [string, AttributeWord] => [word, { kind: kind as AttributeKind, value: english[value] ?? value }]);
      }),
    ),
  );
const [enWords, zhWords] = [table('en'), table('zh')];

/** The attribute that an English word gives; a word in -ish or -colored gives that of its stem. */
export function englishAttribute(word: string): AttributeWord | undefined {
  return enWords.get(word) ?? enWords.get(word.replace(/-?(?:ish|colou?red)$/, ''));
}

/** Chinese attribute words, longest first, as the source of a pattern. */
export const chineseAttributes: string = [...zhWords.keys()].sort((a, b) => b.length - a.length).join('|');
export const chineseAttribute = (word: string): AttributeWord | undefined => zhWords.get(word);

/** The words of a color in a language, the plainest first: what a correction writes. */
export function colorWord(value: string, language: 'en' | 'zh'): string {
  if (language === 'en') return value;
  for (const [word, found] of zhWords) if (found.kind === 'color' && found.value === value) return word;
  return value;
}

/** The color that a text names, by its first color word; undefined where it names none. */
export function colorIn(text: string): string | undefined {
  const lower = text.toLowerCase();
  for (const word of lower.match(/[a-z-]+/g) ?? []) {
    const found = englishAttribute(word);
    if (found?.kind === 'color') return found.value;
  }
  const han = new RegExp(chineseAttributes).exec(lower)?.[0];
  const found = han === undefined ? undefined : chineseAttribute(han);
  return found?.kind === 'color' ? found.value : undefined;
}

const numbers = 'zero one two three four five six seven eight nine ten eleven twelve'.split(' ');

/** The value of an English number word or of digits; undefined for every other word. */
export function smallNumber(word: string): number | undefined {
  if (/^\d{1,3}$/.test(word)) return Number(word);
  const at = numbers.indexOf(word);
  return at >= 0 ? at : word === 'pair' || word === 'couple' ? 2 : word === 'dozen' ? 12 : undefined;
}

/** A count in words: "two", 两; digits beyond twelve. */
export function countWord(count: number, language: 'en' | 'zh'): string {
  if (language === 'en') return numbers[count] ?? String(count);
  return ['零', '一', '两', '三', '四', '五', '六', '七', '八', '九', '十', '十一', '十二'][count] ?? String(count);
}

// In order: "on top of" is not "on", and "in front of" is not "in".
const relations: readonly (readonly [ClaimRelation, string])[] = [
  ['front', 'in front of'],
  ['behind', 'behind|at the back of|in the back of'],
  ['left', '(?:to|on|at) the (?:far |immediate |upper |lower )?left(?: side| hand side)? of|on the left of|left of'],
  ['right', '(?:to|on|at) the (?:far |immediate |upper |lower )?right(?: side| hand side)? of|on the right of|right of'],
  ['on', 'on top of|atop|on|upon'],
  ['above', 'above|over'],
  ['under', 'under|underneath|beneath'],
  ['below', 'below'],
  ['inside', 'inside of|inside|within|in'],
  ['near', 'next to|beside|near to|near|close to|alongside|adjacent to|by|nearby'],
];

/** English relations at the end of a text, first the longest of each kind. */
export const englishRelations: readonly (readonly [ClaimRelation, RegExp])[] = relations.map(([name, source]) => [
  name,
  new RegExp(`(?:^|\\s)(?:${source})$`, 'i'),
]);

/** Chinese relations behind the second noun: 在杯子的左边. */
export const chineseRelations: Readonly<Record<string, ClaimRelation>> = Object.fromEntries(
  (
    'left: 左边 左侧 左面 左方|right: 右边 右侧 右面 右方|above: 上方 上面|on: 上|below: 下方 下面|under: 底下 下|inside: 里面 里 内部 内 之中|' +
    'near: 旁边 附近 边上 身边 一旁|front: 前面 前方 面前|behind: 后面 后方 背后'
  )
    .split('|')
    .flatMap((row) => {
      const [name = '', words = ''] = row.split(': ');
      return words.split(' ').map((word) => [word, name as ClaimRelation]);
    }),
);

const columns: Readonly<Record<string, ImagePlace['column']>> = { left: 'left', right: 'right', 左: 'left', 右: 'right' };
const rows: Readonly<Record<string, ImagePlace['row']>> = {
  top: 'top',
  upper: 'top',
  bottom: 'bottom',
  lower: 'bottom',
  上: 'top',
  下: 'bottom',
};

/** The part of the image that words such as "top left" or 左上方 name; undefined where they name none. */
export function placeOf(words: string): ImagePlace | undefined {
  const found = words.toLowerCase().match(/left|right|top|upper|bottom|lower|左|右|上|下/g) ?? [];
  const column = found.map((word) => columns[word]).find(Boolean);
  const row = found.map((word) => rows[word]).find(Boolean);
  if (column || row) return { ...(column ? { column } : {}), ...(row ? { row } : {}) };
  return /middle|cent(?:er|re)|中/.test(words.toLowerCase()) ? { column: 'middle', row: 'middle' } : undefined;
}
