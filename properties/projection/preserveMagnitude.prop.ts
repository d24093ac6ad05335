import fc from "fast-check";
import { describe, it } from "vitest";
import { preserveMagnitude } from "../../src/projection/preserveMagnitude.ts";
import { forEachBackend } from "../support/backends.ts";
import { preserveMagnitudeLaws } from "./preserveMagnitude.statements.ts";
import { anyWorld } from "./world.ts";

describe("preserveMagnitude", () =>
  forEachBackend(() => {
    // ELSE "projection slows hacking" may only say that it shortens every step
    it("keeps the norm: |projected| >= 2e-12 -> |projected'| = |g|", () =>
      fc.assert(fc.asyncProperty(anyWorld, (world) => preserveMagnitudeLaws.keepsNorm(preserveMagnitude, world))));

    it("agrees with the float64 twin: projected' = projected |g| / max(|projected|, 1e-12)", () =>
      fc.assert(fc.asyncProperty(anyWorld, (world) => preserveMagnitudeLaws.agreesWithTwin(preserveMagnitude, world))));

    it("keeps what was removed: removed' = removed", () =>
      fc.assert(fc.asyncProperty(anyWorld, (world) => preserveMagnitudeLaws.keepsRemoved(preserveMagnitude, world))));

    it("frees intermediates: numTensors grows by the two outputs", () =>
      fc.assert(fc.property(anyWorld, (world) => preserveMagnitudeLaws.freesIntermediates(preserveMagnitude, world))));
  }));
