import { lstatSync, readlinkSync } from "node:fs";
import type { Limits } from "./limits.ts";
import type { Python } from "./findPython.ts";

/**
 * bubblewrap's arguments for a root that holds the interpreter, its libraries, /dev/null and an empty working directory.
 *
 * Every namespace is new; no /proc, no /etc, no /dev/shm; the root itself is read-only (bubblewrap's is a writable tmpfs).
 * `packages`, where given, is a folder to import from, read-only. `--new-session` and a session of our own keep `kill(0)` inside.
 */
export function cageArguments(python: Python, packages: string | null, limits: Limits): string[] {
  const namespaces =
    "--unshare-user --unshare-pid --unshare-net --unshare-ipc --unshare-uts --unshare-cgroup-try --hostname cage";
  const lifetime = "--die-with-parent --new-session --clearenv";
  const environment = "--setenv PYTHONHASHSEED 0 --setenv LANG C.UTF-8 --setenv HOME /tmp --setenv PATH /usr/bin";
  const devices = "--dev-bind /dev/null /dev/null --dev-bind /dev/zero /dev/zero --dev-bind /dev/urandom /dev/urandom";
  const workingDirectory = `--size ${2 * limits.fileBytes} --tmpfs /tmp --chdir /tmp --remount-ro /`;
  const folders = [...python.folders.flatMap(readOnly), ...loaderFolder(python), ...readOnly(python.executable)];
  const imports = packages === null ? [] : [...readOnly(packages), "--setenv", "PYTHONPATH", packages];
  return [
    ...`${namespaces} ${lifetime} ${environment}`.split(" "),
    ...["/lib", "/lib64", "/bin"].flatMap(symlinkOf),
    ...folders,
    ...imports,
    ...`${devices} ${workingDirectory}`.split(" "),
  ];
}

function readOnly(path: string): string[] {
  return ["--ro-bind", path, path];
}

/** /lib and /lib64 as the host has them: a link into /usr on merged systems, nothing otherwise. */
function symlinkOf(path: string): string[] {
  return isSymlink(path) ? ["--symlink", readlinkSync(path), path] : [];
}

/** The ELF interpreter's own folder: named in the executable, not where the loader's file really lies. */
function loaderFolder(python: Python): string[] {
  const folder = isSymlink("/lib64") ? "/usr/lib64" : "/lib64";
  return python.folders.includes(folder) ? [] : ["--ro-bind-try", folder, folder];
}

function isSymlink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
}
