// Preloaded before the command line (`node --import`): a file handle that is not closed when the process ends is exit
// code 7, whatever the command answered. Node 25 and later end with 7 too, but only if such a handle is collected in time.
import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";

const { open } = fs;
const held = new Map();
fs.open = async (path, ...rest) => {
  const handle = await open(path, ...rest);
  held.set(handle, path);
  handle.once("close", () => held.delete(handle));
  return handle;
};
syncBuiltinESMExports();

process.once("exit", (code) => {
  const wasInterrupted = code === 130; // in the middle of whatever it wrote
  if (held.size === 0 || wasInterrupted) return;
  console.error(`file handles left open: ${[...held.values()].join(", ")}`);
  process.exitCode = 7;
});
