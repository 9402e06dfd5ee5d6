// HallE-Switch (Zhai et al. 2023): replies with the switch of the model turned towards what the image shows.
/** Greedy replies at `epsilon`; the model under test has the switch, and is the base at 0. */
export const halle = {
    name: 'halle',
    about: "Decoding with the model's HallE switch turned.",
    lacks: ({ switched }) => (switched ? undefined : 'a model with a HallE switch (recipes/halle.ts)'),
    model: ({ model, epsilon = -1 }) => (image, ask) => model(image, { ...ask, halle: epsilon }),
};
//# sourceMappingURL=halle.js.map