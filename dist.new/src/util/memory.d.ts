/** Throws `util.memory` where `bytes` are more than the machine has. `place`: what would take them; `hint`: what to make smaller. */
export declare function assertMemory(bytes: number, { place, hint }: {
    place: string;
    hint: string;
}): void;
