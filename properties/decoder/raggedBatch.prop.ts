import { expect, it } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { raggedBatch } from "../../src/decoder/raggedBatch.ts";

it("raggedBatch rejects a sample with nothing to score: P = 0 or T = 0 -> ConfigError", () => {
  expect(() => raggedBatch([{ promptIds: [], completionIds: [1] }])).toThrow(ConfigError);
  expect(() =>
    raggedBatch([
      { promptIds: [1], completionIds: [2] },
      { promptIds: [1], completionIds: [] },
    ]),
  ).toThrow("row 1");
});
