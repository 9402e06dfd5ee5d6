// Drawings of things: tools on a wall, fruit on a plate, jars on a shelf.

import { a, backdrop, COLORS, type Color, capital, circle, type Drawing, group, inWords, line, path, rect, text } from './drawing.js';

const STEEL = '#aeb6bf';
const DARK_STEEL = '#7f8a94';

/** Tools, drawn upright around (0, 0), about 200 high; `h` is the color of the handle. */
const tools: Readonly<Record<string, { use: string; draw: (h: string) => string }>> = {
  hammer: {
    use: 'It drives nails.',
    draw: (h) =>
      rect(-9, -60, 18, 160, h, { rx: 8 }) +
      path('M-46 -92 h74 q14 0 18 16 v10 h-92 q-10 -14 0 -26z', STEEL) +
      rect(-50, -92, 14, 34, DARK_STEEL, { rx: 3 }),
  },
  screwdriver: {
    use: 'It turns screws.',
    draw: (h) =>
      rect(-6, -100, 12, 96, STEEL) +
      path('M-6 -100 h12 l4 -14 h-20z', DARK_STEEL) +
      rect(-18, -8, 36, 108, h, { rx: 14 }) +
      line('M-7 8 v76 M7 8 v76', '#00000030', 4),
  },
  wrench: {
    use: 'It turns nuts and bolts.',
    draw: (h) =>
      rect(-12, -56, 24, 150, h, { rx: 10 }) +
      path('M-34 -100 q-14 44 22 52 h24 q36 -8 22 -52 l-18 -8 v34 h-32 v-34z', STEEL) +
      circle(0, 78, 6, COLORS.white),
  },
  saw: {
    use: 'It cuts wood.',
    draw: (h) =>
      path(`M-22 -104 h30 l20 136 h-56z`, STEEL) +
      path(
        `M-22 -104 ${Array.from({ length: 9 }, (_, i) => `L-${30 + i * 0.5} ${-96 + i * 15} L-${22 + (i + 1) * 0.7} ${-90 + i * 15}`).join(' ')} L-28 32z`,
        DARK_STEEL,
      ) +
      path('M-34 26 h70 q16 34 2 70 h-60 q-24 -30 -12 -70z', h) +
      path('M-12 48 h28 q8 14 0 30 h-26 q-10 -14 -2 -30z', '#00000035'),
  },
  pliers: {
    use: 'They grip and bend wire.',
    draw: (h) =>
      line('M-8 -8 q-34 40 -26 104', h, 20) +
      line('M8 -8 q34 40 26 104', h, 20) +
      path('M-20 6 q-14 -60 10 -108 q8 40 10 60 q2 -20 10 -60 q24 48 10 108z', STEEL) +
      circle(0, -8, 9, DARK_STEEL) +
      line('M0 -88 v52', DARK_STEEL, 2),
  },
  paintbrush: {
    use: 'It spreads paint.',
    draw: (h) =>
      path('M-34 -104 q34 -14 68 0 v54 h-68z', '#e3cfa4') +
      line('M-20 -98 v44 M-4 -102 v48 M14 -100 v46', '#b99b62', 3) +
      rect(-36, -54, 72, 26, STEEL) +
      path('M-28 -28 h56 q-14 30 -14 50 l4 70 q-18 14 -36 0 l4 -70 q0 -20 -14 -50z', h) +
      circle(0, 82, 5, COLORS.white),
  },
};

function tool(kind: string, color: Color, wall: string): Drawing {
  const { use, draw } = tools[kind] as (typeof tools)[string];
  const [width, height] = [256, 288];
  const holes = Array.from({ length: 49 }, (_, i) => circle(20 + (i % 7) * 36, 36 + Math.floor(i / 7) * 36, 3, '#00000022')).join('');
  const many = kind === 'pliers';
  const verb = many ? 'hang' : 'hangs';
  return {
    name: `tool-${kind}-${color}`,
    width,
    height,
    ending: 'png',
    svg:
      backdrop(width, height, wall) +
      holes +
      group('translate(134 156)', `<g opacity="0.22" transform="translate(8 10)">${draw('#000')}</g>`) +
      group('translate(128 146)', draw(COLORS[color])),
    caption: `${many ? 'Pliers' : capital(a(kind))} with ${a(color)} handle ${verb} on a pegboard.`,
    questions: [
      ['Which tool is this?', capital(kind)],
      ['What color is the handle?', capital(color)],
      ['What is it used for?', use],
    ],
  };
}

/** A fruit around (0, 0), about 60 wide. */
const fruits: Readonly<Record<string, { many: string; color: string; draw: string }>> = {
  apple: {
    many: 'apples',
    color: 'Red',
    draw:
      path('M0 -18 q30 -20 32 12 q0 36 -32 40 q-32 -4 -32 -40 q2 -32 32 -12z', COLORS.red) +
      line('M0 -18 q2 -12 8 -16', COLORS.brown, 4) +
      path('M4 -24 q14 -16 24 -4 q-12 12 -24 4z', COLORS.green) +
      circle(-13, -4, 6, '#ffffff66'),
  },
  pear: {
    many: 'pears',
    color: 'Green',
    draw:
      path('M0 -36 q14 0 14 18 q20 18 18 34 q-2 20 -32 20 q-30 0 -32 -20 q-2 -16 18 -34 q0 -18 14 -18z', '#a4b94a') +
      line('M0 -36 q2 -8 6 -10', COLORS.brown, 4) +
      circle(-12, 10, 6, '#ffffff55'),
  },
  orange: {
    many: 'oranges',
    color: 'Orange',
    draw: circle(0, 4, 32, COLORS.orange) + circle(0, -22, 4, COLORS.green) + circle(-12, -6, 7, '#ffffff55'),
  },
  banana: {
    many: 'bananas',
    color: 'Yellow',
    draw:
      path('M-34 -20 q4 44 50 44 q14 0 18 -8 q-40 -4 -52 -42z', COLORS.yellow) +
      line('M-31 -18 q8 36 44 40', '#c9982c', 3) +
      rect(-37, -26, 12, 9, COLORS.brown, { rx: 3 }),
  },
  lemon: {
    many: 'lemons',
    color: 'Yellow',
    draw:
      path('M-38 4 q6 -4 8 -10 q30 -40 60 0 q2 6 8 10 q-6 4 -8 10 q-30 40 -60 0 q-2 -6 -8 -10z', '#f6d743') +
      circle(-10, -6, 6, '#ffffff77'),
  },
  strawberry: {
    many: 'strawberries',
    color: 'Red',
    draw:
      path('M0 36 q-34 -22 -30 -46 q6 -14 30 -12 q24 -2 30 12 q4 24 -30 46z', '#d63a4a') +
      path('M-24 -18 q12 2 12 10 q6 -8 12 -8 q6 0 12 8 q0 -8 12 -10 q-14 -12 -24 -8 q-10 -4 -24 8z', COLORS.green) +
      [
        [-12, 0],
        [8, -2],
        [-2, 14],
        [14, 10],
        [-16, 12],
        [4, 26],
      ]
        .map(([x, y]) => circle(x as number, y as number, 2, '#ffe9a8'))
        .join(''),
  },
};

const PLACES: readonly (readonly [number, number])[][] = [
  [[0, 0]],
  [
    [-44, 0],
    [44, 0],
  ],
  [
    [-46, 26],
    [46, 26],
    [0, -40],
  ],
  [
    [-46, -40],
    [46, -40],
    [-46, 42],
    [46, 42],
  ],
  [
    [-62, -44],
    [62, -44],
    [0, 0],
    [-62, 46],
    [62, 46],
  ],
];

function fruit(kind: string, count: number, plate: Color, cloth: string): Drawing {
  const { many, color, draw } = fruits[kind] as (typeof fruits)[string];
  const [width, height] = [320, 256];
  const rim = plate === 'white' ? '#dcd8cc' : '#00000028';
  const things = (PLACES[count - 1] as (typeof PLACES)[number])
    .map(([x, y]) => group(`translate(${160 + x} ${126 + y})`, `<ellipse cx="3" cy="32" rx="30" ry="8" fill="#00000026"/>`, draw))
    .join('');
  const names = count === 1 ? kind : many;
  return {
    name: `fruit-${inWords(count)}-${names}`,
    width,
    height,
    ending: 'jpg',
    svg: `${backdrop(width, height, cloth)}<ellipse cx="166" cy="140" rx="138" ry="108" fill="#00000022"/><ellipse cx="160" cy="130" rx="138" ry="108" fill="${COLORS[plate]}"/><ellipse cx="160" cy="130" rx="108" ry="82" fill="none" stroke="${rim}" stroke-width="4"/>${things}`,
    caption: `${capital(inWords(count))} ${names} on ${a(plate)} plate.`,
    questions: [
      ['Which fruit is on the plate?', capital(names)],
      [`How many ${many} are there?`, capital(inWords(count))],
      ['What color is the plate?', capital(plate)],
      ['What color is the fruit?', color],
    ],
  };
}

function jar(label: string, content: string, share: number, lid: Color): Drawing {
  const [width, height] = [224, 288];
  const [top, bottom] = [88, 252];
  const level = bottom - (bottom - top) * share;
  const words = share === 1 ? 'full' : share === 0.5 ? 'half full' : 'almost empty';
  return {
    name: `jar-${label.toLowerCase()}`,
    width,
    height,
    ending: 'png',
    svg:
      backdrop(width, height, '#e6dccb') +
      rect(0, 256, width, 32, '#a9825a') +
      rect(0, 256, width, 5, '#8a6844') +
      rect(44, level, 136, bottom - level, content, { rx: 12 }) +
      rect(40, 76, 144, 182, '#ffffff30', { rx: 22, stroke: '#8d99a3', 'stroke-width': 5 }) +
      rect(52, 44, 120, 34, COLORS[lid], { rx: 8 }) +
      line('M64 52 v18 M84 52 v18 M104 52 v18 M124 52 v18 M144 52 v18 M162 52 v18', '#00000022', 4) +
      rect(58, 138, 108, 56, '#fffdf4', { rx: 6, stroke: '#c9bfa8', 'stroke-width': 2 }) +
      text(112, 174, 22, label, { 'text-anchor': 'middle', 'font-weight': 'bold' }) +
      line('M58 100 v34 M58 204 v30', '#ffffff90', 6),
    caption: `A jar with ${a(lid)} lid, labeled "${label}", is ${words}.`,
    questions: [
      ['What does the label say?', label],
      ['How full is the jar?', capital(words)],
      ['What color is the lid?', capital(lid)],
    ],
  };
}

/** Tools, fruit and jars; the last of each theme are held out for the test. */
export const things: readonly { drawings: readonly Drawing[]; test: number }[] = [
  {
    test: 2,
    drawings: [
      tool('hammer', 'red', '#d9e2dc'),
      tool('screwdriver', 'blue', '#e8dfcf'),
      tool('wrench', 'green', '#dfe3ea'),
      tool('saw', 'orange', '#dce5e0'),
      tool('pliers', 'red', '#e8e2d4'),
      tool('paintbrush', 'purple', '#e2e6da'),
      tool('hammer', 'black', '#e4dccb'),
      tool('screwdriver', 'orange', '#dbe3ea'),
      tool('saw', 'green', '#e8dfd6'),
      tool('pliers', 'blue', '#dfe6dc'),
    ],
  },
  {
    test: 2,
    drawings: [
      fruit('apple', 3, 'white', '#9db8a7'),
      fruit('pear', 2, 'blue', '#e8d9bd'),
      fruit('orange', 4, 'white', '#8fa9bf'),
      fruit('banana', 2, 'pink', '#d8dfd0'),
      fruit('lemon', 5, 'blue', '#efe3cd'),
      fruit('strawberry', 4, 'white', '#b9a7c4'),
      fruit('apple', 1, 'yellow', '#c7d5dd'),
      fruit('pear', 5, 'purple', '#efe0c8'),
      fruit('orange', 2, 'green', '#e9dccb'),
      fruit('strawberry', 3, 'blue', '#f0dcd2'),
    ],
  },
  {
    test: 1,
    drawings: [
      jar('HONEY', '#e0a030', 1, 'brown'),
      jar('RICE', '#d9bf7e', 0.5, 'blue'),
      jar('PLUMS', '#6b3a5e', 1, 'red'),
      jar('BEANS', '#a2543c', 0.15, 'green'),
      jar('SALT', '#f7f7f4', 0.5, 'gray'),
    ],
  },
];
