import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { lawRows, lawsDocument } from "../bench/support/lawTable.ts";

describe("docs/laws.md", () => {
  // ELSE the document claims mutants that no test rejects, or is silent about some that one does
  it("lists every law and its mutants, as the titles of the tests say; npm run laws writes it", async () => {
    const rows = await lawRows(fileURLToPath(new URL("../properties", import.meta.url)));
    expect(await readFile(new URL("../docs/laws.md", import.meta.url), "utf8")).toBe(lawsDocument(rows));
  });
});
