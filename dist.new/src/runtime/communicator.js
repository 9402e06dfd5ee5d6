// How the processes of a job exchange numbers: the collective operations that data-parallel training needs.
const nothing = async () => { };
/** One process: every operation leaves its data as they are. */
export const soloCommunicator = {
    rank: 0,
    size: 1,
    allReduce: nothing,
    reduceScatter: nothing,
    allGather: nothing,
    async gather(own, [start = 0], whole) {
        whole?.set(own, start);
    },
    broadcast: nothing,
    barrier: nothing,
    abort() { },
    leave() { },
};
/**
 * Bounds of `parts` consecutive parts of `length` elements, as even as multiples of `step` allow: part r is from `bounds[r]` to `bounds[r + 1]`.
 */
export function evenBounds(length, parts, step = 1) {
    const steps = Math.ceil(length / step);
    return Array.from({ length: parts + 1 }, (_, r) => Math.min(length, Math.floor((steps * r) / parts) * step));
}
//# sourceMappingURL=communicator.js.map