import { Html } from './html.js';
/** A number of the heading. */
export declare const headNumber: (name: string, value: string) => Html;
/** A page that opens from disk and asks the network for nothing. */
export declare function pageHtml({ title, header, main }: {
    title: string;
    header: Html;
    main: Html;
}): string;
/** The last section: the command and the versions. */
export declare function howMade(command: string, versions: Readonly<Record<string, string>>): Html;
