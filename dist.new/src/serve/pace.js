// Requests that come all at once, begun a few at a time: between them the loop has its turn, so that replies under way go on.
import { Rounds } from './rounds.js';
/** Requests that are begun in one turn of the event loop: each takes about a millisecond until it waits for something. */
const EACH_TURN = 8;
/** Runs a few tasks at once, and the rest in later turns of the event loop; owners take turns. */
export class Pace {
    eachTurn;
    later;
    waiting = [];
    rounds = new Rounds();
    begun = 0;
    scheduled = false;
    constructor(eachTurn = EACH_TURN, 
    /** Replaceable in tests. */
    later = (next) => void setImmediate(next)) {
        this.eachTurn = eachTurn;
        this.later = later;
    }
    /** Tasks that wait for their turn. */
    get size() {
        return this.waiting.length;
    }
    /** Runs a task now, or later where many have begun in this turn already. */
    run(owner, run) {
        if (this.begun < this.eachTurn && this.waiting.length === 0) {
            this.begun++;
            run();
        }
        else
            this.waiting.push({ owner, run });
        this.schedule();
    }
    schedule() {
        if (this.scheduled)
            return;
        this.scheduled = true;
        this.later(() => {
            this.scheduled = false;
            this.begun = 0;
            while (this.begun < this.eachTurn) {
                const task = this.rounds.next(this.waiting);
                if (!task)
                    break;
                this.begun++;
                this.rounds.enter(task.owner)(); // it has had its turn, and holds no place
                task.run();
            }
            if (this.begun > 0)
                this.schedule();
        });
    }
}
//# sourceMappingURL=pace.js.map