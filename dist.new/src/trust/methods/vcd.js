// Visual contrastive decoding (Leng et al. 2023): logits of the image against those of its noise.
/** Greedy replies under VCD; each token takes two rows of the network. */
export const vcd = {
    name: 'vcd',
    about: 'Decoding with the logits of a noisy image subtracted.',
    model: ({ model, alpha = 1 }) => async (image, ask) => {
        const reply = await model(image, { ...ask, vcd: alpha });
        return { ...reply, passes: 2 * reply.passes };
    },
};
//# sourceMappingURL=vcd.js.map