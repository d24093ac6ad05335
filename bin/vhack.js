#!/usr/bin/env node
import { existsSync } from "node:fs";

try {
  // A clone runs its sources; the package, which has none, runs what they were built to.
  if (existsSync(new URL("../src/main.ts", import.meta.url))) {
    const { register } = await import("tsx/esm/api");
    register();
    await import("../src/main.ts");
  } else await import("../dist/main.js");
} catch (failure) {
  console.error("vhack: expected the program to load, got the failure below; is it installed whole?", failure);
  process.exit(3); // Node would end with 1, which is a failed requirement
}
