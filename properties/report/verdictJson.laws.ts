import fc from "fast-check";
import { expect } from "vitest";
import { verdictJson } from "../../src/report/verdictJson.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { twoVerdicts, verdicts } from "./verdicts.ts";

lawsOf("verdictJson", verdictJson, (law) => {
  law("round-trips: JSON.parse gives every outcome and value, NaN and Infinity spelled out", {
    else: "a figure that could not be computed is read as 0",
    for: [verdicts, fc.boolean()],
    holds: (json, verdicts, opens) => {
      const read = JSON.parse(json(verdicts, "so be it", opens));
      expect(read.opens).toBe(opens);
      expect(read.verdicts.map((verdict: { outcome: string }) => verdict.outcome)).toEqual(
        verdicts.map(({ outcome }) => outcome),
      );
      verdicts.forEach(({ conditions }, i) =>
        conditions.forEach(({ value }, c) =>
          expect(Number(read.verdicts[i].conditions[c].value)).toBe(Object.is(value, -0) ? 0 : value),
        ),
      );
    },
    rejects: {
      "NaN as null": [
        (list, conclusion, opens) => JSON.stringify({ opens, conclusion, verdicts: list }),
        twoVerdicts,
        true,
      ],
    },
  });
});
