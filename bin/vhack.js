#!/usr/bin/env node
import { register } from "tsx/esm/api";

register();
try {
  await import("../src/main.ts");
} catch (failure) {
  console.error("vhack: expected the program to load, got the failure below; is it installed whole (npm ci)?", failure);
  process.exit(3); // Node would end with 1, which is a failed requirement
}
