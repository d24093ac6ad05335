import { describe, it } from "vitest";
import { expectSvdOfLaws, spoilings } from "../adapter/weightSvd/expectSvdOf.statements.ts";
import { float32SvdOf } from "../support/float32SvdOf.ts";
import { rejects } from "../support/rejects.ts";
import { seededWeight } from "../support/seededWeight.ts";

describe("teeth: expectSvdOf", () => {
  it.each(spoilings)("refusal rejects: a check that looks at nothing ($name)", ({ spoil, says }) => {
    const weight = seededWeight("w", 6, 4, 1);
    const svd = float32SvdOf(weight);
    return rejects(() => expectSvdOfLaws.refuses(() => {}, weight, { ...svd, ...spoil(svd) }, says));
  });

  it("acceptance rejects: a check without room for rounding", () => {
    const weight = seededWeight("w", 6, 4, 1);
    const exact = () => {
      throw new Error("not exact");
    };
    return rejects(() => expectSvdOfLaws.accepts(exact, weight, float32SvdOf(weight)));
  });
});
