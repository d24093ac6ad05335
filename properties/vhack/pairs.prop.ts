import { describe, expect, it } from "vitest";
import { contrastsOf, readPairs } from "../../src/vhack/pairs.ts";
import { pairLaws, pairsOf, textRow, tokenRow } from "./pairs.statements.ts";

describe("readPairs", () => {
  it("reads text pairs and token pairs: one JSON object a line, gzipped or not", () =>
    pairLaws.readsBothKinds(readPairs));

  it("rejects a line that does not fit, naming line and field -> ArtifactError", () =>
    pairLaws.namesTheBadLine(readPairs));

  it("rejects an empty file, a repeated pair_id and a file that is not JSON lines -> ArtifactError", () =>
    pairLaws.rejectsEmptyAndRepeated(readPairs));
});

describe("contrastsOf", () => {
  it("lists each statement once, in order of appearance", async () => {
    const pairs = await pairsOf(readPairs, [textRow, { ...textRow, pair_id: "p2" }, tokenRow]);
    expect(contrastsOf(pairs)).toBe("run_tests defined or not; not stated");
  });
});
