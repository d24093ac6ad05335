import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import layers from "../lint/layers.json" with { type: "json" };
import { oxlintrc } from "../lint/oxlintrc.ts";
import rules from "../lint/rules.json" with { type: "json" };

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));
let tree: string;

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), "vhack-lint-"));
});
afterAll(() => rm(tree, { recursive: true }));

it("the committed lint rules are those that the layer table generates (npm run lint:layers)", async () => {
  expect(JSON.parse(await readFile(join(root, ".oxlintrc.json"), "utf8"))).toEqual(oxlintrc(rules, layers));
});

it("the layer table names every folder of src", async () => {
  const folders = (await readdir(join(root, "src"), { withFileTypes: true })).filter((entry) => entry.isDirectory());
  expect(layers.levels.flat().sort()).toEqual(folders.map(({ name }) => name).sort());
});

const cases: [what: string, from: string, source: string, isAllowed: boolean][] = [
  ["a lower layer", "probe/a.ts", 'export * from "../nn/linear.ts";', true],
  ["a higher layer", "nn/a.ts", 'export * from "../probe/loadedModel.ts";', false],
  ["a neighbour on its level", "uat/a.ts", 'export * from "../miniature/studentConfig.ts";', false],
  ["a higher layer for its types only", "nn/a.ts", 'export type * from "../probe/loadedModel.ts";', false],
  ["a higher layer from a subfolder", "tensor/wasm/a.ts", 'export * from "../../nn/linear.ts";', false],
  ["a backend in tensor", "tensor/a.ts", 'import "@tensorflow/tfjs-backend-wasm";', true],
  ["a backend elsewhere", "nn/a.ts", 'import "@tensorflow/tfjs-backend-wasm";', false],
  ["tf.js operations", "nn/a.ts", 'export { add } from "@tensorflow/tfjs-core";', true],
  ["a package of the terminal below cli", "report/a.ts", 'export { Command } from "commander";', false],
];

it.each(cases)("the linter judges an import of %s", async (_, from, source, isAllowed) => {
  const file = join(tree, "src", from);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, source);
  const arguments_ = ["--config", join(tree, ".oxlintrc.json"), "src"];
  await writeFile(join(tree, ".oxlintrc.json"), JSON.stringify({ ...oxlintrc(rules, layers), $schema: undefined }));
  const { stdout } = await run(join(root, "node_modules/.bin/oxlint"), arguments_, { cwd: tree }).catch((e) => e);
  await rm(file);
  expect(stdout.includes("no-restricted-imports"), stdout).toBe(!isAllowed);
});
