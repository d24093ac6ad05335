import { userInfo } from "node:os";

/** nobody and nogroup, on every Linux and on macOS close enough: a user that owns nothing. */
const nobody = 65534;

/**
 * The user id for a cage's processes: `nobody` when we are root, ours otherwise.
 *
 * Process limits do not bind for root, so this comes before everything else. Spread it into spawn's options; libuv drops the
 * supplementary groups too.
 */
export function dropTo(): { uid?: number; gid?: number } {
  return userInfo().uid === 0 ? { uid: nobody, gid: nobody } : {};
}
