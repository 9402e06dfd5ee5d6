// Numbers that are multiples of another, as an automaton over digits that keeps the remainder.
import { alt, bytes, repeat, seq, text } from './node.js';
import { decimal } from './numbers.js';
const digit = (d) => [0x30 + d, 0x30 + d];
/**
 * Decimal texts, signed or not, without an exponent, whose value is a whole multiple of `step`. Zeros at the end of `step` are read as
 * zeros at the end of the number, so that a step of 1,000,000 is as small as one of 1.
 */
export function multiplesOf(step, budget) {
    const { digits, scale } = decimal(step);
    if (scale > 0)
        return signed({ kind: 'automaton', automaton: remainders(Number(digits), scale, budget) });
    let [whole, zeros] = [digits, 0];
    for (; whole % 10n === 0n; zeros++)
        whole /= 10n;
    const multiples = { kind: 'automaton', automaton: remainders(Number(whole), 0, budget) };
    if (zeros === 0)
        return signed(multiples);
    const tail = repeat(bytes([digit(0)]), zeros, zeros);
    return alt(text('0'), signed(seq(multiples, tail)));
}
const signed = (node) => alt(node, seq(text('-'), node));
/** True when `value` is a whole multiple of `step`, on their decimal texts. */
export function isMultiple(value, step) {
    const [a, b] = [decimal(value), decimal(step)];
    const scale = Math.max(a.scale, b.scale);
    return (a.digits * 10n ** BigInt(scale - a.scale)) % (b.digits * 10n ** BigInt(scale - b.scale)) === 0n;
}
/** Digits, then up to `scale` more behind a point: accepts where the value in units of 10^-scale is a multiple of `by`. */
function remainders(by, scale, budget) {
    // States: start, then remainders before the point, then for each place behind it.
    budget.spend(by * (scale + 1) * 10);
    const moves = [[]];
    const accepts = [false];
    const power = (n) => {
        let value = 1 % by;
        for (let i = 0; i < n; i++)
            value = (value * 10) % by;
        return value;
    };
    const state = (place, rest) => 1 + place * by + rest;
    for (let place = 0; place <= scale; place++)
        for (let rest = 0; rest < by; rest++) {
            const own = [];
            // "1." is no number: the point goes on with a digit.
            if (place === 0 && scale > 0)
                own.push(0x2e, 0x2e, state(scale + 1, rest));
            if (place === 0 || place < scale)
                for (let d = 0; d < 10; d++)
                    own.push(...digit(d), state(place === 0 ? 0 : place + 1, (rest * 10 + d) % by));
            moves.push(own);
            accepts.push((rest * power(scale - place)) % by === 0);
        }
    if (scale > 0)
        for (let rest = 0; rest < by; rest++) {
            moves.push([...Array(10).keys()].flatMap((d) => [...digit(d), state(1, (rest * 10 + d) % by)]));
            accepts.push(false);
        }
    moves[0] = [...Array(10).keys()].flatMap((d) => [...digit(d), state(0, d % by)]);
    return { moves, calls: moves.map(() => []), accepts };
}
//# sourceMappingURL=multiples.js.map