// Losses of pairs of replies, one line or two each: how far the chosen one must be ahead of the rejected one. Every tensor is [pairs, 1].
import { exp, softplus } from '../../graph/index.js';
/** -log sigmoid(x): smooth at 0, where training begins, and finite far away. */
const negLogSigmoid = (x) => softplus(x.neg());
const ahead = ({ chosen, rejected }) => chosen.sub(rejected);
const perToken = (sides, tokens) => ({
    chosen: sides.chosen.div(tokens.chosen),
    rejected: sides.rejected.div(tokens.rejected),
});
const times = ({ chosen, rejected }, beta) => ({ chosen: chosen.mul(beta), rejected: rejected.mul(beta) });
/** log(p / (1 - p)) of a probability given by its logarithm, which is below 0. */
const logOdds = (logP) => logP.sub(exp(logP).neg().add(1).clip(1e-12).log());
const REFERENCE = { reference: true, strengths: { beta: 0.1 } };
const gains = (losses, strengths = {}) => ({
    ...REFERENCE,
    strengths: { ...REFERENCE.strengths, ...strengths },
    losses,
});
/**
 * The losses by name, named as TRL names them. Sources: `sigmoid` DPO (Rafailov et al. 2023), with label smoothing cDPO (Mitchell 2023);
 * `sigmoid_norm` per token; `dense` the same with tokens that differ weighing more (RLHF-V, Yu et al. 2023); `robust` (Chowdhury et al. 2024); `hinge` SLiC (Zhao et al. 2023); `ipo` (Azar et al. 2023) per token as TRL has
 * it and `ipo_sum` over sums as the paper has it; `exo_pair` (Ji et al. 2024); `nca_pair` (Chen et al. 2024); `bco_pair` (Jung et al. 2024);
 * `sppo_hard` (Wu et al. 2024); `apo_zero`, `apo_down` (D'Oosterlinck et al. 2024); `discopop` (Lu et al. 2024); `mpo` DPO,
 * BCO and the plain likelihood mixed (Wang et al. 2024). Without a reference: `orpo` (Hong et al.
 * 2024), `simpo` (Meng et al. 2024), `cpo` (Xu et al. 2024).
 */
export const PAIR_LOSSES = {
    sigmoid: gains(({ gained }, { beta, labelSmoothing: wrong }) => smoothed(ahead(gained).mul(beta), wrong), { labelSmoothing: 0 }),
    sigmoid_norm: gains(({ gained, tokens }, { beta, labelSmoothing: wrong }) => smoothed(ahead(perToken(gained, tokens)).mul(beta), wrong), {
        labelSmoothing: 0,
    }),
    dense: {
        ...gains(({ gained, tokens }, { beta }) => negLogSigmoid(ahead(perToken(gained, tokens)).mul(beta)), { beta: 0.5, gamma: 5 }),
        dense: true,
    },
    robust: gains(({ gained }, { beta, labelSmoothing: wrong }) => {
        const margin = ahead(gained).mul(beta);
        return negLogSigmoid(margin)
            .mul(1 - wrong)
            .sub(negLogSigmoid(margin.neg()).mul(wrong))
            .div(1 - 2 * wrong);
    }, { labelSmoothing: 0.1 }),
    hinge: gains(({ gained }, { beta }) => ahead(gained).mul(beta).neg().add(1).clip(0)),
    ipo: gains(({ gained, tokens }, { beta }) => ahead(perToken(gained, tokens))
        .sub(1 / (2 * beta))
        .square()),
    ipo_sum: gains(({ gained }, { beta }) => ahead(gained)
        .sub(1 / (2 * beta))
        .square()),
    exo_pair: gains(({ gained }, { beta, labelSmoothing: least }) => {
        const margin = ahead(gained).mul(beta);
        const side = (x, share) => x.sigmoid().mul(negLogSigmoid(x).neg().sub(Math.log(share)));
        return side(margin, 1 - least).add(side(margin.neg(), least));
    }, { labelSmoothing: 1e-3 }),
    nca_pair: gains(({ gained }, { beta }) => {
        const { chosen, rejected } = times(gained, beta);
        return negLogSigmoid(chosen).add(negLogSigmoid(chosen.neg()).mul(0.5)).add(negLogSigmoid(rejected.neg()).mul(0.5));
    }),
    bco_pair: gains(({ gained }, { beta }) => {
        const { chosen, rejected } = times(gained, beta);
        return negLogSigmoid(chosen).add(negLogSigmoid(rejected.neg()));
    }),
    sppo_hard: gains(({ gained: { chosen, rejected } }, { beta }) => chosen
        .sub(0.5 / beta)
        .square()
        .add(rejected.add(0.5 / beta).square())),
    apo_zero: gains(({ gained }, { beta }) => {
        const { chosen, rejected } = times(gained, beta);
        return rejected.sigmoid().sub(chosen.sigmoid()).add(1);
    }),
    apo_down: gains(({ gained }, { beta }) => {
        const { chosen, rejected } = times(gained, beta);
        return chosen.sigmoid().sub(chosen.sub(rejected).sigmoid()).add(1);
    }),
    discopop: gains(({ gained }, { beta, tau }) => {
        const margin = ahead(gained).mul(beta);
        const far = margin.div(tau).sigmoid();
        return negLogSigmoid(margin).mul(far.neg().add(1)).add(exp(margin.neg()).mul(far));
    }, { tau: 0.05 }),
    mpo: gains(({ gained }, { beta, preference, quality }) => {
        const { chosen, rejected } = times(gained, beta);
        const better = negLogSigmoid(chosen.sub(rejected)).mul(preference);
        return better.add(negLogSigmoid(chosen).add(negLogSigmoid(rejected.neg())).mul(quality));
    }, { preference: 0.8, quality: 0.2, sft: 1 }),
    orpo: {
        reference: false,
        strengths: { beta: 0.1, sft: 1 },
        losses: ({ policy, tokens }, { beta }) => {
            const { chosen, rejected } = perToken(policy, tokens);
            return negLogSigmoid(logOdds(chosen).sub(logOdds(rejected))).mul(beta);
        },
    },
    simpo: {
        reference: false,
        strengths: { beta: 2, gamma: 0.5 },
        losses: ({ policy, tokens }, { beta, gamma }) => negLogSigmoid(ahead(perToken(policy, tokens)).mul(beta).sub(gamma)),
    },
    cpo: {
        reference: false,
        strengths: { beta: 0.1, labelSmoothing: 0, sft: 1 },
        losses: ({ policy }, { beta, labelSmoothing: wrong }) => smoothed(ahead(policy).mul(beta), wrong),
    },
};
function smoothed(margin, wrong) {
    return wrong === 0
        ? negLogSigmoid(margin)
        : negLogSigmoid(margin)
            .mul(1 - wrong)
            .add(negLogSigmoid(margin.neg()).mul(wrong));
}
//# sourceMappingURL=pair-losses.js.map