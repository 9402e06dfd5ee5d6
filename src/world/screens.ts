// Screens of small programs: buttons, boxes to tick and bars, with what each says, where it is and whether it can be used.

import { DrawnImage } from '../media/index.js';
import type { ContentPart } from '../text/index.js';
import type { Rng } from '../util/rng.js';
import { defineMediaWorld, type ItemOptions, type MediaQuestion, type Wording, worded } from './media-world.js';
import { drawSheet, type FaceName, Fonts, HELD_OUT_FACE, type Mark, type Sheet } from './print.js';
import type { Box } from './scene.js';
import type { Language } from './vocabulary.js';

/** What a user can press or tick. */
export interface Control {
  kind: 'button' | 'tick';
  label: string;
  box: Box;
  /** Column and row in a grid of 2 x 3. */
  cell: readonly [number, number];
  /** Of buttons, whether it can be pressed; of boxes, whether they are ticked. */
  on: boolean;
}

/** A screen and what is on it. */
export interface ScreenItem {
  title: string;
  controls: readonly Control[];
  sheet: Sheet;
}

type Dials = 'size' | 'controls';

const LABELS: Record<Language, readonly string[]> = {
  en: 'OK Save Open Send Print Back Next Help Stop Play Edit Copy Find Undo'.split(' '),
  zh: '确定 保存 打开 发送 打印 返回 下一步 帮助 停止 播放 编辑 复制 查找 撤销'.split(' '),
};
const TITLES: Record<Language, readonly string[]> = { en: ['Mail', 'Music', 'Notes', 'Photos'], zh: ['邮件', '音乐', '笔记', '照片'] };
const PLACES: Record<Language, readonly string[]> = {
  en: ['top left', 'top right', 'middle left', 'middle right', 'bottom left', 'bottom right'],
  zh: ['左上角', '右上角', '左边中间', '右边中间', '左下角', '右下角'],
};

const fonts = new Fonts();

function makeScreen(rng: Rng, { split, dials, language }: ItemOptions<Dials>): ScreenItem {
  const { size, controls: most } = dials;
  const face: FaceName = split === 'test-fonts' ? HELD_OUT_FACE : 'sans';
  const dark = rng.bool(0.4);
  const [paper, ink, plate, bar] = dark
    ? ([
        [40, 42, 48],
        [235, 235, 235],
        [70, 90, 140],
        [24, 26, 30],
      ] as const)
    : ([
        [240, 240, 244],
        [20, 20, 24],
        [206, 220, 246],
        [66, 110, 190],
      ] as const);
  const dim = dark ? ([100, 102, 108] as const) : ([176, 176, 180] as const);
  const text = Math.max(8, Math.round(size / 9));
  const head = Math.round(1.5 * text);
  const title = rng.pick(TITLES[language]);
  const marks: Mark[] = [
    { kind: 'area', box: [0, 0, size, head], fill: bar },
    { kind: 'text', text: title, x: 4, baseline: Math.round(head / 2 + 0.36 * text), size: text, face, ink: [250, 250, 250] },
  ];
  const cells = rng.sample([0, 1, 2, 3, 4, 5], 1 + rng.int(most));
  const labels = rng.sample(LABELS[language], cells.length);
  const [width, height] = [size / 2, (size - head) / 3];
  const controls = cells.map((cell, i): Control => {
    const [column, row] = [cell % 2, Math.floor(cell / 2)];
    const [x, y] = [column * width, head + row * height];
    const box: Box = [Math.round(x + 3), Math.round(y + 0.18 * height), Math.round(x + width - 3), Math.round(y + 0.82 * height)];
    const control: Control = {
      kind: rng.bool(0.7) ? 'button' : 'tick',
      label: labels[i] as string,
      box,
      cell: [column, row],
      on: rng.bool(0.6),
    };
    const room = box[2] - box[0];
    const isButton = control.kind === 'button';
    let letters = text;
    while (letters > 6 && fonts.width(control.label, letters, face) > (isButton ? room - 4 : room - text - 4)) letters--;
    const middle = (box[1] + box[3]) / 2;
    const baseline = Math.round(middle + 0.36 * letters);
    const usable = isButton && !control.on ? dim : ink;
    if (isButton) {
      marks.push({ kind: 'area', box, fill: control.on ? plate : paper, outline: usable });
      const x0 = Math.round(box[0] + (room - fonts.width(control.label, letters, face)) / 2);
      marks.push({ kind: 'text', text: control.label, x: x0, baseline, size: letters, face, ink: usable });
    } else {
      const side = Math.round(0.8 * text);
      const top = Math.round(middle - side / 2);
      marks.push({ kind: 'area', box: [box[0], top, box[0] + side, top + side], fill: paper, outline: ink });
      if (control.on) marks.push({ kind: 'area', box: [box[0] + 2, top + 2, box[0] + side - 2, top + side - 2], fill: ink });
      marks.push({ kind: 'text', text: control.label, x: box[0] + side + 3, baseline, size: letters, face, ink });
    }
    return control;
  });
  return { title, controls, sheet: { width: size, height: size, paper, marks } };
}

const place = ({ cell: [column, row] }: Control, language: Language): string => PLACES[language][2 * row + column] as string;

type Ask = (screen: ScreenItem, how: Wording) => MediaQuestion | undefined;

const asks: Record<string, Ask> = {
  label({ controls }, how) {
    const control = how.rng.pick(controls);
    const forms = { en: ['What does the control at the X say?', 'What is written at the X?'], zh: ['X写着什么？'] };
    return { question: worded(forms, how, [place(control, how.language)]), answer: control.label };
  },
  place({ controls }, how) {
    const control = how.rng.pick(controls);
    return { question: worded({ en: ['Where is X?'], zh: ['X在哪里？'] }, how, [control.label]), answer: place(control, how.language) };
  },
  state({ controls }, how) {
    const { language, rng } = how;
    const control = rng.pick(controls);
    const forms =
      control.kind === 'button' ? { en: ['Can X be pressed?'], zh: ['X可以按吗？'] } : { en: ['Is X ticked?'], zh: ['X勾选了吗？'] };
    const words = language === 'zh' ? (control.kind === 'button' ? ['可以', '不可以'] : ['勾选了', '没有']) : ['yes', 'no'];
    return { question: worded(forms, how, [control.label]), answer: words[control.on ? 0 : 1] as string };
  },
  kind({ controls }, how) {
    const control = how.rng.pick(controls);
    const words = how.language === 'zh' ? { button: '按钮', tick: '复选框' } : { button: 'button', tick: 'box' };
    return {
      question: worded({ en: ['Is X a button or a box to tick?'], zh: ['X是按钮还是复选框？'] }, how, [control.label]),
      answer: words[control.kind],
    };
  },
};

/** Screens of up to six controls. */
export const screens = defineMediaWorld<ScreenItem, Dials, Fonts>({
  name: 'screens',
  title: 'world screens',
  about: 'screens of buttons and boxes: what they say, where they are, whether they can be used; by edit distance',
  splits: ['train', 'test', 'test-fonts'],
  dials: {
    size: { default: 128, from: 64, to: 1024, whole: true },
    /** Controls on a screen, at most. */
    controls: { default: 4, from: 1, to: 6, whole: true },
  },
  kinds: Object.keys(asks),
  score: 'anls',
  maxTokens: 12,
  load: async () => fonts,
  make: makeScreen,
  part: ({ sheet }, key, assets): ContentPart => ({
    type: 'image',
    source: new DrawnImage(sheet.width, sheet.height, key, () => drawSheet(sheet, assets)),
  }),
  ask: (screen, kind, how) => asks[kind]?.(screen, how),
  caption({ title, controls }, { language }) {
    const each = controls.map((control) => `${control.label} (${place(control, language)})`);
    return `${title}: ${each.join(language === 'zh' ? '、' : ', ')}`;
  },
  requests: { en: ['What is on the screen?', 'Describe the screen.'], zh: ['屏幕上有什么？', '描述这个屏幕。'] },
});
