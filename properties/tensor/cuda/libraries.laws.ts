import fc from "fast-check";
import { expect } from "vitest";
import { ConfigError } from "../../../src/errors.ts";
import type { Foreign } from "../../../src/tensor/cuda/foreign.ts";
import { libraryFolders, openLibrary } from "../../../src/tensor/cuda/libraries.ts";
import { lawsOf } from "../../support/lawsOf.ts";

/** A file system with two toolkits and a Python environment that holds CUDA's wheels. */
const tree: Readonly<Record<string, readonly string[]>> = {
  "/usr/local": ["cuda-12.4", "cuda", "bin"],
  "/env/lib": ["python3.12", "libfoo.so"],
  "/env/lib/python3.12/site-packages/nvidia": ["cublas", "cuda_nvrtc"],
};
const names = (folder: string): readonly string[] => tree[folder] ?? [];
const wheels = ["cublas", "cuda_nvrtc"].map((name) => `/env/lib/python3.12/site-packages/nvidia/${name}/lib`);

lawsOf("libraryFolders", libraryFolders, (law) => {
  law("searches the folder that the user names first, then the loader's path, then the environment's", {
    else: "a library of another CUDA is taken than the one that was asked for",
    for: [fc.constantFrom("CUDA_HOME", "CUDA_PATH", "VIRTUAL_ENV", "CONDA_PREFIX")],
    holds: (folders, variable) => {
      const plain = folders({ folder: null, environment: {} }, names);
      expect(plain[0]).toBeNull();
      expect(plain).toContain("/usr/local/cuda-12.4/lib64");
      const asked = folders({ folder: "/asked", environment: { [variable]: "/env" } }, names);
      expect(asked[0]).toBe("/asked");
      expect(asked.indexOf("/asked/lib64")).toBeLessThan(asked.indexOf(null));
      for (const wheel of wheels) expect(asked.indexOf(wheel)).toBeGreaterThan(asked.indexOf(null));
    },
    rejects: {
      "the folder last": [
        ({ folder, ...rest }, look) => [...libraryFolders({ folder: null, ...rest }, look), folder],
        "CUDA_HOME",
      ],
      "wheels unseen": [(places) => libraryFolders(places, () => []), "VIRTUAL_ENV"],
    },
  });
});

/** A loader that knows these files. */
const loading = (...paths: string[]): Pick<Foreign, "load"> => ({
  load(path) {
    if (!paths.includes(path)) throw new Error(`${path}: no such file`);
    return { path } as unknown as ReturnType<Foreign["load"]>;
  },
});
type Open = (foreign: Pick<Foreign, "load">, newest: number) => string;
const opening: Open = (foreign, newest) => openLibrary(foreign as Foreign, "cublas", ["/a", null], newest).path;

lawsOf<Open>("openLibrary", opening, (law) => {
  law("takes the first folder that has a version which the driver can use, and lists what it looked for otherwise", {
    else: "the user learns neither what is missing nor where it was looked for",
    for: [],
    holds: (open) => {
      expect(open(loading("/a/libcublas.so.12", "libcublas.so.13"), 13)).toBe("/a/libcublas.so.12");
      expect(open(loading("/a/libcublas.so.12", "/a/libcublas.so.13"), 13)).toBe("/a/libcublas.so.13");
      expect(open(loading("/a/libcublas.so.13", "libcublas.so.12"), 12)).toBe("libcublas.so.12");
      const failed = (): string => open(loading(), 13);
      expect(failed).toThrow(ConfigError);
      expect(failed).toThrow(
        /libcublas\.so\.13 or libcublas\.so\.12, got neither in \/a, the loader's path.*--cuda-libraries/,
      );
    },
    rejects: {
      "a version beyond the driver's": [(foreign) => opening(foreign, 13)],
      "folders in another order": [
        (foreign, newest) => openLibrary(foreign as Foreign, "cublas", [null, "/a"], newest).path,
      ],
    },
  });
});
