import { spawnSync } from "node:child_process";
import { SandboxError } from "../errors.ts";
import { dropTo } from "./dropPrivileges.ts";

/** A CPython that the (unprivileged) user of the cage can read, with what it needs on disk. All paths absolute. */
export interface Python {
  readonly executable: string;
  readonly version: string;
  /** Folders with the standard library, shared libraries and the loader. */
  readonly folders: readonly string[];
}

/** Debian's interpreter first: one under a home folder is unreadable to the user that the cage runs as. */
const candidates = ["/usr/bin/python3", "/usr/local/bin/python3", "/opt/homebrew/bin/python3", "python3"];

const describe = `
import json, os, re, sys, sysconfig
import ctypes, decimal, hashlib, lzma, bz2, sqlite3, ssl, zlib, unicodedata
folders = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
executable = os.path.realpath(sys.executable)
for line in open("/proc/self/maps") if os.path.exists("/proc/self/maps") else ():
    path = line.rstrip("\\n").partition("/")[2]
    if re.search(r"\\.so(\\.|$)|/ld-", path):
        folders.add(os.path.dirname("/" + path))
inside = lambda f: any(f != g and f.startswith(g + "/") for g in folders)
print(json.dumps({"executable": executable, "version": sys.version.split()[0], "folders": sorted(f for f in folders if not inside(f))}))
`;

/**
 * The first usable interpreter, tried as the user that will run it.
 *
 * @throws SandboxError  none found, or older than 3.9 (which has no ast.unparse)
 */
export function findPython(): Python {
  const tried: string[] = [];
  for (const executable of candidates) {
    const run = spawnSync(executable, ["-I", "-B", "-c", describe], { encoding: "utf8", cwd: "/", ...dropTo() });
    if (run.status !== 0) {
      tried.push(`${executable}: ${run.error?.message ?? lastLine(run.stderr)}`);
      continue;
    }
    const python: Python = JSON.parse(run.stdout);
    if (minorVersion(python.version) >= 9) return python;
    tried.push(`${executable}: version ${python.version}`);
  }
  throw new SandboxError(
    "findPython: expected CPython 3.9 or newer that an unprivileged user can read, got " +
      `${tried.join("; ")}. Install it (Debian: apt-get install python3), or grade with --executor pyodide.`,
  );
}

function minorVersion(version: string): number {
  const [major, minor] = version.split(".").map(Number);
  return major === 3 ? minor! : 0;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)!;
}
