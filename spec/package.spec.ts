import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import lock from "../package-lock.json" with { type: "json" };

const run = promisify(execFile);
const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "vhack-package-"));
const modules = join(folder, "node_modules");

/**
 * Installs the packed file in an empty folder without a network: the file itself is unpacked, and each package that it
 * depends on at run time is a link into this clone's node_modules, where `npm ci` put the locked versions. What only
 * developers need, such as tsx, is not there.
 */
beforeAll(async () => {
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: root });
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf("[\n"))) as { filename: string }[];
  mkdirSync(join(modules, "vhack"), { recursive: true });
  await run("tar", ["-xzf", join(folder, packed!.filename), "--strip-components=1", "-C", join(modules, "vhack")]);
  for (const [path, entry] of Object.entries(lock.packages)) {
    const isInstalled = path.lastIndexOf("node_modules/") === 0 && !("dev" in entry) && existsSync(join(root, path));
    if (isInstalled) link(join(root, path), join(folder, path));
  }
  link(join(modules, "vhack", "bin", "vhack.js"), join(modules, ".bin", "vhack"));
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

describe("the packed package, installed in an empty folder", () => {
  it("brings no sources and needs no tsx", () => {
    expect(existsSync(join(modules, "vhack", "src"))).toBe(false);
    expect(existsSync(join(modules, "tsx"))).toBe(false);
  });

  it("brings what runs as it is, such as the cage's programs", () => {
    const asIs = (readdirSync(join(root, "src"), { recursive: true }) as string[]).filter((path) =>
      /\.(?!ts$)\w+$/.test(path),
    );
    const missing = asIs.filter((path) => !existsSync(join(modules, "vhack", "dist", path)));
    expect(asIs).toContain(join("sandbox", "cageEntry.py"));
    expect(missing).toEqual([join("artifact", "tsWorker.js")]); // for TypeScript only
  });

  it("npx vhack chain ends in a verdict", async () => {
    const args = ["chain", "--steps", "2", "--group", "2", "--max-new-tokens", "60", "--cache", "cache"];
    const ended = await run("npx", ["--no-install", "vhack", ...args], { cwd: folder }).catch((failure) => failure);
    expect(ended.code ?? 0, `${ended.stdout}${ended.stderr}`).toBeLessThan(2);
    for (const id of ["R1", "R2", "R3", "R4"]) expect(ended.stdout).toContain(id);
  });

  describe("the examples of docs/library.md", () => {
    const prints: Record<string, RegExp[]> = {
      Grading: [/^correct true, hacked false, reward 3.5$/m, /^correct false, hacked true, reward 3.5$/m],
      "Gradients of single samples": [/^NLL of 2 samples, gradients \[2,\d+,\d+\]$/m],
      Projection: [/^cos_in 0.60, cos_out 0.00$/m, /^left \[0,4\], removed \[3,0\]$/m],
      Statistics: [
        /^t \d+\.\d\d, p 0\.00\d\d$/m,
        /^within problems: p 0\.\d\d$/m,
        /^difference in \[0\.\d\d, 0\.\d\d\]$/m,
      ],
    };
    const sections = readFileSync(join(root, "docs", "library.md"), "utf8")
      .split(/^## /m)
      .slice(1);
    const examples = sections.map((section, i) => ({
      title: section.split("\n", 1)[0]!,
      file: `example${i}.js`,
      source: /^```js\n(.*?)^```$/ms.exec(section)![1]!,
    }));

    it("are those that are tested", () => {
      expect(examples.map(({ title }) => title)).toEqual(Object.keys(prints));
    });

    it.each(examples)("$title runs and prints what it says", async ({ title, file, source }) => {
      writeFileSync(join(folder, file), source);
      const { stdout } = await run(process.execPath, [file], { cwd: folder });
      for (const line of prints[title]!) expect(stdout).toMatch(line);
    });

    it("agree with the package's types", async () => {
      const files = examples.map(({ file, source }) => {
        writeFileSync(join(folder, file), source);
        return file;
      });
      link(join(root, "node_modules", "@types", "node"), join(modules, "@types", "node"));
      const options = {
        strict: true,
        noImplicitAny: false,
        checkJs: true,
        noEmit: true,
        skipLibCheck: true,
        types: ["node"],
      };
      const target = { module: "nodenext", target: "es2023" };
      writeFileSync(
        join(folder, "tsconfig.json"),
        JSON.stringify({ compilerOptions: { ...options, ...target }, files }),
      );
      const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
      const checked = await run(process.execPath, [tsc, "-p", "."], { cwd: folder }).catch((failure) => failure);
      expect(checked.stdout).toBe("");
    });
  });
});
