// What handlers give back as answers: whole ones as they are, events as a stream, which begins with comments where the first is late.
import { ApiError, toApiError } from './errors.js';
import { sseStream, within } from './sse.js';
/** OpenAI's form of an error in a stream. */
export const errorObject = (error) => [JSON.stringify(error)];
/**
 * Runs a handler. An error that it throws in time has its own status. A request for a stream that has still to wait, for its model, the
 * queue or its prompt, is answered with 200 after `quietMs`, so that proxies see bytes; an error is then told by the last events.
 */
export async function answered(c, server, handle, failure = errorObject) {
    const { clock, limits } = server;
    const result = handle();
    let answer = await within(result, limits.quietMs, clock);
    while (answer === undefined && !c.get('streams'))
        answer = await within(result, limits.quietMs, clock);
    if (answer instanceof Response)
        return answer;
    if (answer === undefined)
        result.catch(() => { }); // lateEvents tells of it, if anybody is there to read
    return eventStream(c, server, { events: answer ?? lateEvents(c, result, failure), result, late: answer === undefined });
}
/** Notes an error of a stream whose status is out already; gives it as the client may see it. */
export function streamFailure(c, error) {
    const stopping = c.get('signal').aborted;
    const shown = stopping ? new ApiError(503, 'The server is shutting down', { code: 'shutting_down' }) : toApiError(error);
    const record = c.get('record');
    record.error = shown.message;
    record.cause = shown.cause;
    return shown;
}
async function* lateEvents(c, result, failure) {
    let answer;
    try {
        answer = await result;
    }
    catch (error) {
        yield* failure(streamFailure(c, error));
        return;
    }
    if (answer instanceof Response)
        yield await answer.text();
    else
        yield* answer;
}
function eventStream(c, { limits, clock }, { events, result, late }) {
    const record = c.get('record');
    record.stream = true;
    let finish = () => { };
    c.set('finished', new Promise((resolve) => {
        finish = resolve;
    }));
    const body = sseStream(events, {
        clock,
        stallMs: limits.stallMs,
        quietMs: limits.quietMs,
        late,
        onStall: () => c.env.outgoing?.destroy(),
        onEnd: (left) => {
            if (left)
                record.status = 499;
            void result.then(finish, finish); // a handler that still waits ends when the client is gone
        },
    });
    return new Response(body, {
        headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache', 'x-accel-buffering': 'no' },
    });
}
//# sourceMappingURL=event-stream.js.map