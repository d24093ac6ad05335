import fc from "fast-check";
import { expect, it } from "vitest";
import { NonFiniteError } from "../../src/errors.ts";
import { tokenProbabilities } from "../../src/decoder/tokenProbabilities.ts";
import { nonFinite } from "../support/arbitraries.ts";

const logits = fc.array(fc.double({ min: -50, max: 50, noNaN: true }), { minLength: 1, maxLength: 12 });
const sampling = fc.record({
  temperature: fc.constantFrom(0, 0.25, 0.7, 1, 3),
  topK: fc.nat({ max: 14 }),
  topP: fc.oneof(fc.constant(1), fc.double({ min: 1e-6, max: 1, noNaN: true })),
});

it("tokenProbabilities rejects a non-finite logit -> NonFiniteError", () =>
  fc.assert(
    fc.property(logits, sampling, nonFinite, fc.nat(), (x, s, broken, at) => {
      expect(() => tokenProbabilities(x.with(at % x.length, broken), s)).toThrow(NonFiniteError);
    }),
  ));
