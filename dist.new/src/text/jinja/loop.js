// The `loop` of a for: where it stands, its neighbours, `cycle` and `changed`.
import { TemplateError } from './errors.js';
import { Callable, equals, Thing, Tuple, Undefined } from './values.js';
/** The object of one loop; whoever runs the loop moves `at`. `recurse` renders the loop again over other items. */
export function loopObject(items, depth, recurse) {
    let last;
    const state = {
        at: 0,
        thing: new Thing('LoopContext', (key) => read(key), recurse &&
            ((args) => {
                if (args.length !== 1)
                    throw new TemplateError('a recursive loop is called with the items to go over');
                return recurse(args[0]);
            })),
    };
    const neighbour = (at, words) => (at >= 0 && at < items.length ? items[at] : new Undefined(words));
    const read = (key) => {
        const { at } = state;
        switch (key) {
            case 'index':
                return at + 1;
            case 'index0':
                return at;
            case 'revindex':
                return items.length - at;
            case 'revindex0':
                return items.length - at - 1;
            case 'first':
                return at === 0;
            case 'last':
                return at === items.length - 1;
            case 'length':
                return items.length;
            case 'depth':
                return depth + 1;
            case 'depth0':
                return depth;
            case 'previtem':
                return neighbour(at - 1, 'there is no previous item');
            case 'nextitem':
                return neighbour(at + 1, 'there is no next item');
            case 'cycle':
                return new Callable('cycle', (args) => {
                    if (args.length === 0)
                        throw new TemplateError('no items for cycling given');
                    return args[at % args.length];
                });
            case 'changed':
                return new Callable('changed', (args) => {
                    const isNew = last === undefined || !equals(Tuple.from(last), Tuple.from(args));
                    last = args;
                    return isNew;
                });
        }
        return undefined;
    };
    return state;
}
//# sourceMappingURL=loop.js.map