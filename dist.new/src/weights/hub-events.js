// What a download from the hub tells while it goes on, for progress displays and logs.
export {};
//# sourceMappingURL=hub-events.js.map