// LRV-Instruction (Liu et al. 2023, arXiv:2306.14565): instructions about an image that are right, and three kinds that are wrong, with replies that say so.
import { SensoriumError } from '../util/errors.js';
import { chineseLrv } from './lrv-chinese.js';
import { englishLrv } from './lrv-english.js';
import { LRV_KINDS } from './lrv-templates.js';
export * from './lrv-templates.js';
const LANGUAGES = { en: englishLrv, zh: chineseLrv };
/** Draws of an instruction that may fail before there are taken to be no more. */
const TRIES = 8;
/** Instructions about one image, none twice: the kinds of wrong ones, the forms and the templates with equal chances. Errors: `data.option`. */
export function lrvTurns(facts, { language, rng, turns = 5, negatives = 0.5 }) {
    checkLrv({ turns, negatives });
    const out = [];
    const asked = new Set();
    for (let tries = 0; out.length < turns && tries < TRIES * turns; tries++) {
        const kind = rng.bool(negatives) ? rng.pick(LRV_KINDS.slice(1)) : 'positive';
        const form = rng.bool() ? 'declarative' : 'interrogative';
        const made = rng.pick(LANGUAGES[language][kind][form])(facts, rng);
        if (!made || asked.has(made.question))
            continue;
        asked.add(made.question);
        out.push({ kind: kind, form, ...made });
    }
    return out;
}
/** Throws `data.option` for numbers out of range. */
export function checkLrv({ turns = 5, negatives = 0.5 }) {
    const check = (ok, place, expected, got) => {
        if (!ok)
            throw new SensoriumError('data.option', 'an option is out of range', { place, expected, got: String(got) });
    };
    check(Number.isSafeInteger(turns) && turns >= 1 && turns <= 64, 'turns', 'a whole number from 1 to 64', turns);
    check(negatives >= 0 && negatives <= 1, 'negatives', 'a share from 0 to 1', negatives);
}
//# sourceMappingURL=lrv.js.map