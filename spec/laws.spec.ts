import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

describe("docs/generated/laws.md", () => {
  // ELSE the document claims mutants that no test rejects, or is silent about some that one does
  it("lists every law and its mutants as they are stated; npm run laws writes it", async () => {
    const env = { ...process.env };
    delete env["VITEST"];
    const printed = execFileSync(
      process.execPath,
      ["--import", "tsx", "--import", "./bench/support/withoutVitest.js", "bench/laws.ts", "--print"],
      {
        cwd: root,
        env,
        encoding: "utf8",
        maxBuffer: 1 << 26,
      },
    );
    expect(await readFile(new URL("../docs/generated/laws.md", import.meta.url), "utf8")).toBe(printed);
  });
});
