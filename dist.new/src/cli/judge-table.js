// The check of a judge in plain text: its agreement with exact truth, and how its probabilities compare with what is so.
import { alignColumns } from './score-table.js';
const fixed = (value) => value.toFixed(3);
/** The table; `details` also shows what it finds by kind. */
export function judgeTable({ judge, scores, calibration }, { details = true } = {}) {
    const rows = Object.entries(scores).flatMap(([task, list]) => list
        .filter(({ n, detail }) => n > 0 && (details || !detail))
        .map(({ name, value, low, high, n, better, note }) => [
        `${task}: ${name}${better === 'lower' ? ' (lower is better)' : ''}`,
        fixed(value),
        `${fixed(low)}-${fixed(high)}`,
        String(n),
        note ?? '',
    ]));
    const parts = [
        alignColumns([[`${judge} beside exact truth`, 'value', '95 %', 'n'], ...rows.map((row) => row.slice(0, 4))]),
        ...(calibration
            ? [
                '',
                alignColumns([
                    ['probability of yes', 'cases', 'said', 'so', '95 %'],
                    ...calibration.bins.map(({ from, to, n, said, so }) => [
                        `${from.toFixed(1)}-${to.toFixed(1)}`,
                        String(n),
                        fixed(said),
                        fixed(so.value),
                        `${fixed(so.low)}-${fixed(so.high)}`,
                    ]),
                ]),
                `Brier ${fixed(calibration.brier.value)} (0.250 for one half always), calibration error ${fixed(calibration.ece)}${calibration.auroc === undefined ? '' : `, AUROC ${fixed(calibration.auroc)}`}`,
            ]
            : []),
    ];
    return parts.join('\n');
}
//# sourceMappingURL=judge-table.js.map