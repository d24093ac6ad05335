// `npm run test:node -- 22 [vitest's arguments]`: the tests on another Node, from npm's own packages of it.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [version, ...args] = process.argv.slice(2);
if (!/^\d+(\.\d+){0,2}$/.test(version ?? "")) {
  console.error(`test:node: expected a version of Node such as 22 or 20.19, got ${version ?? "none"}`);
  process.exit(2);
}
const root = fileURLToPath(new URL("..", import.meta.url));
const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
const folder = join(root, ".cache", "node", version);
const node = join(folder, "node_modules", name, "bin", "node");
if (!existsSync(node)) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  execFileSync("npm", ["install", "--no-fund", "--no-audit", `${name}@${version}`], { cwd: folder, stdio: "inherit" });
}
console.error(`Node ${execFileSync(node, ["--version"], { encoding: "utf8" }).trim()}`);
const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` };
const { status } = spawnSync(node, ["node_modules/vitest/vitest.mjs", "run", ...args], {
  cwd: root,
  env,
  stdio: "inherit",
});
process.exit(status ?? 3);
