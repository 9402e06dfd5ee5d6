// Drawings to be read: weather cards, flags, gauges, clocks, bar charts, receipts.

import { a, backdrop, COLORS, type Color, capital, circle, type Drawing, group, inWords, line, path, rect, text } from './drawing.js';

const cloud = (x: number, y: number, color: string, scale = 1): string =>
  group(
    `translate(${x} ${y}) scale(${scale})`,
    path('M-56 24 q-26 0 -26 -24 q0 -24 28 -24 q8 -34 44 -34 q36 0 42 34 q32 -2 34 24 q0 24 -30 24z', color),
  );
const drops = (shape: (x: number, y: number) => string): string =>
  [
    [-40, 0],
    [0, 10],
    [40, 0],
    [-20, 26],
    [20, 26],
  ]
    .map(([x, y]) => shape(120 + (x as number), 148 + (y as number)))
    .join('');
const sun = (x: number, y: number, r: number): string =>
  Array.from({ length: 12 }, (_, i) =>
    group(`translate(${x} ${y}) rotate(${i * 30})`, rect(-4, -r - 24, 8, 16, COLORS.yellow, { rx: 4 })),
  ).join('') + circle(x, y, r, COLORS.yellow);

const skies: Readonly<Record<string, { words: string; sky: string; isDry: boolean; draw: string }>> = {
  sun: { words: 'sunny', sky: '#8cc4e8', isDry: true, draw: sun(120, 104, 44) },
  clouds: { words: 'cloudy', sky: '#b4c2cf', isDry: true, draw: cloud(96, 92, '#8e9aa6', 0.8) + cloud(132, 122, '#f4f6f8') },
  mixed: { words: 'partly cloudy', sky: '#a5cde6', isDry: true, draw: sun(88, 82, 34) + cloud(138, 122, '#f8fafb') },
  rain: {
    words: 'rainy',
    sky: '#90a4b5',
    isDry: false,
    draw: cloud(120, 100, '#e6ebef') + drops((x, y) => line(`M${x} ${y} l-7 20`, '#2f6f9f', 6)),
  },
  snow: {
    words: 'snowy',
    sky: '#b9cfdd',
    isDry: false,
    draw:
      cloud(120, 100, '#f3f5f7') +
      drops((x, y) => line(`M${x - 8} ${y + 8} h16 M${x} ${y} v16 M${x - 6} ${y + 2} l12 12 M${x + 6} ${y + 2} l-12 12`, '#ffffff', 3)),
  },
  storm: {
    words: 'stormy',
    sky: '#5f6b7c',
    isDry: false,
    draw: cloud(120, 96, '#c3cad2') + path('M124 116 l-30 40 h22 l-12 36 l40 -48 h-24 l18 -28z', COLORS.yellow),
  },
  fog: {
    words: 'foggy',
    sky: '#c9cfd2',
    isDry: true,
    draw: Array.from({ length: 5 }, (_, i) => rect(44 + (i % 2) * 20, 66 + i * 26, 136 - (i % 2) * 8, 12, '#f4f6f6', { rx: 6 })).join(''),
  },
};

function weather(kind: string, degrees: number, day: string): Drawing {
  const { words, sky, isDry, draw } = skies[kind] as (typeof skies)[string];
  return {
    name: `weather-${day.toLowerCase()}`,
    width: 240,
    height: 280,
    ending: 'png',
    svg:
      rect(0, 0, 240, 280, '#f3efe6') +
      rect(10, 10, 220, 260, sky, { rx: 22 }) +
      draw +
      rect(10, 214, 220, 56, '#ffffffd8', { rx: 18 }) +
      text(28, 251, 24, day) +
      text(212, 253, 30, `${degrees}°`, { 'text-anchor': 'end', 'font-weight': 'bold' }),
    caption: `A weather card: ${day} is ${words} at ${degrees} degrees.`,
    questions: [
      ['What is the weather?', capital(words)],
      ['Which temperature is shown?', `${degrees} degrees`],
      ['Should one take an umbrella?', isDry ? 'No' : 'Yes'],
    ],
  };
}

const patterns: Readonly<Record<string, { words: string; draw: (one: string, two: string) => string }>> = {
  stripes: {
    words: 'horizontal stripes',
    draw: (one, two) => [0, 1, 2, 3, 4].map((i) => rect(40, 36 + i * 28, 232, 28, i % 2 ? two : one)).join(''),
  },
  bars: {
    words: 'vertical stripes',
    draw: (one, two) => [0, 1, 2, 3, 4].map((i) => rect(40 + i * 46.4, 36, 46.4, 140, i % 2 ? two : one)).join(''),
  },
  cross: { words: 'a cross', draw: (one, two) => rect(40, 36, 232, 140, one) + rect(100, 36, 30, 140, two) + rect(40, 92, 232, 28, two) },
  circle: { words: 'a circle', draw: (one, two) => rect(40, 36, 232, 140, one) + circle(156, 106, 46, two) },
  diagonal: { words: 'a diagonal', draw: (one, two) => rect(40, 36, 232, 140, one) + path('M40 176 L272 36 V176z', two) },
  checks: {
    words: 'checks',
    draw: (one, two) =>
      Array.from({ length: 24 }, (_, i) =>
        rect(40 + (i % 6) * 38.67, 36 + Math.floor(i / 6) * 35, 38.67, 35, (i + Math.floor(i / 6)) % 2 ? two : one),
      ).join(''),
  },
};

function flag(team: string, pattern: string, one: Color, two: Color): Drawing {
  const { words, draw } = patterns[pattern] as (typeof patterns)[string];
  return {
    name: `flag-${team.toLowerCase()}`,
    width: 304,
    height: 240,
    ending: 'png',
    svg:
      backdrop(304, 240, '#cfdfe8') +
      rect(28, 22, 10, 218, '#8a6844', { rx: 4 }) +
      circle(33, 20, 9, '#c9a227') +
      draw(COLORS[one], COLORS[two]) +
      rect(40, 36, 232, 140, 'none', { stroke: '#00000033', 'stroke-width': 2 }) +
      text(156, 216, 26, team, { 'text-anchor': 'middle', 'font-weight': 'bold' }),
    caption: `The flag of the ${capital(team.toLowerCase())} has ${words} in ${one} and ${two}.`,
    questions: [
      ['Whose flag is this?', `The ${capital(team.toLowerCase())}`],
      ['Which colors does the flag have?', `${capital(one)} and ${two}`],
      ['What is on the flag?', capital(words)],
    ],
  };
}

const turned = (degrees: number, r: number): string => {
  const angle = (degrees * Math.PI) / 180;
  return `${(r * Math.sin(angle)).toFixed(1)} ${(-r * Math.cos(angle)).toFixed(1)}`;
};

function gauge(quantity: string, unit: string, value: number, { max, step, red }: { max: number; step: number; red: number }): Drawing {
  const angle = (x: number): number => -130 + (260 * x) / max;
  const ticks = Array.from({ length: max / step + 1 }, (_, i) => {
    const at = angle(i * step);
    const [x, y] = turned(at, 62).split(' ') as [string, string];
    return (
      line(`M${turned(at, 78)} L${turned(at, 90)}`, '#2f2f36', 4) +
      text(Number(x), Number(y) + 5, 14, String(i * step), { 'text-anchor': 'middle' })
    );
  }).join('');
  return {
    name: `gauge-${quantity}-${value}`,
    width: 256,
    height: 256,
    ending: 'jpg',
    svg:
      backdrop(256, 256, '#5d6b78') +
      circle(132, 134, 116, '#00000033') +
      circle(128, 128, 116, '#c9ced3') +
      circle(128, 128, 104, '#fbfaf5') +
      group(
        'translate(128 128)',
        `<path d="M${turned(angle(red), 84)} A84 84 0 0 1 ${turned(130, 84)}" fill="none" stroke="${COLORS.red}" stroke-width="12"/>`,
        ticks,
        text(0, 44, 15, unit, { 'text-anchor': 'middle' }),
        text(0, 74, 14, quantity, { 'text-anchor': 'middle' }),
        line(`M${turned(angle(value) + 180, 16)} L${turned(angle(value), 50)}`, COLORS.red, 6),
        circle(0, 0, 10, '#2f2f36'),
      ),
    caption: `A gauge shows ${a(quantity)} of ${value} ${unit}${value > red ? ', in the red' : ''}.`,
    questions: [
      ['What does the gauge measure?', capital(quantity)],
      ['Which value does the needle show?', `${value} ${unit}`],
      ['Is the needle in the red?', value > red ? 'Yes' : 'No'],
    ],
  };
}

function clock(hour: number, minute: number, frame: Color): Drawing {
  const time =
    minute === 0
      ? `${hour} o'clock`
      : minute === 30
        ? `half past ${hour}`
        : minute === 15
          ? `a quarter past ${hour}`
          : `a quarter to ${(hour % 12) + 1}`;
  const numbers = Array.from({ length: 12 }, (_, i) => {
    const [x, y] = turned((i + 1) * 30, 72).split(' ') as [string, string];
    return text(Number(x), Number(y) + 7, 20, String(i + 1), { 'text-anchor': 'middle' });
  }).join('');
  return {
    name: `clock-${hour}-${String(minute).padStart(2, '0')}`,
    width: 232,
    height: 232,
    ending: 'png',
    svg:
      backdrop(232, 232, '#e9e1d3') +
      circle(121, 122, 104, '#00000022') +
      circle(116, 116, 104, COLORS[frame]) +
      circle(116, 116, 90, '#fffdf6') +
      group(
        'translate(116 116)',
        numbers,
        line(`M0 0 L${turned(hour * 30 + minute / 2, 40)}`, '#2f2f36', 8),
        line(`M0 0 L${turned(minute * 6, 62)}`, '#2f2f36', 5),
        circle(0, 0, 6, '#2f2f36'),
      ),
    caption: `A wall clock with ${a(frame)} frame shows ${time}.`,
    questions: [
      ['What time does the clock show?', capital(time)],
      ['What color is the frame?', capital(frame)],
      ['Between which numbers is the short hand?', minute === 0 ? `It points at ${hour}.` : `Between ${hour} and ${(hour % 12) + 1}`],
    ],
  };
}

function chart(title: string, color: Color, bars: readonly (readonly [string, number])[]): Drawing {
  const most = Math.max(...bars.map(([, n]) => n));
  const room = 288 / bars.length;
  const [best, least] = [
    bars.find(([, n]) => n === most)?.[0] as string,
    bars.find(([, n]) => n === Math.min(...bars.map(([, k]) => k)))?.[0] as string,
  ];
  const [first, count] = bars[1] as readonly [string, number];
  return {
    name: `chart-${title.toLowerCase().replace(/ /g, '-')}`,
    width: 352,
    height: 256,
    ending: 'png',
    svg:
      rect(0, 0, 352, 256, '#fbfaf5') +
      text(176, 32, 20, title, { 'text-anchor': 'middle', 'font-weight': 'bold' }) +
      [0, 1, 2, 3].map((i) => line(`M40 ${216 - i * 48} h296`, '#e3ded1', 2)).join('') +
      bars
        .map(
          ([name, n], i) =>
            rect(46 + i * room + room * 0.15, 216 - (144 * n) / most, room * 0.7, (144 * n) / most, COLORS[color], { rx: 4 }) +
            text(46 + i * room + room / 2, 208 - (144 * n) / most, 15, String(n), { 'text-anchor': 'middle' }) +
            text(46 + i * room + room / 2, 238, 14, name, { 'text-anchor': 'middle' }),
        )
        .join('') +
      line('M40 60 V216 H338', '#2f2f36', 3),
    caption: `A bar chart, "${title}", with ${inWords(bars.length)} bars: ${bars.map(([name, n]) => `${name} ${n}`).join(', ')}.`,
    questions: [
      ['Which bar is the tallest?', best],
      ['Which bar is the shortest?', least],
      [`What is the value of ${first}?`, String(count)],
      ['How many bars are there?', capital(inWords(bars.length))],
    ],
  };
}

const money = (cents: number): string => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;

function receipt(shop: string, number: number, items: readonly (readonly [string, number])[]): Drawing {
  const total = items.reduce((sum, [, cents]) => sum + cents, 0);
  const height = 176 + items.length * 26;
  const edge = Array.from({ length: 14 }, (_, i) => `L${34 + i * 16 + 8} ${height - 26} L${34 + (i + 1) * 16} ${height - 16}`).join(' ');
  const mono = { 'font-family': 'DejaVu Sans Mono, monospace' };
  const row = (y: number, left: string, right: string, more = {}): string =>
    text(50, y, 15, left, { ...mono, ...more }) + text(242, y, 15, right, { ...mono, 'text-anchor': 'end', ...more });
  const [dearest] = [...items].sort((x, y) => y[1] - x[1]);
  return {
    name: `receipt-${number}`,
    width: 292,
    height,
    ending: 'jpg',
    svg:
      backdrop(292, height, '#7c8f83') +
      path(`M34 16 H258 V${height - 16} L34 ${height - 16}z`, '#00000030', { transform: 'translate(5 6)' }) +
      path(`M34 14 H258 V${height - 16} L34 ${height - 16}z`, '#fdfcf7') +
      path(`M34 ${height - 16} ${edge} L258 ${height} H34z`, '#7c8f83') +
      text(146, 48, 20, shop, { 'text-anchor': 'middle', 'font-weight': 'bold' }) +
      text(146, 70, 13, `No. ${number}`, { ...mono, 'text-anchor': 'middle' }) +
      line('M50 82 H242', '#b9b4a5', 2) +
      items.map(([name, cents], i) => row(106 + i * 26, name, money(cents))).join('') +
      line(`M50 ${94 + items.length * 26} H242`, '#b9b4a5', 2) +
      row(118 + items.length * 26, 'TOTAL', money(total), { 'font-weight': 'bold' }),
    caption: `A receipt of ${shop} for ${items.map(([name]) => name.toLowerCase()).join(', ')}; the total is ${money(total)}.`,
    questions: [
      ['What is the total?', money(total)],
      ['Which shop is the receipt from?', shop],
      ['How many items are on it?', capital(inWords(items.length))],
      ['Which item costs the most?', capital((dearest as readonly [string, number])[0].toLowerCase())],
    ],
  };
}

const bar = { max: 10, step: 2, red: 8 };
const speed = { max: 120, step: 20, red: 100 };
const heat = { max: 100, step: 20, red: 80 };

/** Signs by theme; the last of each are held out for the test. */
export const signs: readonly { drawings: readonly Drawing[]; test: number }[] = [
  {
    test: 1,
    drawings: [
      weather('sun', 27, 'Monday'),
      weather('clouds', 14, 'Tuesday'),
      weather('rain', 9, 'Wednesday'),
      weather('snow', -3, 'Thursday'),
      weather('storm', 19, 'Friday'),
      weather('fog', 6, 'Saturday'),
      weather('mixed', 22, 'Sunday'),
    ],
  },
  {
    test: 1,
    drawings: [
      flag('HERONS', 'stripes', 'blue', 'white'),
      flag('BADGERS', 'cross', 'black', 'yellow'),
      flag('FOXES', 'circle', 'orange', 'white'),
      flag('OTTERS', 'diagonal', 'green', 'blue'),
      flag('ROBINS', 'bars', 'red', 'white'),
      flag('MOLES', 'checks', 'purple', 'yellow'),
      flag('SWIFTS', 'cross', 'purple', 'white'),
    ],
  },
  {
    test: 1,
    drawings: [
      gauge('pressure', 'bar', 3, bar),
      gauge('pressure', 'bar', 9, bar),
      gauge('speed', 'km/h', 50, speed),
      gauge('speed', 'km/h', 110, speed),
      gauge('temperature', '°C', 60, heat),
      gauge('temperature', '°C', 90, heat),
      gauge('pressure', 'bar', 6, bar),
    ],
  },
  {
    test: 1,
    drawings: [
      clock(3, 0, 'red'),
      clock(7, 30, 'blue'),
      clock(10, 15, 'green'),
      clock(1, 45, 'black'),
      clock(12, 0, 'purple'),
      clock(5, 30, 'orange'),
    ],
  },
  {
    test: 1,
    drawings: [
      chart('Books read', 'blue', [
        ['Ann', 6],
        ['Ben', 3],
        ['Cleo', 8],
      ]),
      chart('Cakes sold', 'pink', [
        ['Mon', 12],
        ['Tue', 7],
        ['Wed', 15],
        ['Thu', 10],
      ]),
      chart('Rainy days', 'green', [
        ['May', 9],
        ['June', 5],
        ['July', 4],
        ['Aug', 6],
        ['Sept', 11],
      ]),
      chart('Goals', 'orange', [
        ['Foxes', 2],
        ['Moles', 5],
        ['Otters', 1],
      ]),
      chart('Trees planted', 'brown', [
        ['North', 20],
        ['East', 35],
        ['South', 15],
        ['West', 30],
      ]),
    ],
  },
  {
    test: 1,
    drawings: [
      receipt('Corner Bakery', 104, [
        ['BREAD', 320],
        ['ROLLS', 180],
        ['CAKE', 450],
      ]),
      receipt('Paper & Ink', 27, [
        ['PENCILS', 240],
        ['NOTEBOOK', 395],
      ]),
      receipt('Green Grocer', 318, [
        ['APPLES', 260],
        ['LEEKS', 145],
        ['CARROTS', 120],
        ['PLUMS', 310],
      ]),
      receipt('Tool Shed', 56, [
        ['HAMMER', 1490],
        ['NAILS', 225],
        ['GLUE', 380],
      ]),
    ],
  },
];
