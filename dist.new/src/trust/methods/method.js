// The interface of a method of the bench: a model that decodes in its own way, or a correction of the base's reply.
/** Whether a method has replies of its own. */
export const decodes = (method) => 'model' in method;
//# sourceMappingURL=method.js.map