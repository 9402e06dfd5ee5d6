// How long, how fast, how much is left: formatting and estimates for progress displays. Pure; prints nothing.
/** `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 07 min`, `3 d 04 h`. Takes seconds. */
export function formatDuration(seconds) {
    if (!Number.isFinite(seconds))
        return '–';
    if (seconds < 0)
        return `-${formatDuration(-seconds)}`;
    if (seconds < 0.9995)
        return `${Math.round(seconds * 1000)} ms`;
    if (seconds < 59.95)
        return `${seconds.toFixed(1)} s`;
    const s = Math.round(seconds);
    const two = (n) => String(n).padStart(2, '0');
    if (s < 3600)
        return `${Math.floor(s / 60)} min ${two(s % 60)} s`;
    const minutes = Math.round(seconds / 60);
    if (minutes < 1440)
        return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
    const hours = Math.round(seconds / 3600);
    return `${Math.floor(hours / 24)} d ${two(hours % 24)} h`;
}
/** Three significant digits with a decimal prefix: `998`, `1.23k`, `45.6M`, `7.00G`. */
export function formatCount(n) {
    if (!Number.isFinite(n))
        return '–';
    let value = Math.abs(n);
    const sign = n < 0 ? '-' : '';
    if (value < 999.5)
        return sign + (Number.isInteger(value) ? String(value) : Number(value.toPrecision(3)).toString());
    for (const unit of ['k', 'M', 'G', 'T', 'P', 'E']) {
        value /= 1000;
        if (value < 999.5 || unit === 'E')
            return `${sign}${value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0)}${unit}`;
    }
    return sign + value.toExponential(2);
}
/** Binary units: `512 B`, `1.5 KiB`, `48.2 MiB`. */
export function formatBytes(bytes) {
    if (!Number.isFinite(bytes))
        return '–';
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
    let value = bytes;
    let i = 0;
    while (Math.abs(value) >= 1023.95 && i < units.length - 1) {
        value /= 1024;
        i++;
    }
    return `${i === 0 ? value : value.toFixed(1)} ${units[i]}`;
}
/** A rate with its unit: `12.3k tok/s`. */
export function formatRate(perSecond, unit) {
    return `${formatCount(perSecond)} ${unit}/s`;
}
/**
 * Estimates the time left from the durations of steps: an exponential mean that starts as a plain one, so that the
 * first steps (which compile and warm up) do not dominate it for long.
 */
export class EtaEstimator {
    horizon;
    mean = 0;
    seen = 0;
    /** `horizon`: how many steps the mean looks back. Default 50. */
    constructor(horizon = 50) {
        this.horizon = horizon;
    }
    /** Records `steps` steps that took `seconds` together. */
    add(seconds, steps = 1) {
        if (!(seconds >= 0) || !(steps > 0))
            return;
        this.seen += steps;
        const weight = Math.min(1, steps / Math.min(this.seen, this.horizon));
        this.mean += (seconds / steps - this.mean) * weight;
    }
    /** Seconds one step takes; NaN before the first. */
    get secondsPerStep() {
        return this.seen > 0 ? this.mean : Number.NaN;
    }
    /** Seconds that `steps` more take; NaN before the first. */
    left(steps) {
        return this.secondsPerStep * steps;
    }
}
//# sourceMappingURL=progress.js.map