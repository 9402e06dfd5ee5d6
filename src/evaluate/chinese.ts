// Chinese text for the answer parsers: traditional characters in their simplified form, and numerals.

// The characters that short answers and questions about images are made of; both sides of a comparison go through the same table.
const pairs =
  '沒没無无圖图對对錯错見见確确認认該该應应當当實实嗎吗張张這这裡里裏里隻只個个貓猫問问題题並并為为來来現现發发說说話话會会過过還还後后從从電电車车馬马鳥鸟魚鱼' +
  '兩两條条輛辆顆颗種种頭头龍龙龜龟雞鸡鴨鸭鵝鹅豬猪牠它們们麼么嘛吗請请謝谢讓让給给與与於于間间門门開开關关顏颜紅红綠绿藍蓝黃黄紫紫灰灰銀银' +
  '邊边遠远進进難难斷断別别視视覺觉樣样點点數数據据體体畫画面面螢荧幕幕書书筆笔紙纸燈灯樹树葉叶蘋苹爾尔處处廚厨廳厅臥卧園园場场橋桥島岛' +
  '長长高高寬宽輕轻重重顯显示示缺缺屬属於于僅仅單单雙双萬万億亿貳贰參叁陸陆壹壹從从剛刚卻却雖虽獨独絕绝極极徑径總总結结論论選选擇择項项' +
  '雲云雪雪風风陽阳飛飞機机船船艙舱鐘钟錶表鏡镜襯衬褲裤褲裤鞋鞋襪袜傘伞盤盘鍋锅麵面飯饭湯汤餅饼糖糖蘿萝蔔卜' +
  '兒儿歲岁媽妈爸爸親亲醫医師师學学員员國国華华語语詞词讀读寫写聽听術术業业產产務务動动靜静態态質质鬆松緊紧鬥斗' +
  '決决沖冲況况淨净涼凉減减凍冻燒烧熱热煙烟爐炉爺爷狀状獅狮瑪玛環环級级紋纹組组細细終终統统絲丝網网維维練练緣缘縣县' +
  '測测渾浑滅灭滿满漢汉漸渐濕湿灣湾觸触訴诉試试詳详誤误調调談谈證证識识護护豐丰貝贝負负財财貨货費费貼贴買买賣卖賽赛';
const simplified = new Map<string, string>();
const characters = [...pairs];
for (let i = 0; i + 1 < characters.length; i += 2) simplified.set(characters[i] as string, characters[i + 1] as string);

/** The text with the traditional characters of the table above in their simplified form; every other character stays. */
export function toSimplified(text: string): string {
  return text.replace(/\p{Script=Han}/gu, (char) => simplified.get(char) ?? char);
}

const digits = new Map([...'零一二三四五六七八九'].map((char, i) => [char, i]));
for (const [char, value] of [...'〇0两2俩2仨3壹1贰2叁3肆4伍5陆6柒7捌8玖9'].reduce<[string, number][]>((out, char, i, all) => {
  if (i % 2 === 0) out.push([char, Number(all[i + 1])]);
  return out;
}, []))
  digits.set(char, value);
const units = new Map([
  ['十', 10],
  ['拾', 10],
  ['百', 100],
  ['佰', 100],
  ['千', 1000],
  ['仟', 1000],
  ['万', 10_000],
  ['亿', 100_000_000],
]);

/** Characters of Chinese numerals, for patterns. */
export const NUMERALS = `${[...digits.keys()].join('')}${[...units.keys()].join('')}`;

/** The value of a Chinese numeral such as 十二, 一百零五 or 两千, simplified; undefined for anything else. */
export function chineseNumber(text: string): number | undefined {
  const [whole = '', fraction, ...more] = text.split('点');
  if (more.length || !whole) return undefined;
  const places = fraction === undefined ? [] : [...fraction].map((char) => digits.get(char));
  if (fraction === '' || places.includes(undefined)) return undefined;
  const integer = wholeNumber(whole);
  return integer === undefined ? undefined : Number(`${integer}${places.length ? `.${places.join('')}` : ''}`);
}

function wholeNumber(text: string): number | undefined {
  const chars = [...text];
  // A row of digits: 二零二四.
  if (chars.length > 1 && chars.every((char) => digits.has(char))) return Number(chars.map((char) => digits.get(char)).join(''));
  let [total, section, digit] = [0, 0, undefined as number | undefined];
  for (const char of chars) {
    const value = digits.get(char);
    const unit = units.get(char);
    if (value !== undefined) {
      if (digit !== undefined && digit !== 0) return undefined;
      digit = value;
    } else if (unit === undefined) return undefined;
    else if (unit >= 10_000) {
      total = (total + section + (digit ?? 0)) * unit;
      [section, digit] = [0, undefined];
    } else {
      section += (digit || 1) * unit;
      digit = undefined;
    }
  }
  return chars.length ? total + section + (digit ?? 0) : undefined;
}
