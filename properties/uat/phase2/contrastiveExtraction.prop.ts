import { describe, expect, it } from "vitest";
import { contrastiveExtraction } from "../../../src/uat/phase2/contrastiveExtraction.ts";
import type { Evidence } from "../../../src/uat/evidence/evidence.ts";
import { contrastiveExtractionLaws, phase2Of, turned } from "./contrastiveExtraction.statements.ts";

describe("contrastiveExtraction", () => {
  // ELSE the NLL extraction passes for the contrastive one, or rounding for a difference
  it("measures the turn: apart = modules turned by more than 1e-4 / modules; cosines of the angles, least, median and most", () => {
    for (const angles of [
      [0, 5e-5, 2e-4],
      [2e-4, 0, 1],
      [0.3, 1.2, 0.7],
    ])
      contrastiveExtractionLaws.measuresTheTurn(contrastiveExtraction, angles);
    contrastiveExtractionLaws.takesTheLargestAngle(contrastiveExtraction, [0.3, 1.2, 0.7]);
  });

  // ELSE the two losses are compared by other figures than the gate's
  it("judges by R4: t, specificity, notes and figures as R4 gives them for either file", () =>
    contrastiveExtractionLaws.judgesByR4(contrastiveExtraction, turned([0.3, 0.5, 0.7])));

  // ELSE a floor that empties a v_hack, or a file of fewer modules, ends the whole report in an error
  it("compares what both have: modules in both; none -> no evidence", () => {
    contrastiveExtractionLaws.comparesWhatBothHave(contrastiveExtraction, [0.2, 0.4, 0.9]);
    contrastiveExtractionLaws.refusesNoDirections(contrastiveExtraction);
  });

  // ELSE R7 says no where nobody looked
  it("misses what R4 misses: no gradients, a v_hack of another model -> no evidence, with the path of what is wrong", () => {
    const evidence = phase2Of(turned([0.3, 0.5, 0.7]));
    const absent = { kind: "missing", path: "absent", command: "make it" } as const;
    const given = (changed: Partial<Evidence>) =>
      contrastiveExtraction({ ...evidence, antipasto: { ...evidence.antipasto, ...changed } });
    for (const reading of ["vanilla", "gradients", "vHack"])
      expect(given({ [reading]: absent })).toMatchObject({ kind: "noEvidence", path: "absent" });
    const file = turned([0, 0, 0]);
    const renamed = new Map([...file.value.vHack.modules].map(([name, one]) => [`${name}x`, one]));
    const foreign = { ...file, value: { ...file.value, vHack: { ...file.value.vHack, modules: renamed } } };
    expect(contrastiveExtraction({ ...evidence, vHackGrpo: foreign })).toMatchObject({
      kind: "noEvidence",
      path: file.path,
    });
    expect(given({ vHack: { ...foreign, path: "nll" } })).toMatchObject({ kind: "noEvidence", path: "nll" });
  });
});
