import { fileURLToPath } from "node:url";

const watch = new URL("watchHandles.js", import.meta.url).href;

/** Arguments to Node that start the command line as a clone has it, and watch for file handles that stay open. */
export const vhackCommand: readonly string[] = [
  "--import",
  watch,
  fileURLToPath(new URL("../../bin/vhack.js", import.meta.url)),
];
