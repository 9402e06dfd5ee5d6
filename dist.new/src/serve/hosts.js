// Who a request says it is for and from: the Host header against DNS rebinding, the Origin header against pages of other sites.
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { ApiError } from './errors.js';
/** The name in a Host header, without port and brackets; undefined for what is not a host. */
export function hostName(header) {
    if (/[?#/\\@]/.test(header) || !URL.canParse(`http://${header}`))
        return undefined;
    return new URL(`http://${header}`).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
}
/**
 * True for names that lead here whoever resolves them: of the loopback, the bound address and those that are allowed. A server that
 * listens on all addresses is also meant by any address: only names can be rebound.
 */
export function hostServed(header, { bound, allowed }) {
    const name = hostName(header);
    if (name === undefined)
        return false;
    const listens = bound.replace(/^\[|\]$/g, '').toLowerCase();
    if (name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127\.\d+\.\d+\.\d+$/.test(name))
        return true;
    if (name === listens)
        return true;
    if ((listens === '0.0.0.0' || listens === '::') && (isIP(name) !== 0 || name === hostname().toLowerCase()))
        return true;
    return matches(name, allowed);
}
function matches(name, patterns) {
    return patterns.some((given) => {
        const pattern = given.trim().toLowerCase();
        return pattern === '*' || pattern === name || (pattern.startsWith('*.') && name.endsWith(pattern.slice(1)));
    });
}
/**
 * Refuses foreign Host headers where there are no keys: a page whose name was made to resolve to this server would otherwise count as
 * its own. Older clients of HTTP/1.0 send no Host, browsers always do.
 */
export function checkHost(server) {
    return async (c, next) => {
        const host = c.env?.incoming?.headers.host;
        if (server.keys.open && host !== undefined && !hostServed(host, server.hosts))
            throw new ApiError(403, `This server does not answer to the host '${host.slice(0, 100)}'`, {
                code: 'host_not_allowed',
                hint: 'Allow the name with --allowed-host, or use API keys.',
            });
        await next();
    };
}
/** True for a page of this very server, or of an origin that is allowed. */
function originAllowed(origin, host, allowed) {
    return allowed.includes('*') || allowed.includes(origin) || (URL.canParse(origin) && new URL(origin).host === host);
}
/** Refuses forms from pages of other sites where there are no keys: browsers send those unasked, unlike JSON. */
export function checkOrigin(server) {
    return async (c, next) => {
        const origin = c.req.header('origin');
        if (server.keys.open && origin !== undefined && !originAllowed(origin, c.req.header('host'), server.cors))
            throw new ApiError(403, 'Pages of this origin may not send forms here', {
                code: 'origin_not_allowed',
                got: origin.slice(0, 100),
                hint: 'Allow the origin with --cors, or use API keys.',
            });
        await next();
    };
}
const EXPOSED = 'x-request-id, retry-after, x-ratelimit-limit-requests, x-ratelimit-remaining-requests';
/** Lets pages of the allowed origins read answers, and answers what browsers ask before they send. */
export function cors({ cors: allowed }) {
    return async (c, next) => {
        const origin = c.req.header('origin');
        if (allowed.length === 0 || origin === undefined || !(allowed.includes('*') || allowed.includes(origin)))
            return await next();
        const headers = { 'access-control-allow-origin': origin, vary: 'Origin' };
        if (c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined) {
            headers['access-control-allow-methods'] = 'GET, POST, DELETE';
            headers['access-control-allow-headers'] = c.req.header('access-control-request-headers') ?? 'authorization, content-type';
            headers['access-control-max-age'] = '600';
            if (c.req.header('access-control-request-private-network'))
                headers['access-control-allow-private-network'] = 'true';
            return c.body(null, 204, headers);
        }
        headers['access-control-expose-headers'] = EXPOSED;
        await next();
        for (const [name, value] of Object.entries(headers))
            c.res.headers.set(name, value);
    };
}
//# sourceMappingURL=hosts.js.map