// How a row of one's own is scored: exact, choice, number, yes/no, JSON, boxes, or by a judge. One rule a row.
import { isDeepStrictEqual } from 'node:util';
import { questionOf } from './benchmark.js';
import { namedNumber } from './judge.js';
import { verdictsOf } from './judged.js';
import { once } from './memo.js';
import { boxesIn, matchBoxes } from './metrics/boxes.js';
import { exactMatch } from './metrics/vqa.js';
import { parseNumber } from './numbers.js';
import { chooseOption } from './option-choice.js';
import { cleanReply, withoutThinking } from './reply.js';
import { parseRobust } from './yes-no.js';
/** The rules by name. */
export const RULES = ['exact', 'choice', 'number', 'yesno', 'json', 'boxes', 'judge'];
/** How good a reply is, 0 to 1; undefined where nothing could be read from it. */
export const ownScore = once(scoreOf);
function scoreOf(row) {
    const { reply, value, truth } = row;
    const texts = [value].flat().map(String);
    switch (row.rule) {
        case 'exact':
            if (withoutThinking(reply).trim() === '')
                return undefined;
            return texts.some((text) => exactMatch(reply, text, questionOf(row.messages))) ? 1 : 0;
        case 'choice': {
            const { letter } = chooseOption(row, row.options);
            return letter === undefined ? undefined : letter === truth ? 1 : 0;
        }
        case 'number': {
            const number = parseNumber(reply, questionOf(row.messages));
            return number === undefined ? undefined : number === Number(value) ? 1 : 0;
        }
        case 'yesno': {
            const said = parseRobust(reply, questionOf(row.messages));
            return said === 'unknown' ? undefined : said === truth ? 1 : 0;
        }
        case 'json': {
            const given = jsonIn(reply);
            return given === undefined ? undefined : isDeepStrictEqual(given.value, value) ? 1 : 0;
        }
        case 'boxes': {
            const given = boxesIn(withoutThinking(reply));
            if (given.length === 0)
                return undefined;
            const overlaps = matchBoxes(value, given);
            // Boxes that nothing is in count against the reply as missing ones do.
            return overlaps.reduce((a, b) => a + b, 0) / Math.max(overlaps.length, given.length);
        }
        case 'judge': {
            const [rating] = verdictsOf([row], 0, (text) => namedNumber(text, 'rating', [0, row.most]));
            return rating === undefined ? undefined : rating / row.most;
        }
    }
}
/** The JSON value that a reply is, or that stands in its only fenced block. */
function jsonIn(reply) {
    const text = withoutThinking(reply);
    const fenced = /```(?:json)?\s*\n([\s\S]*?)```/i.exec(text)?.[1];
    for (const candidate of [fenced, text, cleanReply(reply).answer]) {
        if (candidate === undefined)
            continue;
        try {
            return { value: JSON.parse(candidate) };
        }
        catch {
            // The next candidate may be JSON; a reply without any counts as unreadable.
        }
    }
    return undefined;
}
//# sourceMappingURL=own-rules.js.map