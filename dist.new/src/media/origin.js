// How an image processor was made, so that a worker thread can make the same one.
const origins = new WeakMap();
/** Notes how a processor was made, and returns it. */
export function made(processor, make, config, place) {
    origins.set(processor, { make, config, place });
    return processor;
}
/** How a processor was made; undefined for one that is not of this library. */
export const originOf = (processor) => origins.get(processor);
//# sourceMappingURL=origin.js.map