// The formats of JSON Schema that can be promised, as patterns: every text of theirs is valid, days of February included.
const LEAP = '([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)';
const DATE = `([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))|${LEAP}-02-29)`;
const TIME = '([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])';
const LABEL = '[A-Za-z0-9]([A-Za-z0-9-]{0,30}[A-Za-z0-9])?';
const BYTE = '(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])';
const IPV4 = `(${BYTE}\\.){3}${BYTE}`;
const GROUP = '[0-9A-Fa-f]{1,4}';
/** Eight groups, or `::` with at most six around it, `before` of them in front. */
const SHORT = (before) => `${before === 0 ? '' : `(${GROUP}:){${before - 1}}${GROUP}`}::${before < 6 ? `(${GROUP}(:${GROUP}){0,${5 - before}})?` : ''}`;
const IPV6 = `((${GROUP}:){7}${GROUP}|${[0, 1, 2, 3, 4, 5, 6].map(SHORT).join('|')})`;
const EMAIL = `[A-Za-z0-9_+-]{1,24}(\\.[A-Za-z0-9_+-]{1,24}){0,2}@(${LABEL}\\.){1,3}[A-Za-z]{2,10}`;
const HOSTNAME = `(${LABEL}\\.){0,4}${LABEL}`;
const PART = "([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-F]{2})";
/** No doubled hyphens, which spell encoded names, and nothing that looks like a wrong IPv4 address. */
const SITE = `(([A-Za-z0-9]{1,30}(-[A-Za-z0-9]{1,20}){0,3}\\.){0,4}[A-Za-z]{2,20}|${IPV4}|\\[::1\\])`;
const TAIL = `(/${PART}*)*(\\?(${PART}|[/?])*)?(#(${PART}|[/?])*)?`;
const URI = `((https?|ftp|wss?|[a-z][a-z0-9]{1,9})://${SITE}(:[1-9][0-9]{0,3})?${TAIL}|(mailto|urn|tel):${PART}+)`;
const POINTER = '(/([^~/]|~[01])*)*';
const TIME_SPAN = '([0-9]{1,6}H([0-9]{1,6}M([0-9]{1,6}S)?)?|[0-9]{1,6}M([0-9]{1,6}S)?|[0-9]{1,6}S)';
const DATE_SPAN = '([0-9]{1,4}Y([0-9]{1,4}M([0-9]{1,4}D)?)?|[0-9]{1,4}M([0-9]{1,4}D)?|[0-9]{1,6}D)';
const UUID = (version, variant) => `^[0-9a-f]{8}-[0-9a-f]{4}-${version}[0-9a-f]{3}-${variant}[0-9a-f]{3}-[0-9a-f]{12}$`;
const BASE64 = '^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$';
/** Formats that the standard defines. They hold beside a `pattern`. */
const STANDARD = {
    date: `^${DATE}$`,
    time: `^${TIME}$`,
    'date-time': `^${DATE}T${TIME}$`,
    duration: `^P([0-9]{1,6}W|${DATE_SPAN}(T${TIME_SPAN})?|T${TIME_SPAN})$`,
    uuid: UUID('[0-9a-f]', '[0-9a-f]'),
    email: `^${EMAIL}$`,
    'idn-email': `^${EMAIL}$`,
    hostname: `^${HOSTNAME}$`,
    'idn-hostname': `^${HOSTNAME}$`,
    ipv4: `^${IPV4}$`,
    ipv6: `^${IPV6}$`,
    uri: `^${URI}$`,
    iri: `^${URI}$`,
    'uri-template': `^${URI}$`,
    'uri-reference': `^(${URI}|/?[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]*)*)$`,
    'iri-reference': `^(${URI}|/?[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]*)*)$`,
    'json-pointer': `^${POINTER}$`,
    'relative-json-pointer': `^(0|[1-9][0-9]{0,3})(#|${POINTER})$`,
    regex: '^[A-Za-z0-9 _-]*$',
};
/** Names that tools give to formats of their own. A `pattern` beside one says what it means. */
const CUSTOM = {
    uuid1: UUID('1', '[89ab]'),
    uuid3: UUID('3', '[89ab]'),
    uuid4: UUID('4', '[89ab]'),
    uuid5: UUID('5', '[89ab]'),
    uuid6: UUID('6', '[89ab]'),
    uuid7: UUID('7', '[89ab]'),
    uuid8: UUID('8', '[89ab]'),
    url: `^${URI}$`,
    ip: `^(${IPV4}|${IPV6})$`,
    ipvanyaddress: `^(${IPV4}|${IPV6})$`,
    base64: BASE64,
    byte: BASE64,
};
/**
 * The pattern that a format stands for; undefined for one that nobody can promise, which is an annotation, as the standard has it.
 * `beside`: whether the schema has a `pattern` of its own.
 */
export function formatPattern(name, beside) {
    if (Object.hasOwn(STANDARD, name))
        return STANDARD[name];
    return !beside && Object.hasOwn(CUSTOM, name) ? CUSTOM[name] : undefined;
}
/** Whether a format needs no warning when a `pattern` stands beside it. */
export const isPatternName = (name, beside) => beside || Object.hasOwn(CUSTOM, name);
//# sourceMappingURL=string-formats.js.map