// The model as it is: what every method is compared with.
/** Greedy replies of the model under test. */
export const base = {
    name: 'base',
    about: 'The model as it is, greedy.',
    model: ({ model }) => model,
};
//# sourceMappingURL=base.js.map