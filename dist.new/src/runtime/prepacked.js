// Packed copies of weights, shared by sessions: ONNX Runtime packs a constant matrix for its kernels, once for all who hold the container.
/**
 * Containers of packed weights. Sessions whose initializers have an array in common use one container, in which ONNX Runtime finds
 * packed matrices by a hash of their contents; it lives as long as one of these sessions.
 */
export class PrepackedWeights {
    api;
    known = new WeakMap();
    constructor(api) {
        this.api = api;
    }
    /** The container for a session over these initializers. */
    acquire(initializers) {
        const arrays = Object.values(initializers).map((tensor) => tensor.data);
        const container = this.live(arrays) ?? { pointer: this.api.out('CreatePrepackedWeightsContainer'), holders: 0 };
        container.holders++;
        for (const array of arrays)
            if (!this.alive(array))
                this.known.set(array, container);
        return {
            container: container.pointer,
            release: () => {
                if (--container.holders === 0)
                    this.api.raw('ReleasePrepackedWeightsContainer')(container.pointer);
            },
        };
    }
    live(arrays) {
        for (const array of arrays) {
            const container = this.alive(array);
            if (container)
                return container;
        }
        return undefined;
    }
    alive(array) {
        const container = this.known.get(array);
        return container && container.holders > 0 ? container : undefined;
    }
}
//# sourceMappingURL=prepacked.js.map