import { spawnSync } from "node:child_process";
import { dropTo } from "../../src/sandbox/dropPrivileges.ts";

/** Why this machine has no CPython of 3.9 or later, or null. Asked of itself: a search of ours that misses it has failed. */
export const pythonless: string | null = whyNot("python3", ["-c", "import ast; ast.unparse"]);

/** Why no Linux cage can be built here, or null. Asked of bubblewrap itself: a cage of ours that fails where it works has failed. */
export const cageless: string | null = pythonless ?? whyNot("bwrap", ["--unshare-all", "--ro-bind", "/", "/", "true"]);

if (cageless !== null) console.error(`no Linux cage on this machine, what needs one is not run: ${cageless}`);

function whyNot(command: string, args: readonly string[]): string | null {
  const { error, status, signal, stderr } = spawnSync(command, args, {
    encoding: "utf8",
    cwd: "/",
    timeout: 30_000,
    ...dropTo(),
  });
  if (error !== undefined) return error.message;
  return status === 0 ? null : stderr.trim() || `${command} ended with ${status ?? signal}`;
}
