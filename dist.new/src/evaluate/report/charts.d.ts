import { type LossCurve } from './data.js';
import { Html } from './html.js';
/** uPlot's style sheet. */
export declare const chartStyle: () => string;
/** One chart per named curve, and the scripts that draw them. Empty without curves. */
export declare function charts(curves: Readonly<Record<string, LossCurve>>): Html;
