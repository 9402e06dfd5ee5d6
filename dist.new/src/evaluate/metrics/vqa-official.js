// VQA accuracy exactly as the published evaluation script computes it (GT-Vision-Lab/VQA, commit a013f00), with its quirks.
import { SensoriumError } from '../../util/errors.js';
const marks = [...';/[]"{}()=+\\_-><@`,?!'];
const numbers = new Map('none zero one two three four five six seven eight nine ten'.split(' ').map((word, i) => [word, String(Math.max(0, i - 1))]));
const articles = new Set(['a', 'an', 'the']);
// Each of these is recognized with exactly one of its apostrophes missing.
const contracted = "ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't he'd he'd've he's how'd how'll how's isn't it'd " +
    "it'd've it'll ma'am mightn't mightn't've might've mustn't must've needn't not've o'clock oughtn't 'ow's'at shan't she'd've should've shouldn't " +
    "shouldn't've somebody'd've somebody'll somebody's someone'd someone'd've someone'll someone's something'd something'd've something'll that's there'd " +
    "there'd've there're there's they'd they'd've they'll they're they've 'twas wasn't we'd've we've weren't what'll what're what's what've when's where'd " +
    "where's where've who'd who'd've who'll who's who've why'll why're why's won't would've wouldn't wouldn't've y'all y'all'll y'all'd've you'd you'd've " +
    "you'll you're you've";
// The table has "somebody'd" the wrong way round.
const contractions = new Map([["somebody'd", 'somebodyd']]);
for (const whole of contracted.split(' '))
    for (const mark of whole.matchAll(/'/g))
        contractions.set(whole.slice(0, mark.index) + whole.slice(mark.index + 1), whole);
/** `processPunctuation` of the script. */
function withoutPunctuation(text) {
    let out = text;
    const comma = /\d,\d/.test(text);
    for (const mark of marks)
        out = out.replaceAll(mark, comma || text.includes(`${mark} `) || text.includes(` ${mark}`) ? '' : ' ');
    // The script passes its flags as the count of replacements: 32 dots at most, and its look-behind is a look-ahead that never matters.
    let dots = 0;
    return out.replace(/\.(?!\d)/g, (dot) => (dots++ < 32 ? '' : dot));
}
/** An answer after `processPunctuation` and `processDigitArticle` of the published script. An article alone becomes the empty string. */
export function normalizeAnswerOfficial(answer) {
    return withoutPunctuation(answer)
        .toLowerCase()
        .split(/\s+/)
        .filter(Boolean)
        .map((word) => numbers.get(word) ?? word)
        .filter((word) => !articles.has(word))
        .map((word) => contractions.get(word) ?? word)
        .join(' ');
}
/** Accuracy of one reply as the published script gives it: both sides are normalized only where the human answers are not all the same. */
export function vqaConsensusOfficial(reply, answers) {
    if (answers.length < 2)
        throw new SensoriumError('evaluate.vqa', 'consensus accuracy needs several human answers', {
            expected: 'at least 2 answers (10 in VQA)',
            got: String(answers.length),
        });
    const tidy = (text) => text.replaceAll('\n', ' ').replaceAll('\t', ' ').trim();
    let said = tidy(reply);
    let human = answers.map(tidy);
    if (new Set(human).size > 1) {
        human = human.map(normalizeAnswerOfficial);
        said = normalizeAnswerOfficial(said);
    }
    const same = human.map((answer) => (answer === said ? 1 : 0));
    const total = same.reduce((a, b) => a + b, 0);
    return same.reduce((sum, own) => sum + Math.min(1, (total - own) / 3), 0) / human.length;
}
//# sourceMappingURL=vqa-official.js.map