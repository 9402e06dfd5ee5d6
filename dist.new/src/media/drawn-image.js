// Images and sounds that are made when they are read, and named without that.
/** What is made for readers in the same turn, then free to be collected. */
class Drawn {
    draw;
    held;
    constructor(draw) {
        this.draw = draw;
    }
    get() {
        const before = this.held?.deref();
        if (before)
            return before;
        const made = this.draw();
        this.held = new WeakRef(made);
        return made;
    }
}
/** An image of known size whose pixels are made anew when something reads them, such as a scene: while a cache has its features, nothing is drawn. */
export class DrawnImage {
    width;
    height;
    key;
    drawn;
    /** `key` names the content: equal keys have equal pixels. `draw` gives [height, width, 3]. */
    constructor(width, height, key, draw) {
        this.width = width;
        this.height = height;
        this.key = key;
        this.drawn = new Drawn(draw);
    }
    get data() {
        return this.drawn.get();
    }
}
/** A sound of known rate whose samples are made anew when something reads them. */
export class DrawnSound {
    sampleRate;
    key;
    drawn;
    /** `key` names the content: equal keys have equal samples. */
    constructor(sampleRate, key, draw) {
        this.sampleRate = sampleRate;
        this.key = key;
        this.drawn = new Drawn(draw);
    }
    get samples() {
        return this.drawn.get();
    }
}
//# sourceMappingURL=drawn-image.js.map