#!/usr/bin/env node
// Install the locked dependencies where they are missing or older than the lock file: the npm scripts that run something start with this.
import { execSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`vhack: expected Node 20.19 or newer, got ${process.versions.node}; see https://nodejs.org`);
  process.exit(2);
}
const root = fileURLToPath(new URL("..", import.meta.url));
const stamp = `${root}node_modules/.package-lock.json`;
const isCurrent = existsSync(stamp) && statSync(stamp).mtimeMs >= statSync(`${root}package-lock.json`).mtimeMs;
if (!isCurrent) {
  console.error("installing dependencies (npm ci)");
  try {
    execSync("npm ci --no-fund --no-audit", { cwd: root, stdio: ["ignore", 2, 2] });
  } catch {
    console.error(
      "vhack: expected npm ci to install the locked dependencies, got the failure above; is the registry reachable?",
    );
    process.exit(2);
  }
}
