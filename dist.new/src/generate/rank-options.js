// Ranking given options by their log-probability after a prompt: multiple choice without generating (MMBench, MMLU).
/**
 * Options best first, equals in order. `options`: ids that follow the prompt. `normalize`: 'mean' divides by the number of ids, so that long
 * options have a chance; default 'sum'. The prompt is computed once.
 */
export async function rankOptions(policy, prompt, options, { normalize = 'sum' } = {}) {
    const n = prompt.ids.length;
    const sequences = options.map((option) => {
        const ids = Int32Array.from([...prompt.ids, ...Array.from(option)]);
        const kinds = prompt.positions ? prompt.positions.length / n : 0;
        const next = prompt.positions?.reduce((most, p) => Math.max(most, p + 1), 0) ?? 0;
        const positions = prompt.positions && new Int32Array(kinds * ids.length);
        for (let k = 0; k < kinds; k++)
            for (let i = 0; i < ids.length; i++)
                positions[k * ids.length + i] = i < n ? prompt.positions?.[k * n + i] : next + i - n;
        return { ...prompt, ids, positions, weights: new Float32Array(ids.length).fill(1, n) };
    });
    const scores = (await policy.score(sequences)).map((s) => s.subarray(n).reduce((sum, logProb) => sum + logProb, 0));
    const norm = (i) => (normalize === 'mean' ? options[i].length : 1);
    return scores.map((score, index) => ({ index, score: score / norm(index) })).sort((a, b) => b.score - a.score);
}
//# sourceMappingURL=rank-options.js.map