// Claims around the Chinese nouns of a text.
import { chineseNumber, NUMERALS } from '../evaluate/chinese.js';
import { chineseAttribute, chineseAttributes, chineseRelations, placeOf } from './claim-words.js';
const measure = '[只个個条條辆輛张張朵块塊把本颗顆种種匹头頭架位名群间間支座棵艘枚顶頂件份隻扇盏台部盘碗杯瓶双]';
/** Number, measure word, attributes: what stands before a noun and belongs to it. */
const phrase = new RegExp(`(?:(?<number>[${NUMERALS}\\d]+)(?:${measure}|$))?(?<attributes>(?:(?:${chineseAttributes})(?:的)?(?:[、和]|相间的?)?)*)$`, 'u');
const attribute = new RegExp(chineseAttributes, 'gu');
const predicate = new RegExp(`^(?:们)?(?:都|全|也)?(?<not>不)?(?:是|为|呈)(?<value>${chineseAttributes})(?:的|色)?`, 'u');
const relationWords = Object.keys(chineseRelations)
    .sort((a, b) => b.length - a.length)
    .join('|');
const stand = '(?:位于|处于|坐在|站在|放在|停在|躺在|趴在|摆在|摆放在|在)';
const behind = new RegExp(`^的?(?<relation>${relationWords})(?<has>有|是|放着|站着|停着|坐着|摆着|躺着)?`, 'u');
const joined = new RegExp(`^(?:们|也|都|正|就|则|被)*(?<not>不|没有?)?${stand}(?:这|那)?(?:${measure})?$`, 'u');
const placed = new RegExp(`^(?:们|也|都|正|就|则)*${stand}(?:整个|整张)?(?:图片|图像|画面|图|照片)的?(?<where>左上|右上|左下|右下|正?中|左|右|上|下)(?:方|边|侧|角|间|央|心|部)?`, 'u');
const denial = /没有|沒有|没看到|看不到|不存在|未见|未發現|未发现|没|無|无|并非|不是/;
/** Characters before a noun in which its words are looked for. */
const REACH = 80;
/** Claims of the nouns, in the order of the nouns. */
export function chineseClaims(text, nouns) {
    const out = [];
    const deniedNouns = new Set();
    const phrases = nouns.map((noun, i) => {
        const from = Math.max(nouns[i - 1]?.end ?? 0, noun.start - REACH);
        const m = phrase.exec(text.slice(from, noun.start));
        return { start: noun.start - m[0].length, match: m };
    });
    nouns.forEach((noun, i) => {
        const { start, match } = phrases[i];
        const last = nouns[i - 1];
        const clause = text.slice(Math.max(last?.end ?? 0, start - REACH), start).replace(/^[\s\S]*[，,。；;！？\n]/u, '');
        const list = last !== undefined && deniedNouns.has(last.number) && /^[、和或与及]$/.test(text.slice(last.end, start));
        if (list || (denial.test(clause) && !/没问题|无疑|没错/.test(clause)))
            deniedNouns.add(noun.number);
        const denied = deniedNouns.has(noun.number) ? { denied: true } : {};
        const own = (from, to) => ({
            text: text.slice(from, to),
            start: from,
            end: to,
            sentence: noun.sentence,
            noun: noun.number,
        });
        out.push({ type: 'existence', object: noun.id, phrase: start, ...own(noun.start, noun.end), ...denied });
        if (deniedNouns.has(noun.number))
            return;
        const { number, attributes = '' } = match.groups;
        const count = number === undefined ? undefined : /^\d+$/.test(number) ? Number(number) : chineseNumber(number);
        // 一只狗 is "a dog".
        if (count !== undefined && number !== undefined && (count !== 1 || /只有$|仅有$/.test(text.slice(0, start))))
            out.push({ type: 'count', object: noun.id, count, ...own(start, start + number.length) });
        const at = noun.start - attributes.length;
        for (const m of attributes.matchAll(attribute)) {
            const found = chineseAttribute(m[0]);
            if (found)
                out.push({ type: 'attribute', object: noun.id, ...found, ...own(at + m.index, at + m.index + m[0].length) });
        }
        const after = text.slice(noun.end, noun.end + 40);
        const is = predicate.exec(after);
        const value = is?.groups?.value;
        const found = value === undefined ? undefined : chineseAttribute(value);
        if (is && value !== undefined && found) {
            const from = noun.end + is[0].indexOf(value);
            out.push({
                type: 'attribute',
                object: noun.id,
                ...found,
                ...own(from, from + value.length),
                ...(is.groups?.not ? { denied: true } : {}),
            });
        }
        const where = placed.exec(after);
        const place = where?.groups?.where === undefined ? undefined : placeOf(where.groups.where);
        if (where && place)
            out.push({ type: 'relation', relation: 'place', object: noun.id, place, ...own(noun.start, noun.end + where[0].length) });
        const next = nouns[i + 1];
        if (!next || next.sentence !== noun.sentence)
            return;
        const nextStart = phrases[i + 1].start;
        const between = text.slice(noun.end, nextStart);
        // 狗在杯子的左边
        const stands = joined.exec(between);
        const tail = stands ? behind.exec(text.slice(next.end, next.end + 8)) : null;
        if (stands && tail && !tail.groups?.has) {
            const relation = chineseRelations[tail.groups?.relation];
            if (relation)
                out.push({
                    type: 'relation',
                    relation,
                    object: noun.id,
                    other: next.id,
                    otherNoun: next.number,
                    ...own(noun.start, next.end + tail[0].length),
                    ...(stands.groups?.not ? { denied: true } : {}),
                });
        }
        // 杯子的左边有一只狗
        const head = behind.exec(between);
        if (head?.groups?.has && head[0].length === between.length) {
            const relation = chineseRelations[head.groups.relation];
            if (relation)
                out.push({
                    type: 'relation',
                    relation,
                    object: next.id,
                    other: noun.id,
                    otherNoun: noun.number,
                    ...own(noun.start, next.end),
                    noun: next.number,
                });
        }
    });
    return out;
}
//# sourceMappingURL=claims-chinese.js.map