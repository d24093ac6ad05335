import { describe, it } from "vitest";
import { widenBfloat16, widenFloat16 } from "../../src/artifact/widen.ts";
import { widenLaws } from "./widen.statements.ts";

// ELSE a bfloat16 checkpoint is another model here than everywhere else
describe("widenBfloat16", () => {
  it("is exact for every bit pattern: (-1)^s (1 + m / 128) 2^(e - 127), subnormals, infinities and NaN", () =>
    widenLaws.isExact(widenBfloat16, 8));
});

describe("widenFloat16", () => {
  it("is exact for every bit pattern: (-1)^s (1 + m / 1024) 2^(e - 15), subnormals, infinities and NaN", () =>
    widenLaws.isExact(widenFloat16, 5));
});
