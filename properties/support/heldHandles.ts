import fs, { type FileHandle } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { afterAll, expect } from "vitest";

const held = new Map<FileHandle, string>();
const { open } = fs;

/** Fail a test file that leaves a file handle open: from Node 25 on, collecting such a handle ends the process. */
export function watchHandles(): void {
  fs.open = async (path, ...rest) => {
    const handle = await open(path, ...rest);
    held.set(handle, String(path));
    const close = handle.close.bind(handle);
    handle.close = () => {
      held.delete(handle);
      return close();
    };
    return handle;
  };
  syncBuiltinESMExports();
  afterAll(() => {
    const paths = [...held.values()];
    held.clear();
    expect(paths, "file handles left open").toEqual([]);
  });
}
