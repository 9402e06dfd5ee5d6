// The interface of teachers, which write instructions about images: a model, a server, or the truth of the scene world.
export {};
//# sourceMappingURL=teacher.js.map