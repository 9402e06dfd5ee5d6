// The training curve of a run as a small file: one line a logged step.
import { readRun } from '../../src/train/index.js';
/** `curve.jsonl` of the run in `dir`: stage, step, loss and learning rate. */
export async function curveFile(dir) {
    const lines = (await readRun(dir)).flatMap((e) => e.type === 'step'
        ? [JSON.stringify({ stage: e.stage, step: e.step, loss: Number(e.loss.toPrecision(5)), lr: Number(e.lr.toPrecision(4)) })]
        : []);
    return `${lines.join('\n')}\n`;
}
//# sourceMappingURL=curve.js.map