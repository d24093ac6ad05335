import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { knobLayout } from "../../../src/adapter/knobTable.ts";
import { unitDirections } from "../../../src/projection/directions.ts";
import type { flatDirection } from "../../../src/uat/common/flatDirection.ts";
import type { SampleGradients } from "../../../src/uat/evidence/sampleGradients.ts";
import type { HackDirections } from "../../../src/vhack/vHackFile.ts";
import { vHackTable } from "../../../src/vhack/vHackTable.ts";
import { expectWithin, gamma, unitRoundoff32 } from "../../support/tolerance.ts";

export type Flat = typeof flatDirection;
type Modules = ReadonlyMap<string, HackDirections>;

const layoutOf = (modules: Modules, extra: readonly { moduleName: string; width: number }[] = []) =>
  knobLayout([...[...modules].reverse().map(([moduleName, { r }]) => ({ moduleName, width: r })), ...extra]);
const gradientsOf = ({ moduleNames, widths }: ReturnType<typeof knobLayout>): SampleGradients => ({
  moduleNames,
  widths,
  bySteps: new Map(),
  scoredBySteps: new Map(),
});

function fitted(flat: Flat, modules: Modules, gradients: SampleGradients): Float64Array {
  const fit = flat({ modules, metadata: {} }, gradients);
  expect(fit.kind).toBe("fits");
  return fit.kind === "fits" ? fit.direction : new Float64Array();
}

export const flatDirectionLaws = {
  /**
   * The judge's float64 direction is the one that training's float32 kernels project on, module by module.
   *
   * Rows are orthonormal or zero, so their sum cannot cancel: an entry is off by gamma of the operations behind it.
   */
  async isTheOneThatIsProjected(flat: Flat, modules: Modules): Promise<void> {
    const layout = layoutOf(modules);
    const { data, shape } = vHackTable({ modules, metadata: {} }, layout);
    const [table, k] = [tf.tensor3d(data, [...shape]), shape[1]!];
    const unit = unitDirections(table);
    const wanted = await unit.data();
    tf.dispose([table, unit]);
    const direction = fitted(flat, modules, gradientsOf(layout));
    let offset = 0;
    layout.moduleNames.forEach((name, m) => {
      const { r } = modules.get(name)!;
      for (let j = 0; j < r; j++)
        expectWithin(
          direction[offset + j]!,
          wanted[m * layout.P + j]!,
          gamma(2 * k + r + 8, unitRoundoff32),
          `${name} ${j}`,
        );
      offset += r;
    });
    expect(direction.length).toBe(offset);
  },

  /** A wrapped module without directions has the zero direction; the others stay in their places. */
  leavesRoomForTheRest(flat: Flat, modules: Modules): void {
    const plain = fitted(flat, modules, gradientsOf(layoutOf(modules)));
    const wider = fitted(flat, modules, gradientsOf(layoutOf(modules, [{ moduleName: "without", width: 3 }])));
    expect([...wider]).toEqual([...plain, 0, 0, 0]);
  },

  /** A v_hack of other modules or widths is refused, and the reason names the module. */
  refusesAnotherModels(flat: Flat, modules: Modules): void {
    const name = [...modules.keys()][0]!;
    const { moduleNames, widths } = layoutOf(modules);
    const misfits: SampleGradients[] = [
      { ...gradientsOf(layoutOf(modules)), moduleNames: moduleNames.map((each) => (each === name ? "another" : each)) },
      {
        ...gradientsOf(layoutOf(modules)),
        widths: widths.map((width, m) => (moduleNames[m] === name ? width + 1 : width)),
      },
    ];
    for (const gradients of misfits)
      expect(flat({ modules, metadata: {} }, gradients)).toEqual({
        kind: "misfit",
        why: expect.stringContaining(name),
      });
  },
};
