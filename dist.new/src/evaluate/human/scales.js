// The scales that people rate replies on: the levels, what each means, and which count as good.
import { SensoriumError } from '../../util/errors.js';
const numbered = (from, to, about) => Array.from({ length: to - from + 1 }, (_, i) => to - i).map((value) => ({ mark: String(value), about: about[value] ?? '', value }));
/** The scales by name. */
export const SCALES = {
    owleval: {
        name: 'owleval',
        title: 'OwlEval, A to D',
        levels: [
            { mark: 'A', about: 'right, complete and clear', value: 4 },
            { mark: 'B', about: 'acceptable, with small faults', value: 3 },
            { mark: 'C', about: 'understands the question, serious faults', value: 2 },
            { mark: 'D', about: 'beside the point or wrong', value: 1 },
        ],
        good: 3,
        goodName: 'level A or B',
        measurement: 'ordinal',
    },
    mmhal: {
        name: 'mmhal',
        title: 'MMHal-Bench, 0 to 6',
        levels: numbered(0, 6, {
            6: 'very informative with good analysis, nothing made up',
            5: 'very informative, nothing made up',
            4: 'somewhat informative, nothing made up',
            3: 'not informative, nothing made up',
            2: 'very informative, something made up',
            1: 'somewhat informative, something made up',
            0: 'not informative, something made up',
        }),
        good: 3,
        goodName: 'nothing made up',
        measurement: 'ordinal',
    },
    five: {
        name: 'five',
        title: 'One to five',
        levels: numbered(1, 5, { 5: 'very good', 4: 'good', 3: 'neither', 2: 'poor', 1: 'very poor' }),
        good: 4,
        goodName: 'rated 4 or 5',
        measurement: 'interval',
    },
    ten: {
        name: 'ten',
        title: 'Zero to ten',
        levels: numbered(0, 10, { 10: 'best', 0: 'worst' }),
        good: 6,
        goodName: 'rated 6 or more',
        measurement: 'interval',
    },
    yesno: {
        name: 'yesno',
        title: 'Right or not',
        levels: [
            { mark: 'yes', about: 'right, and nothing made up', value: 1 },
            { mark: 'no', about: 'wrong, or something made up', value: 0 },
        ],
        good: 1,
        goodName: 'yes',
        measurement: 'nominal',
    },
};
/** The level that a cell of a sheet names; undefined for one that is not on the scale. Case, spaces and full-width forms do not matter. */
export function levelOf({ levels }, cell) {
    const text = cell.normalize('NFKC').trim().toLowerCase();
    const number = /^-?\d+(?:\.0+)?$/.test(text) ? String(Number(text)) : text;
    return levels.find(({ mark }) => mark.toLowerCase() === number);
}
/** A scale by name. Errors: `evaluate.sheet`. */
export function scaleOf(name, place) {
    const found = Object.hasOwn(SCALES, name) ? SCALES[name] : undefined;
    if (found)
        return found;
    throw new SensoriumError('evaluate.sheet', 'there is no such scale', { place, expected: Object.keys(SCALES).join(', '), got: name });
}
//# sourceMappingURL=scales.js.map