import fc from "fast-check";
import { describe, it } from "vitest";
import { vHackTable } from "../../src/vhack/vHackTable.ts";
import { anyVHackModules } from "./directions.ts";
import { vHackTableLaws } from "./vHackTable.statements.ts";

describe("vHackTable", () => {
  // ELSE a module is projected against another module's direction
  it("lays rows in checkpoint order, zero padded: data[m, i, j] = v_m[i, j]", () =>
    fc.assert(fc.property(anyVHackModules, (modules) => vHackTableLaws.placesRows(vHackTable, modules))));

  it("rejects missing, misfitting and stray modules, naming the first -> ConfigError", () =>
    fc.assert(fc.property(anyVHackModules, (modules) => vHackTableLaws.rejectsMisfit(vHackTable, modules))));
});
