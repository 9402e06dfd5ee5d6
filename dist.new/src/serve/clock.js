// Time as the server uses it, so that tests can move it by hand.
/** The clock of this process. */
export const systemClock = {
    now: () => performance.now(),
    after(ms, action) {
        const timer = setTimeout(action, ms);
        timer.unref();
        return () => clearTimeout(timer);
    },
};
//# sourceMappingURL=clock.js.map