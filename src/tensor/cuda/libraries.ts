import { existsSync, readdirSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { ConfigError } from "../../errors.ts";
import type { Foreign, ForeignLibrary } from "./foreign.ts";

/** Where CUDA's libraries may be. */
export interface LibraryPlaces {
  /** --cuda-libraries: a folder of libraries, a toolkit, or a Python environment */
  readonly folder: string | null;
  /** CUDA_HOME, CUDA_PATH, VIRTUAL_ENV and CONDA_PREFIX are looked at */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A library that was found. */
export interface FoundLibrary {
  readonly library: ForeignLibrary;
  readonly path: string;
}

/** Major versions whose functions we call as declared here, newest first. */
const majors = [13, 12];

/**
 * Folders in the order in which they are searched; null is the loader's own path.
 *
 * @param names  what a folder holds, none where there is no folder
 */
export function libraryFolders({ folder, environment }: LibraryPlaces, names = namesIn): (string | null)[] {
  const { CUDA_HOME, CUDA_PATH, VIRTUAL_ENV, CONDA_PREFIX } = environment;
  const local = names("/usr/local").filter((name) => name.startsWith("cuda"));
  const given = [CUDA_HOME, CUDA_PATH, ...local.toSorted().map((name) => join("/usr/local", name))];
  const roots = [folder, null, ...given, VIRTUAL_ENV, CONDA_PREFIX];
  const folders = roots.flatMap((root) => (root === null || root === undefined ? [root] : foldersBelow(root, names)));
  return [...new Set(folders.filter((found) => found !== undefined).slice(folder === null ? 1 : 0))];
}

/** A toolkit keeps libraries in lib64, a Python environment in lib/python3.*\/site-packages/nvidia/*\/lib. */
function foldersBelow(root: string, names: (folder: string) => readonly string[]): string[] {
  const pythons = names(join(root, "lib")).filter((name) => name.startsWith("python3"));
  const packages = pythons.map((python) => join(root, "lib", python, "site-packages", "nvidia"));
  const wheels = packages.flatMap((parent) => names(parent).map((name) => join(parent, name, "lib")));
  const toolkit = ["", "lib64", "lib", "targets/x86_64-linux/lib", "targets/sbsa-linux/lib"];
  return [...toolkit.map((name) => join(root, name)), ...wheels];
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/**
 * Open the first `lib<name>.so.<major>` that loads.
 *
 * @param newest  a library of a later CUDA than the driver's cannot be used
 * @throws ConfigError  none is found: it lists what was looked for, and what to install
 */
export function openLibrary(
  foreign: Foreign,
  name: string,
  folders: readonly (string | null)[],
  newest: number,
): FoundLibrary {
  const files = majors.filter((major) => major <= newest).map((major) => `lib${name}.so.${major}`);
  const failures: unknown[] = [];
  for (const folder of folders)
    for (const file of files) {
      const path = folder === null ? file : join(folder, file);
      try {
        return { library: foreign.load(path), path };
      } catch (failure) {
        failures.push(failure);
      }
    }
  const places = folders.map((folder) => folder ?? "the loader's path").join(", ");
  throw new ConfigError(
    `--backend cuda: expected ${files.join(" or ")}, got neither in ${places}. Install the CUDA toolkit, or ` +
      "`pip install nvidia-cublas nvidia-cuda-nvrtc` (any environment with PyTorch for CUDA has them), and name the " +
      "toolkit or the environment with --cuda-libraries",
    new AggregateError(failures),
  );
}

/**
 * Open what a library will itself ask for by name alone, from the folder that it came from: the loader does not look there,
 * but it knows what is open already.
 *
 * @param start  of the files' names, e.g. `libnvrtc-builtins.so`
 */
export function openBeside(foreign: Foreign, { path }: FoundLibrary, start: string, names = namesIn): void {
  if (!isAbsolute(path)) return; // found by the loader, which finds its neighbours too
  const folder = dirname(path);
  for (const name of names(folder)) if (name.startsWith(start)) foreign.load(join(folder, name));
}
