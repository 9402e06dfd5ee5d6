/** Markup that is already safe; everything else that goes into `html` is escaped. */
export declare class Html {
    readonly text: string;
    constructor(text: string);
    toString(): string;
}
/** Escapes text for element content and quoted attributes. */
export declare function escapeText(text: string): string;
type Part = Html | string | number | readonly Part[] | undefined | false;
/** Tagged template: interpolated text is escaped, `Html` and lists of it go in as they are. */
export declare function html(strings: TemplateStringsArray, ...parts: Part[]): Html;
/** JSON for a `<script>` element: no sequence in it can end the element. */
export declare function jsonScript(id: string, value: unknown): Html;
/** 0.8734 as "0.873". */
export declare function share(value: number): string;
/** 372 as "6 min 12 s". */
export declare function duration(seconds: number): string;
/** 12345.6 as "12,346"; three significant digits below 100; a dash for what was not measured. */
export declare function amount(value: number | null | undefined): string;
export {};
