// Visual contrastive decoding (Leng et al. 2023, arXiv:2311.16922): tokens that are probable without the image as well lose.
import { Rng } from '../../util/rng.js';
import { checkOption } from '../processors/check.js';
import { twoRowPolicy, withMedia } from './two-rows.js';
/** Share of the signal's variance left after a diffusion step, of 1000 with betas on a sigmoid from 1e-5 to 0.005. */
export function alphaBar(step) {
    let left = 1;
    for (let t = 0; t <= step; t++)
        left *= 1 - 1e-5 - (0.5e-2 - 1e-5) / (1 + Math.exp(6 - (12 * t) / 999));
    return left;
}
/**
 * (1 + alpha) clean - alpha noised of the tokens with at least beta times the highest probability in `clean`: logits [vocab]. With `allowed`
 * [vocab], of those that are not -Infinity there.
 */
export function contrast(clean, noised, out, { alpha, beta, allowed }) {
    const scoreOf = (i) => (allowed?.[i] === Number.NEGATIVE_INFINITY ? Number.NEGATIVE_INFINITY : clean[i]);
    let least = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < clean.length; i++)
        least = Math.max(least, scoreOf(i));
    least += Math.log(beta);
    for (let i = 0; i < clean.length; i++) {
        const logit = scoreOf(i);
        out[i] =
            logit >= least && logit > Number.NEGATIVE_INFINITY ? (1 + alpha) * logit - alpha * noised[i] : Number.NEGATIVE_INFINITY;
    }
}
/** The method. With alpha 0 it is the plain model. Errors: `generate.option`; `generate.method` for prompts without media. */
export function vcd({ alpha = 1, beta = 0.1, noise = 500, seed = 0 }) {
    checkOption(alpha >= 0 && alpha <= 100, 'method.alpha', '0 to 100', alpha);
    checkOption(beta >= 0 && beta <= 1, 'method.beta', '0 to 1', beta);
    checkOption(Number.isInteger(noise) && noise >= 0 && noise < 1000, 'method.noise', 'a step from 0 to 999', noise);
    checkOption(Number.isSafeInteger(seed), 'method.seed', 'an integer', seed);
    if (alpha === 0)
        return (policy) => policy;
    const [signal, sigma] = [Math.sqrt(alphaBar(noise)), Math.sqrt(1 - alphaBar(noise))];
    const noised = (media, i) => ({
        at: media.at,
        key: `${media.key} noise ${noise} ${seed} ${i}`,
        feeds: async () => {
            const feeds = await media.feeds();
            const name = 'pixels' in feeds ? 'pixels' : 'patches'; // as families name their images; other inputs are places and masks
            const rng = new Rng(seed).fork(i);
            const { shape, data } = feeds[name];
            return { ...feeds, [name]: { dtype: 'float32', shape, data: data.map((x) => signal * x + sigma * rng.normal()) } };
        },
    });
    return (policy) => twoRowPolicy(policy, {
        second: (prompt) => withMedia(prompt, noised),
        combine: (clean, other, out, allowed) => contrast(clean, other, out, { alpha, beta, allowed }),
    });
}
//# sourceMappingURL=vcd.js.map