import fc from "fast-check";
import { describe, it } from "vitest";
import { flatDirection } from "../../../src/uat/common/flatDirection.ts";
import { forEachBackend } from "../../support/backends.ts";
import { runsOn } from "../../support/runs.ts";
import { anyVHackModules, sparseVHackModules } from "../../vhack/directions.ts";
import { flatDirectionLaws } from "./flatDirection.statements.ts";

forEachBackend((backend) => {
  describe("flatDirection", () => {
    // ELSE the gate judges another direction than the one that training removed
    it("agrees with unitDirections: the same v_m in float32 on the device and in float64 in the judge", () =>
      fc.assert(
        fc.asyncProperty(sparseVHackModules, (modules) =>
          flatDirectionLaws.isTheOneThatIsProjected(flatDirection, modules),
        ),
        runsOn(backend, 50),
      ));
  });
});

describe("flatDirection", () => {
  it("leaves room for the rest: a module without directions -> zeros, the others in their places", () =>
    fc.assert(
      fc.property(anyVHackModules, (modules) => flatDirectionLaws.leavesRoomForTheRest(flatDirection, modules)),
    ));

  // ELSE cosines with a v_hack of another model are numbers without meaning, and no one is told
  it("refuses another model's: an unknown module or width -> misfit with its name", () =>
    fc.assert(
      fc.property(anyVHackModules, (modules) => flatDirectionLaws.refusesAnotherModels(flatDirection, modules)),
    ));
});
