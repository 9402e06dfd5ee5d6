// Rules joined to a grammar: their automata in one table, trimmed to what can be finished with the bytes that a vocabulary can spell.
import { SensoriumError } from '../../util/errors.js';
import { automatonOf } from './automaton.js';
import { Counted } from './counted.js';
import { Budget, LIMITS, tooLarge } from './errors.js';
import { FLAGS, Grammar } from './grammar.js';
import { packLists } from './packed.js';
/**
 * Joins rules to a grammar that begins with `root`. `spellable[b]` tells whether byte b is a token by itself: only such bytes are
 * relied on, so that from every state that is kept there is a way to the end, token by token. Throws `constrain.empty` when nothing
 * matches, `constrain.recursion` for a rule that begins with itself, `constrain.size`.
 */
export function grammarOf(rules, root, o = {}) {
    const limits = { ...LIMITS, ...o.limits };
    const budget = o.budget ?? new Budget(limits.work);
    const moves = [];
    const calls = []; // rule, after, ...
    const accepts = [];
    const ruleOf = [];
    const starts = [];
    const counted = new Map();
    for (const [r, { node, place, count }] of rules.entries()) {
        budget.place = place;
        const base = moves.length;
        starts.push(base);
        if (count) {
            counted.set(r, Counted.of(node, count, (m) => spell(m, o.spellable), limits.states, budget));
            continue;
        }
        const dfa = automatonOf(node, limits.states, budget);
        for (const [s, accept] of dfa.accepts.entries()) {
            moves.push(spell(dfa.moves[s].map((v, i) => (i % 3 === 2 ? v + base : v)), o.spellable));
            calls.push(dfa.calls[s].map((v, i) => (i % 2 === 1 ? v + base : v)));
            accepts.push(accept);
            ruleOf.push(r);
        }
        if (moves.length > limits.states)
            tooLarge('states', limits.states, place);
    }
    const lengths = [];
    let next = moves.length;
    for (const [r, rule] of counted) {
        starts[r] = next;
        lengths.push({ base: next, rule });
        next += rule.size;
        if (next > Number.MAX_SAFE_INTEGER)
            tooLarge('characters that are counted', 2 ** 31, rules[r]?.place);
    }
    const callees = rules.map(() => new Set());
    for (const [s, list] of calls.entries())
        for (let i = 0; i < list.length; i += 2)
            callees[ruleOf[s]].add(list[i]);
    checkBeginnings(rules, starts, calls, accepts, callees);
    const { recursive, deep } = recursion(callees);
    const isLast = (after, rule) => !rules[rule]?.role && accepts[after] && moves[after].length === 0 && calls[after].length === 0;
    const need = needs({ moves, calls, accepts, starts, recursive, isLast, counted, budget });
    const needOf = (s, r) => {
        const rule = counted.get(r);
        return rule ? (rule.alive(0) ? 0 : Number.POSITIVE_INFINITY) : need[s];
    };
    const start = starts[root];
    const place = rules[root]?.place;
    const rootNeed = needOf(start, root);
    if (rootNeed === Number.POSITIVE_INFINITY)
        throw new SensoriumError('constrain.empty', 'nothing satisfies the constraint', {
            place,
            hint: 'Two of its demands exclude each other.',
        });
    if (rootNeed > limits.depth)
        tooLarge('recursion that never ends sooner', limits.depth, place);
    const flags = new Uint8Array(moves.length);
    const reads = new Float64Array(moves.length).fill(Number.POSITIVE_INFINITY);
    const finite = moves.map((m, s) => {
        const kept = [];
        for (let i = 0; i < m.length; i += 3) {
            const after = need[m[i + 2]];
            reads[s] = Math.min(reads[s], after);
            if (after !== Number.POSITIVE_INFINITY)
                kept.push(m[i], m[i + 1], m[i + 2]);
        }
        flags[s] = (accepts[s] ? FLAGS.accepts : 0) | (deep[ruleOf[s]] ? FLAGS.deep : 0);
        return kept;
    });
    const open = calls.map((list) => {
        const kept = [];
        for (let i = 0; i < list.length; i += 2) {
            const rule = list[i];
            const after = list[i + 1];
            if (needOf(starts[rule], rule) === Number.POSITIVE_INFINITY)
                continue;
            const last = isLast(after, rule);
            const { role } = rules[rule];
            const deeper = !last && recursive[rule];
            const flag = (last ? FLAGS.last : 0) | (deeper ? FLAGS.deeper : 0) | (role === 'array' ? FLAGS.array : role === 'item' ? FLAGS.item : 0);
            kept.push(starts[rule], after, flag);
        }
        return kept;
    });
    return new Grammar({
        moves: packLists(finite),
        calls: packLists(open, true),
        flags,
        need,
        reads,
        counted: lengths.map(({ base, rule }) => ({ base, rule: rule.packed })),
        start,
        maxDepth: limits.depth,
        warnings: o.warnings ?? [],
        starts,
        distinct: rules.some((rule) => rule.role),
    });
}
/** The least number of recursive calls in one another with which each state can finish; infinite where it cannot. */
function needs(g) {
    const { moves, calls, accepts, starts, recursive, isLast, counted, budget } = g;
    const need = new Float64Array(moves.length).fill(Number.POSITIVE_INFINITY);
    for (let changed = true; changed;) {
        changed = false;
        budget.spend(moves.length);
        for (let s = moves.length - 1; s >= 0; s--) {
            let least = accepts[s] ? 0 : need[s];
            if (least === 0) {
                changed ||= need[s] !== 0;
                need[s] = 0;
                continue;
            }
            const m = moves[s];
            for (let i = 2; i < m.length; i += 3)
                least = Math.min(least, need[m[i]]);
            const c = calls[s];
            for (let i = 0; i < c.length; i += 2) {
                const rule = c[i];
                const after = c[i + 1];
                const string = counted.get(rule);
                const first = string ? (string.alive(0) ? 0 : Number.POSITIVE_INFINITY) : need[starts[rule]];
                const inside = first + (recursive[rule] && !isLast(after, rule) ? 1 : 0);
                least = Math.min(least, Math.max(inside, need[after]));
            }
            if (least < need[s]) {
                need[s] = least;
                changed = true;
            }
        }
    }
    return need;
}
/** Drops bytes that no token spells alone. */
function spell(moves, spellable) {
    if (!spellable)
        return [...moves];
    const out = [];
    for (let i = 0; i < moves.length; i += 3) {
        let from = -1;
        for (let b = moves[i]; b <= moves[i + 1] + 1; b++) {
            const ok = b <= moves[i + 1] && Boolean(spellable[b]);
            if (ok && from < 0)
                from = b;
            if (!ok && from >= 0) {
                out.push(from, b - 1, moves[i + 2]);
                from = -1;
            }
        }
    }
    return out;
}
/** A called rule must read something, and must not begin with itself: then every byte has finitely many ways to be read. */
function checkBeginnings(rules, starts, calls, accepts, callees) {
    const first = rules.map((_, r) => new Set((calls[starts[r]] ?? []).filter((_, i) => i % 2 === 0)));
    const circular = recursion(first).recursive.indexOf(true);
    if (circular >= 0)
        throw new SensoriumError('constrain.recursion', 'a schema refers to itself with nothing in between', {
            place: rules[circular]?.place,
            expected: 'an object or an array around the reference',
        });
    for (const called of callees)
        for (const c of called)
            if (accepts[starts[c]])
                throw new SensoriumError('constrain.empty', 'a rule that is called matches the empty text', { place: rules[c]?.place });
}
/** Rules that may come to call themselves, and rules that may come to call one of those (Tarjan 1972, without the recursion). */
function recursion(edges) {
    const n = edges.length;
    const recursive = new Array(n).fill(false);
    const deep = new Array(n).fill(false);
    const index = new Int32Array(n).fill(-1);
    const low = new Int32Array(n);
    const open = new Uint8Array(n);
    const stack = [];
    let time = 0;
    for (let root = 0; root < n; root++) {
        if (index[root] !== -1)
            continue;
        const path = [];
        const enter = (r) => {
            index[r] = low[r] = time++;
            stack.push(r);
            open[r] = 1;
            path.push({ r, rest: edges[r].values() });
        };
        enter(root);
        while (path.length > 0) {
            const { r, rest } = path.at(-1);
            const { done, value } = rest.next();
            if (!done) {
                if (index[value] === -1)
                    enter(value);
                else if (open[value])
                    low[r] = Math.min(low[r], index[value]);
                continue;
            }
            path.pop();
            const above = path.at(-1);
            if (above)
                low[above.r] = Math.min(low[above.r], low[r]);
            if (low[r] !== index[r])
                continue;
            const members = stack.splice(stack.indexOf(r));
            const circle = members.length > 1 || edges[r].has(r);
            // What is called from here is settled: components close from the inside out.
            const below = members.some((m) => [...edges[m]].some((c) => deep[c]));
            for (const m of members) {
                open[m] = 0;
                recursive[m] = circle;
                deep[m] = circle || below;
            }
        }
    }
    return { recursive, deep };
}
//# sourceMappingURL=join-rules.js.map