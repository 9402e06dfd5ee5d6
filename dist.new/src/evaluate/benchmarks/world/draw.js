// The source of the rows of benchmarks over the scene world: scenes in order, facts by a seed, pictures by the names of the official files.
import { throwIfAborted } from '../../../util/errors.js';
import { groupsOf, questions } from '../../../world/index.js';
import { EMPTY_SCENES, tooFewSamples } from '../../scenes.js';
/** The name of an image ends in the number of its scene, as COCO's do. */
const nameOf = (index) => `scene-${String(index).padStart(6, '0')}.png`;
/** Draws of the same kind of question before a scene is left. */
const TRIES = 8;
/** The rows of one benchmark as they are drawn: equal seeds give equal rows. */
export class WorldDraw {
    scenes;
    name;
    n;
    signal;
    rng;
    pictures = new Map();
    videos = new Map();
    turn = 0;
    constructor(scenes, 
    /** The benchmark, which names the stream of the draws. */
    name, 
    /** Rows of each kind. */
    n, signal) {
        this.scenes = scenes;
        this.name = name;
        this.n = n;
        this.signal = signal;
        this.rng = scenes.rng.fork('world', name);
    }
    /** Scene number `index` for one use. */
    at(index, use) {
        const scene = this.scenes.scene(index);
        return { index, scene, groups: groupsOf(scene), image: nameOf(index), rng: this.rng.fork(use, index) };
    }
    /** `n` items that `make` finds, at most one in a scene. Errors: `evaluate.source` where there are too few; the signal's reason. */
    take(use, make, n = this.n) {
        return this.even(use, [undefined], make, n);
    }
    /** `n` items, as many of each of `values` as of the others, at most one in a scene. Errors as of `take`. */
    even(use, values, make, n = this.n) {
        const out = [];
        const room = values.map((_, i) => Math.floor(n / values.length) + (i < n % values.length ? 1 : 0));
        for (let i = 0, empty = 0; out.length < n; i++) {
            throwIfAborted(this.signal);
            let item;
            for (let k = 0; k < values.length && item === undefined; k++) {
                const v = (i + k) % values.length;
                if (room[v] === 0)
                    continue;
                item = make(this.at(i, use), values[v]);
                if (item !== undefined)
                    room[v] = room[v] - 1;
            }
            if (item !== undefined)
                out.push(item);
            empty = item === undefined ? empty + 1 : 0;
            if (empty > EMPTY_SCENES)
                throw tooFewSamples(`rows of ${this.name} (${use})`, this.scenes.source.description);
        }
        return out;
    }
    /** A question of a type with one true answer, and where asked with this answer. */
    question({ scene, rng }, type, { answer, language = 'en' } = {}) {
        for (let i = 0; i < TRIES; i++) {
            const [found] = questions(scene, { language, rng, types: [type] });
            if (!found)
                return undefined;
            if (answer === undefined || found.answer === answer)
                return { type, question: found.question, answer: found.answer };
        }
        return undefined;
    }
    /** Options with the true one among `count - 1` others of `pool`; its place goes round, so that every letter is right equally often. */
    options(rng, right, pool, count = 4) {
        const options = rng.sample([...new Set(pool)].filter((other) => other !== right), count - 1);
        const at = this.turn++ % (options.length + 1);
        options.splice(at, 0, right);
        return { options, at };
    }
    /** The name of an image of a scene that is not one of the numbered ones: an edited copy, or one of another split. */
    picture(scene, scenes = this.scenes) {
        const name = `picture-${String(this.pictures.size).padStart(6, '0')}.png`;
        this.pictures.set(name, scenes.picture(scene).pixels);
        return name;
    }
    /** The name of a video of some frames, each a scene. */
    video(frames) {
        const name = `video-${this.videos.size}`;
        this.videos.set(name, frames.map((scene) => this.scenes.picture(scene).pixels));
        return name;
    }
    image(name) {
        const own = this.pictures.get(name.split('/').at(-1));
        return own ?? this.scenes.image(Number(/(\d+)\.\w+$/.exec(name)?.[1])).pixels;
    }
    frames(name) {
        return this.videos.get(name) ?? [];
    }
}
//# sourceMappingURL=draw.js.map