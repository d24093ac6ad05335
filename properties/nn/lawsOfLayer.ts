import fc from "fast-check";
import type { BackendName } from "../../src/tensor/backend.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { runsOn } from "../support/runs.ts";
import { entries } from "./entries.ts";
import { layerLaws, type Layer, type LayerCase } from "./layer.ts";
import {
  addConstant,
  dropFirst,
  entriesOf,
  halveLast,
  keepTensors,
  negateFirst,
  ofSecondOrder,
  scaledOutput,
  withGradients,
} from "./mutants.ts";

/** A layer for an example: some know its token ids, positions or eps. */
type LayerOf<C> = (example: C) => Layer;

/** Wrong layers of one kind only, by the law that must reject them. */
interface OwnMutants<C> {
  readonly twin?: Record<string, LayerOf<C>>;
  readonly differences?: Record<string, LayerOf<C>>;
  readonly adjoint?: Record<string, LayerOf<C>>;
}

/**
 * State, of one layer on one backend, the laws of any layer with a hand-written backward.
 *
 * @param tooth  the example on which its mutants must be rejected
 */
export function lawsOfLayer<C extends LayerCase>(
  name: string,
  backend: BackendName,
  cases: fc.Arbitrary<C>,
  layerOf: LayerOf<C>,
  tooth: C,
  own: OwnMutants<C> = {},
): void {
  const { numRuns } = runsOn(backend, 25);
  const countInputs = ({ inputs }: C) => inputs.reduce((sum, { values }) => sum + values.length, 0);
  const along = (count: (example: C) => number) =>
    cases.chain((example) => entries(count(example)).map((values) => ({ example, values })));
  const direction = { example: tooth, values: entriesOf(countInputs(tooth), 5) };
  const changed =
    (change: Parameters<typeof withGradients>[1]): LayerOf<C> =>
    (example) =>
      withGradients(layerOf(example), change);
  const rejected = <Given>(mutants: Record<string, LayerOf<C>>, given: Given) =>
    Object.fromEntries(Object.entries(mutants).map(([title, mutant]) => [title, [mutant, given] as const]));
  const wrong = {
    sign: changed(negateFirst),
    "a halved gradient": changed(halveLast),
    "a forgotten gradient": changed(dropFirst),
  };
  // the adjoint is not asked to see it: one direction u may be blind to a shift of all entries
  const shifted = { "a shifted gradient": changed(addConstant) };

  lawsOf<LayerOf<C>>(name, layerOf, (law) => {
    law("agrees with the float64 twin: y = twin(inputs)", {
      else: "every number that this program reports is of another network than Qwen3",
      for: [cases],
      holds: (of, example) => layerLaws.agreesWithTwin(of(example), example),
      rejects: rejected({ "another output": (example) => scaledOutput(layerOf(example)), ...own.twin }, tooth),
      numRuns,
    });

    law("agrees with float64 differences of the twin: dX = d<dY, twin(X)>/dX, every input", {
      else: "g is not the gradient, and nothing extracted from it or projected out of it means what it says",
      for: [cases],
      holds: (of, example) => layerLaws.agreesWithDifferences(of(example), example),
      rejects: rejected({ ...wrong, ...shifted, ...own.differences }, tooth),
      numRuns,
    });

    law("agrees with tf.js autodiff of a straightforward formulation: dX = grad <dY, plain(X)>", {
      for: [cases],
      holds: (of, example) => layerLaws.agreesWithAutodiff(of(example), example),
      rejects: rejected({ ...wrong, ...shifted }, tooth),
      numRuns,
    });

    law("is the adjoint of the forward's derivative: <dY, J u> = <J^T dY, u>", {
      for: [along(countInputs)],
      holds: (of, { example, values }) => layerLaws.isAdjoint(of(example), example, values),
      rejects: rejected({ ...wrong, ...own.adjoint }, direction),
      numRuns,
    });

    law("is linear in dY: back(2 dY - dZ) = 2 back(dY) - back(dZ)", {
      for: [along(({ dY }) => dY.length)],
      holds: (of, { example, values }) => layerLaws.isLinear(of(example), example, values),
      rejects: rejected(
        { "a gradient of second order in dY": changed(ofSecondOrder) },
        { example: tooth, values: entriesOf(tooth.dY.length, 6) },
      ),
      numRuns,
    });

    law("frees intermediates: numTensors grows by outputs and what is saved, and no more", {
      for: [cases],
      holds: (of, example) => layerLaws.freesIntermediates(of(example), example),
      rejects: rejected({ "a kept tensor": changed(keepTensors) }, tooth),
      numRuns,
    });
  });
}
