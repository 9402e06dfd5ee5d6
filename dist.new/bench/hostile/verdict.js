// The bars of `hostile`, what each attack is measured by, and which bars it fails.
/** What no attack may do. Milliseconds and mebibytes. */
export const BARS = {
    /** Longest pause of an honest stream. */
    pause: 250,
    /** Of /health, 99 of 100. */
    health: 50,
    /** Memory while it is attacked, in quiet ones, beside what options allow. */
    peak: 2,
    /** Memory a minute later, in quiet ones. */
    after: 1.2,
    /** What `--body-memory` allows. */
    bodies: 256,
};
/** The bars that a row fails, in words for a table; none when it passes. On a `busy` machine those of wall time are left out. */
export function failures(row, busy = false) {
    const failed = [];
    if (row.broken !== undefined)
        return [row.broken];
    const wrong = Object.keys(row.statuses).filter((status) => Number(status) >= 500 && status !== '503');
    if (wrong.length > 0)
        failed.push(`status ${wrong.join(', ')}`);
    if (!busy && row.pause > BARS.pause)
        failed.push(`pause ${Math.round(row.pause)} ms`);
    if (row.block > BARS.pause)
        failed.push(`block ${Math.round(row.block)} ms`);
    if (!busy && row.health > BARS.health)
        failed.push(`health ${Math.round(row.health)} ms`);
    const broken = row.failed + (row.crowded ? 0 : (row.refused ?? 0)); // rows that are resumed may be older
    if (broken > 0)
        failed.push(`${broken} honest requests`);
    const most = BARS.peak * row.quiet + BARS.bodies + row.allowed + row.cached;
    if (row.rss > most)
        failed.push(`memory ${row.rss} of ${Math.round(most)} MiB`);
    if (!row.recovered)
        failed.push(`memory stays: ${row.rssAfter} of ${Math.round(BARS.after * row.quiet + row.cached)} MiB`);
    return failed;
}
/** How often each status came. */
export function countOf(statuses) {
    const counts = {};
    for (const status of statuses)
        counts[status] = (counts[status] ?? 0) + 1;
    return counts;
}
const COLUMNS = ['attack', 's', 'status', 'main %', 'block', 'waited', 'pause', 'late', 'health p99', 'most', 'RSS', 'after', 'verdict'];
/** The head of the table. */
export const tableHead = () => line(COLUMNS) + line(COLUMNS.map(() => '---'));
/** A row of the table. */
export function tableRow(row, busy = false) {
    const statuses = Object.entries(row.statuses).map(([status, n]) => (n > 1 ? `${status} x ${n}` : status));
    const failed = failures(row, busy);
    return line([
        ...[row.name, row.seconds.toFixed(1), statuses.join(', ') || '-', 100 * row.main, row.block, row.waited, row.pause, row.clientLate],
        ...[row.health, row.healthMost, row.rss, `${row.rssAfter}${row.recovery > 0 ? ` (${row.recovery} s)` : ''}`],
        failed.length === 0 ? 'ok' : `FAILED: ${failed.join('; ')}`,
    ]);
}
function line(cells) {
    return `| ${cells.map((c) => (typeof c === 'number' ? Math.round(c) : c)).join(' | ')} |\n`;
}
/** What the rows come to. */
export function summary(rows, busy = false) {
    const worst = (of) => {
        const top = rows.reduce((a, b) => (of(b) > of(a) ? b : a));
        return { value: Math.round(of(top)), attack: top.name };
    };
    return {
        attacks: rows.length,
        failed: rows.filter((row) => failures(row, busy).length > 0).map(({ name }) => name),
        worst: rows.length === 0
            ? {}
            : { pause: worst((r) => r.pause), block: worst((r) => r.block), health: worst((r) => r.health), rss: worst((r) => r.rss) },
    };
}
//# sourceMappingURL=verdict.js.map