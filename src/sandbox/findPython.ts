import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { SandboxError } from "../errors.ts";
import { dropTo } from "./dropPrivileges.ts";

/** A CPython that the (unprivileged) user of the cage can read, with what it needs on disk. All paths absolute. */
export interface Python {
  readonly executable: string;
  readonly version: string;
  /** Folders with the standard library, shared libraries and the loader. */
  readonly folders: readonly string[];
}

/** Which interpreter runs submissions, and what it can import beside its standard library. */
export interface PythonChoice {
  /** null: the newest on this system */
  readonly executable: string | null;
  /** a folder of packages that submissions and setup code may import; read-only in the cage */
  readonly packages: string | null;
}

export const anyPython: PythonChoice = { executable: null, packages: null };

/** One under a home folder is unreadable to the user that the cage runs as, so only the system's folders are searched. */
const systemFolders = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];

/** The version that the benchmark asks for: an older one refuses some correct programs. */
export const benchmarkMinor = 12;

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
 * The interpreter asked for, or the newest on this system, tried as the user that will run it.
 *
 * @throws SandboxError  none found, or older than 3.9 (which has no ast.unparse)
 */
export function findPython(wanted: string | null): Python {
  const tried: string[] = [];
  const usable: Python[] = [];
  for (const executable of wanted === null ? installed() : [wanted]) {
    const run = spawnSync(executable, ["-I", "-B", "-c", describe], { encoding: "utf8", cwd: "/", ...dropTo() });
    if (run.status !== 0) {
      tried.push(`${executable}: ${run.error?.message ?? lastLine(run.stderr)}`);
      continue;
    }
    const python: Python = JSON.parse(run.stdout);
    if (minorVersion(python.version) >= 9) usable.push(python);
    else tried.push(`${executable}: version ${python.version}`);
  }
  const [newest] = usable.toSorted((a, b) => minorVersion(b.version) - minorVersion(a.version));
  if (newest !== undefined) return newest;
  throw new SandboxError(
    "findPython: expected CPython 3.9 or newer that an unprivileged user can read, got " +
      `${tried.join("; ") || "none"}. Install it (Debian: apt-get install python3), name one with --python, or grade with --executor pyodide.`,
  );
}

/** Every python3 and python3.N of the system's folders, each file once. */
function installed(): string[] {
  const found = new Map<string, string>();
  for (const folder of systemFolders.filter((path) => existsSync(path))) {
    for (const name of readdirSync(folder)
      .filter((entry) => /^python3(\.\d+)?$/.test(entry))
      .toSorted()) {
      const path = join(folder, name);
      if (existsSync(path) && !found.has(realpathSync(path))) found.set(realpathSync(path), path);
    }
  }
  return [...found.values()];
}

/** The 12 of 3.12.1, or 0 where it is no Python 3. */
export function minorVersion(version: string): number {
  const [major, minor] = version.split(".").map(Number);
  return major === 3 ? minor! : 0;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)!;
}
