// Packed copies of weights, shared by sessions: ONNX Runtime packs a constant matrix for its kernels, once for all who hold the container.

import type { HostTensor } from '../util/host.js';
import type { OrtApi, Pointer } from './ort-api.js';

/** What a session holds while it lives. */
export interface PrepackedLease {
  readonly container: Pointer;
  /** To be called once, after the session is gone. The last one frees the packed copies. */
  release(): void;
}

interface Container {
  readonly pointer: Pointer;
  holders: number;
}

/**
 * Containers of packed weights. Sessions whose initializers have an array in common use one container, in which ONNX Runtime finds
 * packed matrices by a hash of their contents; it lives as long as one of these sessions.
 */
export class PrepackedWeights {
  private readonly known = new WeakMap<HostTensor['data'], Container>();

  constructor(private readonly api: OrtApi) {}

  /** The container for a session over these initializers. */
  acquire(initializers: Readonly<Record<string, HostTensor>>): PrepackedLease {
    const arrays = Object.values(initializers).map((tensor) => tensor.data);
    const container = this.live(arrays) ?? { pointer: this.api.out('CreatePrepackedWeightsContainer'), holders: 0 };
    container.holders++;
    for (const array of arrays) if (!this.alive(array)) this.known.set(array, container);
    return {
      container: container.pointer,
      release: () => {
        if (--container.holders === 0) this.api.raw('ReleasePrepackedWeightsContainer')(container.pointer);
      },
    };
  }

  private live(arrays: readonly HostTensor['data'][]): Container | undefined {
    for (const array of arrays) {
      const container = this.alive(array);
      if (container) return container;
    }
    return undefined;
  }

  private alive(array: HostTensor['data']): Container | undefined {
    const container = this.known.get(array);
    return container && container.holders > 0 ? container : undefined;
  }
}
