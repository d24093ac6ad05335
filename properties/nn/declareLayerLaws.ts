import fc from "fast-check";
import { it } from "vitest";
import type { BackendName } from "../../src/tensor/backend.ts";
import { runsOn } from "../support/runs.ts";
import { entries } from "./entries.ts";
import { layerLaws, type Layer, type LayerCase } from "./layer.statements.ts";

/** State, of one layer on one backend, the laws of any layer with a hand-written backward. */
export function declareLayerLaws<C extends LayerCase>(
  backend: BackendName,
  cases: fc.Arbitrary<C>,
  layerOf: (example: C) => Layer,
): void {
  const runs = runsOn(backend, 25);
  const forAny = (law: (layer: Layer, example: C) => void | Promise<void>) =>
    fc.assert(
      fc.asyncProperty(cases, async (example) => law(layerOf(example), example)),
      runs,
    );
  const along = (count: (example: C) => number) =>
    cases.chain((example) => entries(count(example)).map((values) => ({ example, values })));
  const countInputs = ({ inputs }: C) => inputs.reduce((sum, { values }) => sum + values.length, 0);

  // ELSE every number that this program reports is of another network than Qwen3
  it("agrees with the float64 twin: y = twin(inputs)", () => forAny(layerLaws.agreesWithTwin));

  // ELSE g is not the gradient, and nothing extracted from it or projected out of it means what it says
  it("agrees with float64 differences of the twin: dX = d<dY, twin(X)>/dX, every input", () =>
    forAny(layerLaws.agreesWithDifferences));

  it("agrees with tf.js autodiff of a straightforward formulation: dX = grad <dY, plain(X)>", () =>
    forAny(layerLaws.agreesWithAutodiff));

  it("is the adjoint of the forward's derivative: <dY, J u> = <J^T dY, u>", () =>
    fc.assert(
      fc.asyncProperty(along(countInputs), ({ example, values }) =>
        layerLaws.isAdjoint(layerOf(example), example, values),
      ),
      runs,
    ));

  it("is linear in dY: back(2 dY - dZ) = 2 back(dY) - back(dZ)", () =>
    fc.assert(
      fc.asyncProperty(
        along(({ dY }) => dY.length),
        ({ example, values }) => layerLaws.isLinear(layerOf(example), example, values),
      ),
      runs,
    ));

  it("frees intermediates: numTensors grows by outputs and what is saved, and no more", () =>
    forAny(layerLaws.freesIntermediates));
}
