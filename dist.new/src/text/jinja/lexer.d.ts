/** `data` is text; `block` and `variable` with `begin` or `end` are the brackets; the rest stands inside them. */
export interface Token {
    type: 'data' | 'block_begin' | 'block_end' | 'variable_begin' | 'variable_end' | 'name' | 'string' | 'integer' | 'float' | 'operator' | 'eof';
    value: string;
    line: number;
}
/** Tokens of a source, ending with `eof`. `trim_blocks` and `lstrip_blocks` are on, as transformers has them. Throws `TemplateError`. */
export declare function tokenize(template: string): Token[];
