// `npm run build`: src/ as JavaScript with declarations in dist/, and the files that run as they are beside it.
import { execFileSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
rmSync(`${root}dist`, { recursive: true, force: true });
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], {
  cwd: root,
  stdio: "inherit",
});
cpSync(`${root}src`, `${root}dist`, {
  recursive: true,
  // the cage's programs; tsWorker.js is for TypeScript only
  filter: (path) => !path.endsWith(".ts") && !path.endsWith("tsWorker.js"),
});
