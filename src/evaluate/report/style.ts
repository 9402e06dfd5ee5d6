// The report's style sheet: one column that works from a phone to a wide screen, in light and dark.

/** The report page's style sheet, light and dark. */
export const style = `
:root { color-scheme: light dark; --ink: #1d2330; --soft: #5a6375; --paper: #ffffff; --panel: #f5f6f9; --line: #dde1e9; --blue: #2257c5; --pale: #b9cdf5; --good: #12703f; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9f0; --soft: #a3acbd; --paper: #14171d; --panel: #1d222b; --line: #333a47; --blue: #86b0ff; --pale: #36507f; --good: #6fd39b; --bad: #ff8f85; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem clamp(1rem, 4vw, 2.5rem) 4rem; max-width: 72rem; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .4rem; } h2 { font-size: 1.25rem; margin: 2.6rem 0 .6rem; } h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
.note, .world { color: var(--soft); max-width: 48rem; margin: .3rem 0 .8rem; } .world b { color: var(--ink); }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .8rem; margin: 1.4rem 0 0; padding: 0; }
.numbers div { background: var(--panel); border-radius: .5rem; padding: .7rem .9rem; } .numbers dt { color: var(--soft); font-size: .82rem; } .numbers dd { margin: 0; font-size: 1.3rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .92rem; } th, td { padding: .4rem .7rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; } th small, td small { display: block; color: var(--soft); font-weight: 400; font-size: .78rem; } tbody th { font-weight: 500; min-width: 7rem; }
.group th { padding-top: 1.1rem; font-weight: 700; } .score { font-variant-numeric: tabular-nums; white-space: nowrap; } .score b { font-weight: 600; } td.none { color: var(--soft); } td.gain { font-weight: 600; }
.first > * { border-top: 2px solid var(--line); } .down { color: var(--soft); font-weight: 400; font-size: .78rem; white-space: nowrap; }
.bar { display: block; width: 7rem; height: 6px; margin-top: .2rem; } .bar path { fill: none; vector-effect: non-scaling-stroke; stroke-width: 2; } .bar .track { stroke: var(--line); } .bar .band { stroke: var(--pale); stroke-width: 6; } .bar .dot { stroke: var(--blue); stroke-width: 3; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1rem 1.6rem; } .chart { min-width: 0; } .plot { width: 100%; min-height: 240px; } .u-legend { font-size: .8rem; }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 1rem; } figure { margin: 0; background: var(--panel); border-radius: .5rem; overflow: hidden; border: 1px solid var(--line); border-left-width: 5px; } figure.right { border-left-color: var(--good); } figure.wrong { border-left: 5px dashed var(--bad); }
.picture { position: relative; line-height: 0; } .picture img { width: 100%; height: auto; } .picture .pixels { image-rendering: pixelated; } .picture svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
.box rect { fill: none; stroke: #fff; stroke-width: 1.5px; vector-effect: non-scaling-stroke; } .box .under { stroke: #000; stroke-width: 4px; stroke-opacity: .7; } .box.model .line { stroke: #ffe14d; stroke-dasharray: 6 4; stroke-width: 2px; } .box text { fill: #fff; stroke: #000; paint-order: stroke; stroke-linejoin: round; font-weight: 600; font-family: inherit; } .box.model text { fill: #ffe14d; }
body:has(#boxes:not(:checked)) .picture svg { display: none; } .switch { display: inline-block; margin: 0 0 .8rem; cursor: pointer; }
figcaption { padding: .6rem .8rem .8rem; font-size: .9rem; overflow-wrap: anywhere; } figcaption p { margin: .25rem 0 0; } .kind { color: var(--soft); font-size: .78rem; } .question { font-weight: 600; } .truth span { color: var(--soft); } .mark { font-weight: 700; white-space: nowrap; } .mark.good { color: var(--good); } .mark.bad { color: var(--bad); } figure[hidden], [hidden] { display: none !important; }
.claim { background: none; color: inherit; text-decoration: underline; text-decoration-thickness: 2px; text-underline-offset: .18em; } .claim::after { font-size: .72em; font-weight: 700; margin-left: .1em; vertical-align: .25em; }
.claim.true { text-decoration-color: var(--good); } .claim.true::after { content: "\\2060✓"; color: var(--good); } .claim.false { text-decoration-style: wavy; text-decoration-color: var(--bad); } .claim.false::after { content: "\\2060✗"; color: var(--bad); }
.claim.unknown { text-decoration-style: dotted; text-decoration-color: var(--soft); } .claim.unknown::after { content: "\\2060?"; color: var(--soft); } .claim.moot { text-decoration-style: dashed; text-decoration-color: var(--soft); } .claim.moot::after { content: "\\2060–"; color: var(--soft); }
.claims { display: block; margin-top: .3rem; font-size: .85rem; color: var(--soft); } .claim-line { display: block; } .legend { font-size: .88rem; margin: .2rem 0 .8rem; } .legend .claim { margin-left: .7rem; white-space: nowrap; }
.filters { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; margin: 0 0 1rem; font-size: .9rem; } .filters label { display: inline-flex; gap: .35rem; align-items: center; max-width: 100%; } .filters select, .filters input, .pages button { font: inherit; color: var(--ink); background: var(--panel); border: 1px solid var(--line); border-radius: .35rem; padding: .25rem .45rem; min-width: 0; max-width: 16rem; } .filters output { color: var(--soft); }
.pages { display: flex; gap: 1rem; align-items: center; justify-content: center; margin: 1.2rem 0 0; } .pages button:disabled { opacity: .4; } .gallery { scroll-margin-top: 1rem; } details summary { cursor: pointer; color: var(--soft); font-size: .85rem; }
code, pre { font-family: ui-monospace, Consolas, monospace; font-size: .86rem; } pre { background: var(--panel); padding: .8rem 1rem; border-radius: .5rem; white-space: pre-wrap; overflow-wrap: anywhere; }
@media print { .switch { display: none; } figure { break-inside: avoid; } }
`;
