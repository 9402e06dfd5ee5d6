// Another model as a row: the same model after further training, an adapter, a rival.
/** A row for another model, by a name of one's own. */
export function otherModel(name, model, about = `The model '${name}', greedy.`) {
    return { name, about, model: () => model };
}
//# sourceMappingURL=other-model.js.map