// CHAIR and cover: which of the objects that captions name are not there, and how many of those that are there get named.
import { SensoriumError } from '../util/errors.js';
import { sentences } from './mentions.js';
import { proportion, wilson } from './wilson.js';
/** Compares one caption with the ids of the objects that are there. */
export function judgeCaption(caption, truth, vocabulary) {
    const present = new Set(truth);
    const mentions = vocabulary.mentions(caption);
    const named = new Set(mentions.map((m) => m.id));
    return { mentions, hallucinated: mentions.filter((m) => !present.has(m.id)), covered: [...present].filter((id) => named.has(id)) };
}
/** Scores captions against the object ids of their images; `truth[i]` belongs to `captions[i]`. Throws when the lengths differ. */
export function chair(captions, truth, vocabulary) {
    if (captions.length !== truth.length)
        throw new SensoriumError('evaluate.chair', 'captions and truth differ in number', {
            expected: `${captions.length} truth sets`,
            got: String(truth.length),
        });
    const sum = { mentions: 0, wrong: 0, captions: 0, sentences: 0, wrongSentences: 0, covered: 0, objects: 0, shares: 0, withTruth: 0 };
    captions.forEach((caption, i) => {
        const present = new Set(truth[i]);
        const found = judgeCaption(caption, present, vocabulary);
        sum.mentions += found.mentions.length;
        sum.wrong += found.hallucinated.length;
        if (found.hallucinated.length)
            sum.captions++;
        sum.sentences += sentences(caption).length;
        sum.wrongSentences += new Set(found.hallucinated.map((m) => m.sentence)).size;
        sum.covered += found.covered.length;
        sum.objects += present.size;
        if (present.size) {
            sum.withTruth++;
            sum.shares += found.covered.length / present.size;
        }
    });
    const i = proportion(sum.wrong, sum.mentions);
    const s = proportion(sum.captions, captions.length);
    const cover = proportion(sum.covered, sum.objects);
    const pair = (p) => [p.low, p.high];
    return {
        chairI: i.value,
        chairS: s.value,
        chairSentence: sum.sentences ? sum.wrongSentences / sum.sentences : 0,
        cover: cover.value,
        coverMacro: sum.withTruth ? sum.shares / sum.withTruth : 0,
        n: captions.length,
        mentions: sum.mentions,
        sentences: sum.sentences,
        intervals: { chairI: pair(i), chairS: pair(s), cover: pair(cover) },
    };
}
/** The scores as a list. */
export function chairScoreList(c) {
    const { chairI, chairS, cover } = c.intervals;
    const score = (name, value, [low, high], n, more) => ({
        name,
        value,
        low,
        high,
        n,
        better: 'lower',
        ...more,
    });
    const sentence = proportion(Math.round(c.chairSentence * c.sentences), c.sentences);
    const macro = wilson(c.coverMacro * c.n, c.n);
    return [
        score('CHAIR-i', c.chairI, chairI, c.mentions, { note: 'made-up objects among all that are named' }),
        score('CHAIR-s', c.chairS, chairS, c.n, { note: 'captions with a made-up object' }),
        score('cover', c.cover, cover, c.n, { better: 'higher', note: 'true objects that are named' }),
        score('CHAIR-s by sentence', c.chairSentence, [sentence.low, sentence.high], c.sentences, {
            detail: true,
            note: 'sentences with a made-up object',
        }),
        score('cover by caption', c.coverMacro, [macro.low, macro.high], c.n, {
            better: 'higher',
            detail: true,
            note: 'mean over captions of the true objects that each names',
        }),
    ];
}
//# sourceMappingURL=chair.js.map