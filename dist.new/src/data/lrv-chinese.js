// The instructions of LRV-Instruction in Chinese: questions and requests with the replies that are true of an image.
import { ofColor, ofCount, ofCounted, ofKnowledge, ofNothing, ofNothingBeside, ofRelation, ofThing, } from './lrv-templates.js';
const NUMBERS = ['零', '一', '两', '三', '四', '五', '六', '七', '八', '九', '十', '十一', '十二'];
const number = (n) => NUMBERS[n] ?? String(n);
const SIDE = { left: '左边', right: '右边', above: '上面', below: '下面' };
/** "一只狗", "两个杯子". */
const phrase = ({ name, count }) => `${number(count)}${name.measure}${name.zh}`;
const list = (items) => items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join('、')}和${items.at(-1)}`;
const none = (name) => `图中没有${name.zh}。`;
/** The templates. */
export const chineseLrv = {
    positive: {
        interrogative: [
            ofThing((t) => [`图中有${t.name.zh}吗？`, `有，图中有${phrase(t)}。`]),
            ofThing((t) => t.color && [`${t.name.zh}是什么颜色的？`, `${t.name.zh}是${t.color.zh}的。`]),
            ofCounted((t) => [`图中有几${t.name.measure}${t.name.zh}？`, `图中有${phrase(t)}。`]),
            ofRelation(({ name: { zh: x } }, { name: { zh: y } }, right) => [
                `${x}在${y}的${SIDE[right]}吗？`,
                `是的，${x}在${y}的${SIDE[right]}。`,
            ]),
        ],
        declarative: [
            ({ caption }) => caption && { question: caption.request, answer: caption.text },
            ofThing((t) => t.color && [`请说出${t.name.zh}的颜色。`, `${t.name.zh}是${t.color.zh}的。`]),
            ofCounted((t) => [`数一数图中的${t.name.zh}。`, `图中有${phrase(t)}。`]),
            ({ things }) => things.length > 0 ? { question: '请列出图中的物体。', answer: `图中有${list(things.map((t) => phrase(t)))}。` } : undefined,
        ],
    },
    nonexistent: {
        interrogative: [
            ofNothing((n) => [`图中有${n.zh}吗？`, `没有，${none(n)}`]),
            ofNothing((n) => [`${n.zh}是什么颜色的？`, none(n)]),
            ofNothing((n) => [`图中有几${n.measure}${n.zh}？`, none(n)]),
            ofNothingBeside((n, t) => [`${n.zh}在${t.name.zh}的旁边吗？`, `不是，${none(n)}`]),
        ],
        declarative: [
            ofNothing((n) => [`请描述图中的${n.zh}。`, none(n)]),
            ofNothing((n) => [`请说出${n.zh}的颜色。`, none(n)]),
            ofNothing((n, { colors }, rng) => (colors.length > 0 ? [`请描述${rng.pick(colors).zh}的${n.zh}。`, none(n)] : undefined)),
            ofNothingBeside((n, t) => [`请描述${t.name.zh}旁边的${n.zh}。`, none(n)]),
        ],
    },
    existent: {
        interrogative: [
            ofColor(({ name: { zh: name } }, { zh: wrong }, { zh: right }) => [`${name}是${wrong}的吗？`, `不是，${name}是${right}的。`]),
            ofColor(({ name: { zh: name } }, { zh: wrong }, { zh: right }) => [
                `为什么${name}是${wrong}的？`,
                `${name}不是${wrong}的，而是${right}的。`,
            ]),
            ofCount((t, wrong) => [`图中是不是有${phrase(wrong)}？`, `不是，图中有${phrase(t)}。`]),
            ofRelation(({ name: { zh: x } }, { name: { zh: y } }, right, wrong) => [
                `${x}在${y}的${SIDE[wrong]}吗？`,
                `不是，${x}在${y}的${SIDE[right]}。`,
            ]),
        ],
        declarative: [
            ofColor(({ name: { zh: name } }, { zh: wrong }, { zh: right }) => [
                `请描述${wrong}的${name}。`,
                `${name}不是${wrong}的，而是${right}的。`,
            ]),
            ofCount((t, wrong) => [`请描述这${phrase(wrong)}。`, `图中不是${phrase(wrong)}，而是${phrase(t)}。`]),
            ofRelation(({ name: { zh: x } }, { name: { zh: y } }, right, wrong) => [
                `请描述${y}${SIDE[wrong]}的${x}。`,
                `${x}不在${y}的${SIDE[wrong]}，而在${y}的${SIDE[right]}。`,
            ]),
        ],
    },
    knowledge: {
        interrogative: [
            ofKnowledge((known, { zh: wrong }) => {
                const right = known.truth.zh;
                if (known.about === 'text')
                    return [`牌子上写着${wrong}吗？`, `不是，牌子上写着${right}。`];
                if (known.about === 'background')
                    return [`背景是${wrong}的吗？`, `不是，背景是${right}的。`];
                const { zh: name } = known.thing.name;
                return [`${name}是一种${wrong}吗？`, `不是，${name}是一种${right}。`];
            }),
        ],
        declarative: [
            ofKnowledge((known, { zh: wrong }) => {
                const right = known.truth.zh;
                if (known.about === 'text')
                    return [`请说明牌子上为什么写着${wrong}。`, `牌子上写的不是${wrong}，而是${right}。`];
                if (known.about === 'background')
                    return [`请描述${wrong}的背景。`, `背景不是${wrong}的，而是${right}的。`];
                const { zh: name } = known.thing.name;
                return [`请说明${name}是哪一种${wrong}。`, `${name}不是${wrong}，而是${right}。`];
            }),
        ],
    },
};
//# sourceMappingURL=lrv-chinese.js.map