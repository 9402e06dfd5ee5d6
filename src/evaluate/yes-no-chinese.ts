// Reads Chinese replies clause by clause, by units of characters: what denies, what says that something is there, what only frames it.

import { toSimplified } from './chinese.js';
import type { Topic } from './question.js';
import type { Finding, Verdict } from './verdict.js';

/** `-`: denies; `+`: is there; `y`, `n`: an answer; `?`: doubt; `.`: says nothing. */
type Unit = '-' | '+' | 'y' | 'n' | '?' | '.';

const looks = '(?:看到|看见|找到|发现|见到|看出有|观察到|检测到|识别到|辨认出|拍到|瞧见)';
const units: readonly (readonly [Unit, string])[] = [
  ['.', '你好|您好|好的|好(?=$|啊|吧|呀)|恐怕(?=[^有是]{0,6}[没不无])|认为|觉得|(?<=我)想|看来|(?<=我)相信|乍一?看(?:之下|上去|起来)?'],
  // Doubt and refusal.
  ['?', '看不(?:到|见|了)(?:您|你|这|该|任何)*[的张幅]?(?:图片|图像|照片|图)(?:内容)?$'],
  ['?', `(?:无法|不能|没法|没办法)(?:看到|查看|看见|访问|打开|获取|处理|直接看)(?:到)?(?:您|你|这|该|任何)?[的张幅]?(?:图|照)[片像]?`],
  ['?', '(?:没有|未|没)(?:提供|上传|收到|附上)?(?:任何)?(?:图片|图像|照片)(?!里|中|上|内)|请(?:提供|上传|描述|发送)'],
  [
    '?',
    `(?:无法|不能|没法|没办法|难以|很难|无从|不好)(?!(?:在[^没不无]{1,8})?${looks})(?:完全|准确|清楚)?(?:地)?(?:判断|确定|确认|肯定|看清|辨别|分辨|回答|得知|知道|判定|断定|说|提供|帮助|协助)?`,
  ],
  [
    '?',
    '不(?:太|是很|大|敢|能)?(?:知道|确定|清楚|肯定|确认|好说|明确|了解)|没(?:有)?把握|看不(?:太)?清(?:楚)?|看不出来?|分不清|分辨不[清出]|说不[准定清]|不一定|拿不准|未知|模糊|取决于',
  ],
  ['-', '不可能|不会|不像是?'],
  ['?', '可能|也许|或许|大概|恐怕|兴许|说不定|没准'],
  // Idioms with a negation that denies nothing, and words that contain one by accident.
  [
    '.',
    '毫?无疑问|毫无疑义|无疑|毋庸置疑|无庸置疑|不容置疑|不用说|[无不]可否认|不得不说|没(?:有)?(?:任何)?问题|没关系|不客气|没事|无论(?:如何)?|不管|不仅仅?|不但|不只|不止|不光|非但|非常|差不多|不好意思|对不起|很?抱歉|遗憾|对于|对比|看起来|看上去|显然|很?明显|可见|肯定地说|除了',
  ],
  ['.', '没(?:有)?(?:戴|穿|拿|拴|系|坐|站|躺|睡|动|叫|跑|笑|看(?!到|见))'],
  ['y', '没(?:有)?错|不错|毫无?差错'],
  ['n', '什么(?:东西)?(?:也|都)没有|空空如也|空荡荡'],
  // Answers.
  ['n', '否定(?:的)?|错误(?:的)?|不正确|不对|不是这样|错(?:的|了)?|假的?'],
  ['y', '肯定的|正确(?:的)?|对的?|是的|嗯+|真的|当然(?!没|不|无|是?没)|可以(?!看|找|发|见|清)'],
  ['.', '应该|肯定|绝对|一定|确实|的确|真|当然'],
  // There, and not there.
  [
    '-',
    `(?:没有|没|未能?|并未|不曾|未曾)(?:能)?${looks}|(?:看|找|见|瞧|发现)不(?:到|见|着)|不见|(?:无法|不能|没能|难以)(?:在[^没不无]{1,8})?${looks}|未见|不存在|不包含|不包括|不含|不具有|缺少|缺乏|并?非|毫?无|没有|(?<![树草积林红原])木有|冇|没得|没|不|否|未|零(?=[只个条辆张朵块把本匹头架位名群])|0(?=[只个条辆张朵块把本匹头架位名群])`,
  ],
  ['+', `${looks}|看得(?:到|见)|存在|包含|包括|含有|出现|显示|展示|有|是|在(?=图|画|照|这张|里面|其中$)`],
  [
    '.',
    '图片|图像|图中|画面|照片|场景|影像|图|任何|这里|那里|那边|这边|其中|里面|中间|[一两二三四五六七八九十几些\\d]{1,6}[只个条辆张朵块把本颗种匹头架位名群幅间](?!有)|[只个条辆张朵块把本颗种匹头架位名群幅间]|[的了啊呢吧吗嘛既在中里上内这那此任何一也都会能可以我您你它他她们到出过着很并就还这里地其根本从来完全且而呀哦哈耶喔欸啦囉咧唷被看张得清楚能够回答答案]',
  ],
];
const compiled = units.map(([unit, source]) => [unit, new RegExp(source, 'y')] as const);
const animals = /^(?:小|大)?(?:狗|猫|鸟|马|羊|牛|象|大象|熊|斑马|长颈鹿|鱼|兔子?|猪|猴子?|狮子|老虎|狐狸|鸡|鸭)$/;
const turns = /^(?:但是?|然而|可是|不过|却|只是)/;

/** Findings of every clause of a Chinese reply, in either script. */
export function readChinese(text: string, topic?: Topic): Finding[] {
  const clean = toSimplified(text)
    .replace(/[^\S\n]+/g, '')
    .replace(/[✅✔☑👍✓]\uFE0F?/gu, '是的。')
    .replace(/[❌✖✗✘🚫👎]\uFE0F?/gu, '不是。');
  const asked = topic?.names.map(([name]) => name as string).filter((name) => /\p{Script=Han}/u.test(name));
  const found: Finding[] = [];
  for (const [number, sentence] of (clean.match(/[^。.!?;\n…]+[。.!?;\n…]*/g) ?? []).entries()) {
    if (sentence.includes('?')) continue;
    for (const piece of sentence.split(
      /[,，、:：()（）"'「」『』[\]{}]|(?<!不|没)(?=但是|但(?!凡)|然而|可是|不过|却)|(?<=[^有是])(?=所以|因此)/,
    )) {
      const contrast = turns.test(piece);
      const conclusion = /^(?:所以|因此|综上|总之|故)/.test(piece);
      const clause = piece
        .replace(turns, '')
        .replace(/^(?:所以|因此|综上所述?|总之|故)/, '')
        .replace(/[。.!;\n…]+$/, '');
      const reading = clause && readClause(clause, asked?.length ? asked : undefined, contrast);
      if (reading)
        found.push({
          ...reading,
          sentence: number,
          contrast,
          ...(conclusion ? { conclusion } : {}),
          ...(/^(?:不对$|等等|更正)/.test(clause) && found.length ? { correction: false } : {}),
        });
    }
  }
  return found;
}

interface Part {
  unit: Unit | 'topic' | 'word';
  text: string;
}

function parts(clause: string, asked: readonly string[] | undefined): Part[] {
  const out: Part[] = [];
  for (let at = 0; at < clause.length; ) {
    const name = asked?.find((n) => clause.startsWith(n, at));
    if (name) {
      out.push({ unit: 'topic', text: name });
      at += name.length;
      continue;
    }
    let took = false;
    for (const [unit, pattern] of compiled) {
      pattern.lastIndex = at;
      const match = pattern.exec(clause)?.[0];
      if (!match) continue;
      out.push({ unit, text: match });
      at += match.length;
      took = true;
      break;
    }
    if (took) continue;
    const char = String.fromCodePoint(clause.codePointAt(at) as number);
    out.push({ unit: /[\p{L}\p{N}]/u.test(char) ? 'word' : '.', text: char });
    at += char.length;
  }
  return out;
}

/** What a thing is taken for before the reply says what it is, and the words that say so. */
const seeming = /乍一?看|初看|第一眼|一开始|起初|看起来|看上去|看似|貌似|好像|以为|像|误认/;
const naming =
  /^(?:其实|实际上?|实则|事实上|仔细一?看|仔细观察后?|真相|真正|那|这|它们?|应该|却|只|就|原来|个|东西|动物)*(?:是|为)(?!否|不)/;

function readClause(clause: string, asked: readonly string[] | undefined, contrast: boolean): Omit<Finding, 'sentence'> | undefined {
  const reading = statement(clause, asked, contrast);
  const seems = seeming.test(clause);
  if (reading) return seems ? { ...reading, seems } : reading;
  if (seems) return { kind: 'aside', verdict: 'unknown', seems };
  const other = naming.test(clause) && (contrast || /其实|实际|实则|事实上|仔细|原来/.test(clause)) && !/什么|是否|是不是|的$/.test(clause);
  return other ? { kind: 'aside', verdict: 'no', instead: true } : undefined;
}

function statement(clause: string, asked: readonly string[] | undefined, contrast: boolean): Omit<Finding, 'sentence'> | undefined {
  const say = (kind: Finding['kind'], yes: boolean | undefined, more: Partial<Finding> = {}): Omit<Finding, 'sentence'> => ({
    kind,
    verdict: (yes === undefined ? 'unknown' : yes ? 'yes' : 'no') as Verdict,
    ...more,
  });
  if (/^(?:别说|更别提|更不用说)/.test(clause)) return undefined;
  const question = /是否|有没有|是不是|有无|能否/.exec(clause);
  const found = parts(question ? clause.slice(0, question.index) : clause, asked);
  if (found.some((p) => p.unit === '?')) {
    // Doubt about something else (看不清它的脸) is not doubt about the answer.
    const elsewhere =
      !question &&
      found.some((p) => p.unit === 'word') &&
      (asked
        ? !found.some((p) => p.unit === 'topic')
        : contrast && found.findIndex((p) => p.unit === '?') < found.findIndex((p) => p.unit === 'word'));
    return elsewhere ? undefined : say('hedge', undefined);
  }
  if (question) return undefined;
  const at = found.findIndex((p) => p.unit === 'topic');
  const word = found.findIndex((p) => p.unit === 'word');
  const denied = (from: number, to: number): boolean => found.slice(from, to).filter((p) => p.unit === '-').length % 2 === 1;
  if (at >= 0) {
    // "有猫没有狗": a new verb after another noun starts anew.
    let from = 0;
    for (let i = 1; i < at; i++)
      if ((found[i]?.unit === '+' || found[i]?.unit === '-') && found[i - 1]?.unit !== '-' && word >= 0 && word < i) from = i;
    // "有一只没有尾巴的狗": a denial inside a description of the noun.
    const no = found.findIndex((p, i) => i >= from && i < at && p.unit === '-');
    const described =
      no > 0 &&
      found[at - 1]?.text === '的' &&
      found[no - 1]?.unit !== '-' &&
      found.slice(0, no).some((p) => p.unit === '+') &&
      found.slice(no, at).some((p) => p.unit === 'word');
    if (described) from = at;
    const after = found.slice(at + 1);
    const not = after.findIndex((p) => p.unit === '-');
    // "狗不存在", "一只狗也没有", "狗不在图中" deny it; "狗没有戴项圈", "狗不在沙发上" do not.
    const gone = not >= 0 && !after.slice(not + 1).some((p) => p.unit === 'word' || p.unit === 'topic');
    if (/像/.test(clause.slice(0, clause.indexOf(found[at]?.text as string))) && !denied(from, at)) return undefined;
    return say('claim', denied(from, at) === gone, { named: true });
  }
  if (word < 0) {
    const answer = found.find((p) => p.unit === 'y' || p.unit === 'n');
    if (answer) return say('answer', (answer.unit === 'y') !== denied(0, found.indexOf(answer)), { bare: true });
    if (found.some((p) => p.unit === '-')) return say('answer', !denied(0, found.length), { bare: true });
    // "在这张图片中" only frames what follows.
    return found.some((p, i) => p.unit === '+' && !(i === 0 && p.text === '在')) ? say('answer', true, { bare: true }) : undefined;
  }
  const lead = found[0] as Part;
  if ((lead.unit === 'y' && /^(?:是的|对的|没错|没有错|嗯|不错)/.test(lead.text)) || (lead.unit === 'n' && lead.text === '不对'))
    return say('answer', lead.unit === 'y');
  if (/^不是的/.test(clause)) return say('answer', false);
  if (asked) {
    if (/只有|仅有|只能看到|只看到|只是/.test(clause)) return say('weak', false);
    if (/(?:其他|别的|其它|其余)(?:任何)?(?:动物|宠物|生物|东西|物体|人|物品)?/.test(clause) && denied(0, word)) return say('weak', false);
    const wide = (/车/.test(asked[0] as string) ? /动物|宠物|生物|东西|物体|车辆/ : /动物|宠物|生物|东西|物体/).exec(clause);
    if (
      wide &&
      !/其他|别的|其它/.test(clause) &&
      denied(
        0,
        found.findIndex((p) => p.unit === 'word'),
      ) &&
      (animals.test(asked[0] as string) || !/动物|宠物|生物/.test(wide[0]))
    )
      return say('claim', false, { named: true });
    return undefined;
  }
  if (/(?:只|仅仅?)(?:有|能看到|看到)/.test(clause) && !/没|不/.test(clause)) return undefined;
  // "有长椅，但上面没有人" denies nothing that was asked.
  if (contrast && /^(?:它|其)?(?:的)?(?:上面|上头|旁边|周围|附近|下面|身边|身上|后面|前面)/.test(clause)) return undefined;
  // Without a question: whatever is said to be there, or not.
  if (denied(0, word) || denied(0, found.length)) return say('claim', false, { named: true });
  return found.some((p) => p.unit === '+' && p.text !== '是' && !/显示|展示/.test(p.text))
    ? say('claim', true, { named: true })
    : undefined;
}
