// All attacks of `hostile`, by kind.
import { sleep } from './attack.js';
import { PICTURE_ATTACKS } from './picture-attacks.js';
import { SCHEMA_ATTACKS } from './schema-attacks.js';
import { SOCKET_ATTACKS } from './socket-attacks.js';
import { TEXT_ATTACKS } from './text-attacks.js';
/** In the order in which they are made. The first is none: what the clients feel on a quiet server. */
export const ATTACKS = [
    { name: 'nothing', prepare: async () => () => sleep(3000).then(() => []) },
    ...SCHEMA_ATTACKS,
    ...TEXT_ATTACKS,
    ...SOCKET_ATTACKS,
    ...PICTURE_ATTACKS,
];
//# sourceMappingURL=attacks.js.map