// Deterministic automata over bytes that may call rules: subsets, minimization, products.
import { Budget, LIMITS, tooLarge } from './errors.js';
import { nfaOf } from './nfa.js';
/** Builds the automaton of one node. `states` bounds its size, `budget` the work; beyond them `constrain.size`. */
export function automatonOf(node, states = LIMITS.states, budget = new Budget()) {
    const { nfa, start, end } = nfaOf(node, states, budget);
    return subsets(nfa, start, end, states, budget);
}
/** Of a state, beside its transitions. */
const STATE_COST = 8;
function subsets(nfa, start, end, limit, budget) {
    const out = { moves: [], calls: [], accepts: [] };
    const known = new Map();
    const members = [];
    const mark = new Int32Array(nfa.empty.length).fill(-1);
    let stamp = 0;
    const enter = (seeds) => {
        const kept = [];
        let reached = 0;
        stamp++;
        const stack = [...seeds];
        while (stack.length > 0) {
            const s = stack.pop();
            if (mark[s] === stamp)
                continue;
            mark[s] = stamp;
            reached++;
            // Only states that read, call or end tell subsets apart.
            if (s === end || nfa.moves[s].length > 0 || nfa.calls[s].length > 0)
                kept.push(s);
            for (const next of nfa.empty[s])
                stack.push(next);
        }
        budget.spend(reached + kept.length);
        kept.sort((a, b) => a - b);
        const key = kept.join();
        let id = known.get(key);
        if (id === undefined) {
            id = members.length;
            if (id >= limit)
                tooLarge('states', limit, budget.place);
            budget.spend(STATE_COST + kept.length);
            known.set(key, id);
            members.push(kept);
            out.accepts.push(kept.includes(end));
        }
        return id;
    };
    enter([start]);
    for (let id = 0; id < members.length; id++) {
        const own = members[id];
        const moves = [];
        const byRule = new Map();
        for (const s of own) {
            for (const value of nfa.moves[s])
                moves.push(value);
            const calls = nfa.calls[s];
            for (let i = 0; i < calls.length; i += 2) {
                const targets = byRule.get(calls[i]) ?? [];
                targets.push(calls[i + 1]);
                byRule.set(calls[i], targets);
            }
        }
        out.moves.push(deterministic(moves, enter, budget));
        out.calls.push([...byRule].flatMap(([rule, targets]) => [rule, enter(targets)]));
    }
    return out;
}
const starts = new Uint8Array(257);
/** Cuts overlapping ranges at each other's borders; equal neighbors are joined again. */
function deterministic(moves, enter, budget) {
    budget.spend(2 + moves.length / 3);
    if (moves.length === 0)
        return [];
    if (moves.length === 3)
        return [moves[0], moves[1], enter([moves[2]])];
    for (let i = 0; i < moves.length; i += 3) {
        starts[moves[i]] = 1;
        starts[moves[i + 1] + 1] = 1;
    }
    const borders = [];
    for (let b = 0; b <= 256; b++)
        if (starts[b]) {
            borders.push(b);
            starts[b] = 0;
        }
    // Targets of each piece between two borders.
    const targets = borders.map(() => []);
    for (let i = 0; i < moves.length; i += 3) {
        const [lo, hi, target] = [moves[i], moves[i + 1], moves[i + 2]];
        let k = 0;
        for (let top = borders.length; k < top;) {
            const middle = (k + top) >> 1;
            if (borders[middle] < lo)
                k = middle + 1;
            else
                top = middle;
        }
        const first = k;
        for (; borders[k] <= hi; k++)
            targets[k].push(target);
        budget.spend(k - first);
    }
    const out = [];
    for (let k = 0; k + 1 < borders.length; k++) {
        const own = targets[k];
        if (own.length === 0)
            continue;
        const lo = borders[k];
        const hi = borders[k + 1] - 1;
        const target = enter(own);
        const last = out.length - 3;
        if (last >= 0 && out[last + 2] === target && out[last + 1] === lo - 1)
            out[last + 1] = hi;
        else
            out.push(lo, hi, target);
    }
    return out;
}
const MOST_MINIMIZED = 500;
/** The same language with the fewest states (Moore 1956), for automata that will be copied or multiplied; large ones stay as they are. */
export function minimal(dfa, budget = new Budget()) {
    if (dfa.accepts.length > MOST_MINIMIZED || dfa.calls.some((c) => c.length > 0))
        return dfa;
    let groups = dfa.accepts.map(Number);
    let count = 0;
    const moved = (s) => {
        const out = [];
        const moves = dfa.moves[s];
        for (let i = 0; i < moves.length; i += 3) {
            const group = groups[moves[i + 2]];
            const last = out.length - 3;
            if (last >= 0 && out[last + 2] === group && out[last + 1] === moves[i] - 1)
                out[last + 1] = moves[i + 1];
            else
                out.push(moves[i], moves[i + 1], group);
        }
        return out;
    };
    const size = dfa.moves.reduce((sum, m) => sum + 1 + m.length / 3, 0);
    for (;;) {
        budget.spend(size);
        const names = new Map();
        const next = groups.map((group, s) => {
            const name = `${group}:${moved(s).join()}`;
            const known = names.get(name) ?? names.size;
            names.set(name, known);
            return known;
        });
        groups = next; // state 0 is in group 0, for it comes first
        if (names.size === count)
            break;
        count = names.size;
    }
    const members = Array.from({ length: count }, (_, g) => groups.indexOf(g));
    return { moves: members.map(moved), calls: members.map(() => []), accepts: members.map((s) => dfa.accepts[s]) };
}
/** The target of a byte, or -1. */
export function moveOn(moves, byte) {
    for (let i = 0; i < moves.length; i += 3) {
        if (byte < moves[i])
            return -1;
        if (byte <= moves[i + 1])
            return moves[i + 2];
    }
    return -1;
}
/** Strings that both accept (`both`), or the first and not the second. `pairs`, where given, is filled with the states behind each state. */
export function product(a, b, both, { limit = LIMITS.states, budget, pairs = [] }) {
    const out = { moves: [], calls: [], accepts: [] };
    const known = new Map();
    const DEAD = b.accepts.length;
    const enter = (s, t) => {
        const key = s * (DEAD + 1) + t;
        let id = known.get(key);
        if (id === undefined) {
            id = pairs.length;
            if (id >= limit)
                tooLarge('states', limit, budget.place);
            budget.spend(STATE_COST);
            known.set(key, id);
            pairs.push([s, t]);
            const second = t !== DEAD && b.accepts[t];
            out.accepts.push(a.accepts[s] && second === both);
        }
        return id;
    };
    enter(0, 0);
    for (let id = 0; id < pairs.length; id++) {
        const [s, t] = pairs[id];
        const moves = [];
        const other = t === DEAD ? [] : b.moves[t];
        const own = a.moves[s];
        budget.spend(1 + (own.length / 3) * (1 + other.length / 3));
        for (let i = 0; i < own.length; i += 3) {
            const [lo, hi, target] = [own[i], own[i + 1], own[i + 2]];
            let from = lo;
            for (let k = 0; k < other.length && from <= hi; k += 3) {
                const [lo2, hi2] = [Math.max(other[k], from), Math.min(other[k + 1], hi)];
                if (lo2 > hi2)
                    continue;
                if (!both && from < lo2)
                    moves.push(from, lo2 - 1, enter(target, DEAD));
                moves.push(lo2, hi2, enter(target, other[k + 2]));
                from = hi2 + 1;
            }
            if (!both && from <= hi)
                moves.push(from, hi, enter(target, DEAD));
        }
        out.moves.push(moves);
        out.calls.push([]);
    }
    return out;
}
/** The same language without states that lead nowhere; the start stays. */
export function trimmed(dfa) {
    const before = dfa.accepts.map(() => []);
    for (const [s, moves] of dfa.moves.entries())
        for (let i = 2; i < moves.length; i += 3)
            before[moves[i]].push(s);
    const alive = new Uint8Array(dfa.accepts.length);
    const stack = dfa.accepts.flatMap((accept, s) => (accept ? [s] : []));
    while (stack.length > 0) {
        const s = stack.pop();
        if (alive[s])
            continue;
        alive[s] = 1;
        for (const p of before[s])
            stack.push(p);
    }
    if (alive.every(Boolean))
        return dfa;
    const kept = dfa.accepts.flatMap((_, s) => (s === 0 || alive[s] ? [s] : []));
    const names = new Map(kept.map((s, i) => [s, i]));
    const moves = kept.map((s) => {
        const own = dfa.moves[s];
        const out = [];
        for (let i = 0; i < own.length; i += 3) {
            const target = own[i + 2];
            if (alive[target])
                out.push(own[i], own[i + 1], names.get(target));
        }
        return out;
    });
    return { moves, calls: kept.map(() => []), accepts: kept.map((s) => dfa.accepts[s]) };
}
/** Whether an automaton without calls accepts a text. */
export function matches(dfa, value) {
    let state = 0;
    for (const byte of new TextEncoder().encode(value)) {
        state = moveOn(dfa.moves[state], byte);
        if (state < 0)
            return false;
    }
    return dfa.accepts[state];
}
//# sourceMappingURL=automaton.js.map