import fc from "fast-check";
import { describe, it } from "vitest";
import { maskConsistency } from "../../../src/uat/r2/maskConsistency.ts";
import { familyCount, type MaskedRow, maskLaws, memberCount } from "./maskConsistency.statements.ts";

const nll = fc.option(
  fc.record({ family: fc.nat({ max: familyCount - 1 }), member: fc.nat({ max: memberCount - 1 }) }),
  { freq: 5 },
);
const row: fc.Arbitrary<MaskedRow> = fc.record({
  ours: fc.boolean(),
  logp: nll,
  loss: nll,
  completion: fc.nat({ max: 1 }),
  prompt: fc.constantFrom("a", "a", "b"),
  pads: fc.nat({ max: 2 }),
  fault: fc.constantFrom("none", "place unsaid", "count", "first", "last", "late"),
});
const steps = fc.array(fc.array(row, { maxLength: 5 }), { minLength: 1, maxLength: 3 });

describe("maskConsistency", () => {
  // ELSE a mask that is off by one passes where the engine itself says what it scored
  it("counts misplaced tokens: another count, first or last id, or place of the logits than the row's", () =>
    fc.assert(
      fc.property(steps, fc.nat({ max: 3 }), (drawn, silent) =>
        maskLaws.countsMisplacedTokens(maskConsistency, drawn, silent),
      ),
    ));

  // ELSE the gradients are of a loss averaged over pads
  it("counts other losses: |per_sample_loss + logp_mean| > 3e-5 max(1, |per_sample_loss|, |logp_mean|)", () =>
    fc.assert(fc.property(steps, (drawn) => maskLaws.countsOtherLosses(maskConsistency, drawn))));

  // ELSE padding or a neighbour enters the loss unseen
  it("counts unequal twins: same prompt and tokens in one step, another NLL, whatever the padding", () =>
    fc.assert(fc.property(steps, (drawn) => maskLaws.countsUnequalTwins(maskConsistency, drawn))));
});
