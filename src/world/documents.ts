// Documents with exact fields: forms, tables, charts and receipts in English and Chinese, printed with real fonts.

import { DrawnImage } from '../media/index.js';
import type { ContentPart } from '../text/index.js';
import type { Rng } from '../util/rng.js';
import { defineMediaWorld, type ItemOptions, type MediaQuestion, type Wording, worded } from './media-world.js';
import { drawSheet, FACES, type FaceName, Fonts, HELD_OUT_FACE, type Mark, type Sheet } from './print.js';
import { type Language, TINTS } from './vocabulary.js';

/** What kinds there are. */
export const DOCUMENTS = ['form', 'table', 'chart', 'receipt'] as const;
/** The kind of a document. */
export type DocumentKind = (typeof DOCUMENTS)[number];

/** A field as it is asked for and as it is printed. */
export interface DocumentField {
  name: string;
  value: string;
  /** Of tables, the column. */
  column?: string;
}

/** A document: what it says, and where all of it stands. */
export interface DocumentItem {
  kind: DocumentKind;
  title: string;
  fields: readonly DocumentField[];
  sheet: Sheet;
}

type Dials = 'width' | 'height' | 'fields';

const words = (text: string): readonly string[] => text.split(' ');

const NAMES: Record<Language, readonly string[]> = {
  en: words('Anna Ben Clara David Emma Frank Grace Henry Iris Jack Kate Leo Mary Noah Olga Paul Rosa Sam Tina Victor'),
  zh: words('王伟 李娜 张敏 刘洋 陈静 杨帆 赵磊 黄丽 周杰 吴芳 徐强 孙梅 马超 朱红 胡军 郭林 何平 高峰 林小 罗文'),
};
const CITIES: Record<Language, readonly string[]> = {
  en: words('Berlin Cairo Delhi Lima London Madrid Oslo Paris Prague Rome Seoul Sydney Tokyo Vienna'),
  zh: words('北京 上海 广州 深圳 成都 杭州 武汉 西安 南京 重庆 天津 苏州'),
};
const GOODS: Record<Language, readonly string[]> = {
  en: words('apple bread butter cake cheese coffee eggs fish honey juice milk pasta rice salt soup sugar tea water'),
  zh: words('苹果 面包 牛奶 鸡蛋 大米 茶叶 咖啡 果汁 蛋糕 蜂蜜 白糖 面条'),
};
const MONTHS: Record<Language, readonly string[]> = {
  en: words('Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'),
  zh: words('一月 二月 三月 四月 五月 六月 七月 八月 九月 十月 冬月 腊月'),
};

/** Fields of forms: the label by language, and a value. */
const FORM: readonly { en: string; zh: string; value(rng: Rng, language: Language): string }[] = [
  { en: 'Name', zh: '姓名', value: (rng, language) => rng.pick(NAMES[language]) },
  { en: 'City', zh: '城市', value: (rng, language) => rng.pick(CITIES[language]) },
  {
    en: 'Date',
    zh: '日期',
    value: (rng, language) =>
      language === 'zh' ? `${1 + rng.int(12)}月${1 + rng.int(28)}日` : `${1 + rng.int(28)} ${rng.pick(MONTHS.en)}`,
  },
  { en: 'Code', zh: '编号', value: (rng) => `${rng.pick([...'ABCDEFGHKLMNPRSTUVWXY'])}${10 + rng.int(90)}` },
  { en: 'Age', zh: '年龄', value: (rng) => String(18 + rng.int(70)) },
  { en: 'Room', zh: '房间', value: (rng) => String(100 + rng.int(900)) },
];
const TITLES: Record<DocumentKind, Record<Language, readonly string[]>> = {
  form: { en: ['Form', 'Visit', 'Order'], zh: ['登记表', '申请表'] },
  table: { en: ['Prices', 'Stock'], zh: ['价格表', '库存表'] },
  chart: { en: ['Sales', 'Visits'], zh: ['销量', '访问量'] },
  receipt: { en: ['Receipt', 'Corner Shop'], zh: ['收据', '小卖部'] },
};
const COLUMNS: Record<Language, readonly string[]> = { en: ['price', 'stock'], zh: ['价格', '库存'] };
const TOTAL: Record<Language, string> = { en: 'Total', zh: '合计' };

/** Puts lines of text on a sheet that is as wide as it is; text that does not fit is made smaller. */
class Printer {
  readonly marks: Mark[] = [];
  constructor(
    readonly width: number,
    readonly height: number,
    private readonly face: FaceName,
    private readonly ink: readonly [number, number, number],
    private readonly fonts: Fonts,
  ) {}

  /** A text at a height between left and right, at the side that is asked for. */
  text(text: string, o: { y: number; size: number; left: number; right: number; side?: 'left' | 'right' | 'middle' }): void {
    const room = o.right - o.left;
    let { size } = o;
    while (size > 6 && this.fonts.width(text, size, this.face) > room) size--;
    const spare = room - this.fonts.width(text, size, this.face);
    const x = Math.round(o.left + (o.side === 'right' ? spare : o.side === 'middle' ? spare / 2 : 0));
    this.marks.push({ kind: 'text', text, x, baseline: Math.round(o.y + 0.36 * size), size, face: this.face, ink: this.ink });
  }

  area(x0: number, y0: number, x1: number, y1: number, fill = this.ink): void {
    const [a, b] = [Math.round(x0), Math.round(y0)];
    this.marks.push({ kind: 'area', box: [a, b, Math.max(a + 1, Math.round(x1)), Math.max(b + 1, Math.round(y1))], fill });
  }
}

interface Layout {
  rng: Rng;
  language: Language;
  count: number;
  size: number;
}

type Make = (print: Printer, layout: Layout) => DocumentField[];

const MARGIN = 4;

const makers: Record<DocumentKind, Make> = {
  form(print, { rng, language, count, size }) {
    const { width, height } = print;
    const row = (height - 1.6 * size) / count;
    return rng.sample(FORM, count).map((field, i) => {
      const value = field.value(rng, language);
      const y = 1.6 * size + (i + 0.5) * row;
      print.text(`${field[language]}:`, { y, size, left: MARGIN, right: 0.45 * width });
      print.text(value, { y, size, left: 0.47 * width, right: width - MARGIN });
      print.area(0.46 * width, y + 0.6 * size, width - MARGIN, y + 0.6 * size + 1);
      return { name: field[language], value };
    });
  },
  table(print, { rng, language, count, size }) {
    const { width, height } = print;
    const row = (height - 1.6 * size - 2) / (count + 1);
    const edges = [0.45 * width, 0.72 * width, width - MARGIN];
    const cell = (text: string, column: number, i: number): void =>
      print.text(text, {
        y: 1.6 * size + (i + 0.5) * row,
        size,
        left: (edges[column - 1] ?? MARGIN) + 2,
        right: (edges[column] as number) - 2,
      });
    for (let i = 0; i <= count + 1; i++) print.area(MARGIN, 1.6 * size + i * row, width - MARGIN, 1.6 * size + i * row + 1);
    for (const x of [MARGIN, ...edges]) print.area(x, 1.6 * size, x + 1, 1.6 * size + (count + 1) * row);
    for (const [k, name] of COLUMNS[language].entries()) cell(name, k + 1, 0);
    return rng.sample(GOODS[language], count).flatMap((name, i) => {
      cell(name, 0, i + 1);
      return COLUMNS[language].map((column, k) => {
        const value = String(1 + rng.int(99));
        cell(value, k + 1, i + 1);
        return { name, column, value };
      });
    });
  },
  chart(print, { rng, language, count, size }) {
    const { width, height } = print;
    const first = rng.int(12);
    const [top, bottom] = [2.6 * size, height - 1.4 * size];
    const step = (width - 2 * MARGIN) / count;
    print.area(MARGIN, bottom, width - MARGIN, bottom + 1);
    const values = rng.sample(
      Array.from({ length: 89 }, (_, i) => 10 + i),
      count,
    );
    return values.map((n, i) => {
      const name = MONTHS[language][(first + i) % 12] as string;
      const [left, right] = [MARGIN + i * step, MARGIN + (i + 1) * step];
      const y = bottom - ((bottom - top) * n) / 100;
      print.area(left + 0.2 * step, y, right - 0.2 * step, bottom, TINTS[i % TINTS.length]?.rgb);
      print.text(String(n), { y: y - 0.6 * size, size, left, right, side: 'middle' });
      print.text(name, { y: bottom + 0.75 * size, size, left, right, side: 'middle' });
      return { name, value: String(n) };
    });
  },
  receipt(print, { rng, language, count, size }) {
    const { width, height } = print;
    const row = (height - 1.6 * size) / (count + 1);
    const line = (name: string, value: string, i: number): DocumentField => {
      const y = 1.6 * size + (i + 0.5) * row;
      print.text(name, { y, size, left: MARGIN, right: 0.6 * width });
      print.text(value, { y, size, left: 0.6 * width, right: width - MARGIN, side: 'right' });
      return { name, value };
    };
    const cents = Array.from({ length: count }, () => 10 * (5 + rng.int(95)));
    const price = (n: number): string => (n / 100).toFixed(2);
    const bought = rng.sample(GOODS[language], count).map((name, i) => line(name, price(cents[i] as number), i));
    print.area(MARGIN, 1.6 * size + count * row, width - MARGIN, 1.6 * size + count * row + 1);
    return [...bought, line(TOTAL[language], price(cents.reduce((a, b) => a + b, 0)), count)];
  },
};

/** Measures text in fonts that are read when the first document is made. */
const fonts = new Fonts();

function makeDocument(rng: Rng, { split, dials, language }: ItemOptions<Dials>): DocumentItem {
  const { width, height, fields: count } = dials;
  const kind = rng.pick(DOCUMENTS);
  const face = split === 'test-fonts' ? HELD_OUT_FACE : rng.pick(FACES.filter((name) => name !== HELD_OUT_FACE));
  const ink = rng.pick([
    [16, 16, 20],
    [12, 24, 84],
    [70, 12, 16],
  ] as const);
  const paper = rng.pick([
    [255, 255, 255],
    [250, 246, 232],
    [236, 242, 250],
  ] as const);
  const print = new Printer(width, height, face, ink, fonts);
  const most = (kind === 'form' ? Math.min(count, FORM.length) : count) + (kind === 'table' || kind === 'receipt' ? 1 : 0);
  const size = Math.max(
    8,
    Math.min(kind === 'chart' || kind === 'table' ? Math.round(width / 9) : Math.round(width / 8), Math.floor(height / (1.5 * (most + 1)))),
  );
  const title = rng.pick(TITLES[kind][language]);
  print.text(title, { y: 0.8 * size, size, left: MARGIN, right: width - MARGIN, side: 'middle' });
  const made = makers[kind](print, { rng, language, count: kind === 'form' ? Math.min(count, FORM.length) : count, size });
  return { kind, title, fields: made, sheet: { width, height, paper, marks: print.marks } };
}

const forms: Record<DocumentKind, Record<Language, readonly string[]>> = {
  form: { en: ['What is the X?', 'What does the form say for X?'], zh: ['X是什么？', '表上的X是什么？'] },
  table: { en: ['What is the Y of X?', 'Which Y does X have?'], zh: ['X的Y是多少？'] },
  chart: { en: ['What is the value for X?', 'How high is X?'], zh: ['X的数值是多少？'] },
  receipt: { en: ['How much is X?', 'What does X cost?'], zh: ['X多少钱？'] },
};

function ask(kind: DocumentKind, item: DocumentItem, how: Wording): MediaQuestion | undefined {
  if (item.kind !== kind) return undefined;
  const field = how.rng.pick(item.fields);
  const { name, value, column = '' } = field;
  const isTotal = kind === 'receipt' && name === TOTAL[how.language];
  if (isTotal) return { question: worded({ en: ['What is the total?'], zh: ['合计是多少？'] }, how), answer: value };
  const asked = kind === 'form' && how.language === 'en' ? name.toLowerCase() : name;
  return { question: worded(forms[kind], how, [asked, column]), answer: value };
}

/** Forms, tables, charts and receipts. */
export const documents = defineMediaWorld<DocumentItem, Dials, Fonts>({
  name: 'documents',
  title: 'world documents',
  about: 'forms, tables, charts and receipts in real fonts: one field each, by edit distance',
  splits: ['train', 'test', 'test-fonts'],
  dials: {
    width: { default: 128, from: 64, to: 1024, whole: true },
    height: { default: 128, from: 64, to: 1024, whole: true },
    /** Fields of a form or rows of a table. */
    fields: { default: 3, from: 1, to: 8, whole: true },
  },
  kinds: DOCUMENTS,
  score: 'anls',
  maxTokens: 16,
  load: async () => fonts,
  make: makeDocument,
  part: ({ sheet }, key, assets): ContentPart => ({
    type: 'image',
    source: new DrawnImage(sheet.width, sheet.height, key, () => drawSheet(sheet, assets)),
  }),
  ask: (item, kind, how) => ask(kind as DocumentKind, item, how),
  caption({ title, fields }, { language }) {
    const between = language === 'zh' ? '；' : '; ';
    return `${title}: ${fields.map(({ name, column, value }) => `${name}${column ? ` ${column}` : ''} ${value}`).join(between)}`;
  },
  requests: { en: ['Read the document.', 'Write down all that is printed.'], zh: ['读出这份文件。', '写出所有内容。'] },
});
