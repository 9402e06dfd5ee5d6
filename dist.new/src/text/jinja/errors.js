// What goes wrong in a template, with the line where it does.
/** An error of a template: it does not parse, refuses its input, or uses something that is not there. `line` counts from 1. */
export class TemplateError extends Error {
    line;
    /** The words alone, without the line. */
    summary;
    constructor(summary, line) {
        super(summary);
        this.name = 'TemplateError';
        this.summary = summary;
        this.at(line);
    }
    /** Notes the line, unless one is known. */
    at(line) {
        if (this.line !== undefined || line === undefined)
            return this;
        this.line = line;
        this.message = `line ${line}: ${this.summary}`;
        return this;
    }
}
//# sourceMappingURL=errors.js.map