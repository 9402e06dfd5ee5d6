// Rows of an engine that a method steps: they wait until the method gives them a token. The same over decoders and encoder-decoders.
import { SensoriumError } from '../../util/errors.js';
import { methodOf, rowsOf } from '../methods/index.js';
import { withinOf } from '../policy.js';
/** The method's side of a row: tokens in, logits out. */
export class MethodTurn {
    /** Tokens that the method gave the row. */
    generated = [];
    /** Logits [vocab] after the last token, and log(sum(exp(logits))). */
    logits = new Float32Array();
    logSum = 0;
    asked;
    /** Logits are wanted. */
    get waits() {
        return this.asked !== undefined;
    }
    /** The engine's logits, which are valid until its next step. */
    give(logits, logSum) {
        if (this.logits.length !== logits.length)
            this.logits = new Float32Array(logits.length);
        this.logits.set(logits);
        this.logSum = logSum;
        this.asked?.resolve();
        this.asked = undefined;
    }
    /** Resolves with the next logits. */
    wait() {
        return new Promise((resolve, reject) => {
            this.asked = { resolve, reject };
        });
    }
    /** Ends a wait that nothing will answer. */
    stop() {
        this.asked?.reject(gone());
        this.asked = undefined;
    }
}
/**
 * Begins the reply of a method, and resolves when all rows that it takes are made. It goes on when they are stepped. Rejects with what the
 * method throws before that.
 */
export function startMethod(reply, named, prompt, source) {
    const needed = rowsOf(named);
    return new Promise((resolve, reject) => {
        let ready = false;
        const onReady = () => {
            ready = true;
            resolve();
        };
        const policy = methodOf(named)(rowPolicy(reply, source, { needed, onReady }));
        const run = async () => {
            const rows = await policy.start([prompt]);
            let { logits } = rows;
            while (!reply.done && !reply.accept(logits.at(0), logits.logSum(0), withinOf(logits, 0))) {
                await reply.ready;
                logits = await policy.step(rows, reply.generated.slice(-1));
            }
        };
        run().then(source.end, (error) => {
            if (!ready)
                reject(error);
            else if (!reply.done)
                source.fail(error);
        });
    });
}
/** The rows of one reply as a policy. They can neither fork nor be read: engines have neither beams nor scores. */
function rowPolicy(reply, source, { needed, onReady }) {
    const no = () => {
        throw new SensoriumError('generate.policy', 'rows of an engine go one way', { expected: 'a method that only starts and steps rows' });
    };
    let begun = 0;
    let made = 0;
    return {
        capacity: source.capacity,
        vocabSize: source.vocabSize,
        room: (prompt) => source.room(prompt),
        async start(prompts) {
            begun += prompts.length;
            if (begun > needed)
                no();
            const turns = prompts.map(() => new MethodTurn());
            for (const [i, prompt] of prompts.entries()) {
                await source.make(prompt, turns[i]);
                if (reply.done)
                    throw gone();
            }
            const waits = turns.map((turn) => turn.wait());
            made += prompts.length;
            if (made === needed)
                onReady();
            source.wake();
            await Promise.all(waits);
            return new MethodRows(turns);
        },
        async step(rows, ids) {
            const { turns, logits } = rows;
            if (reply.done)
                throw gone();
            const waits = turns.flatMap((turn, i) => {
                if (ids[i] < 0)
                    return [];
                turn.generated.push(ids[i]);
                return [turn.wait()];
            });
            source.wake();
            await Promise.all(waits);
            return logits;
        },
        select: no,
        read: no,
        score: no,
    };
}
class MethodRows {
    turns;
    logits;
    constructor(turns) {
        this.turns = turns;
        this.logits = { at: (i) => turns[i].logits, logSum: (i) => turns[i].logSum };
    }
    get count() {
        return this.turns.length;
    }
}
/** Throws `generate.option`, and `generate.method` for a method that takes more rows than the engine has. */
export function checkMethod(method, slots) {
    methodOf(method); // throws for options out of range
    if (rowsOf(method) > slots)
        throw new SensoriumError('generate.method', 'the method takes more rows than the engine has', {
            place: 'method',
            expected: `at most ${slots}`,
            got: String(rowsOf(method)),
            hint: 'Give the engine more slots',
        });
}
/** Ends the steps of a method whose request is over; nobody reads it. */
const gone = () => new SensoriumError('generate.closed', 'the request is over');
//# sourceMappingURL=method-rows.js.map