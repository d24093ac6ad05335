import * as tf from "@tensorflow/tfjs-core";
import { expect } from "vitest";
import { knobLayout } from "../../../src/adapter/knobTable.ts";
import { unitDirections } from "../../../src/projection/directions.ts";
import { flatDirection } from "../../../src/uat/common/flatDirection.ts";
import type { SampleGradients } from "../../../src/uat/evidence/sampleGradients.ts";
import type { HackDirections } from "../../../src/vhack/vHackFile.ts";
import { vHackTable } from "../../../src/vhack/vHackTable.ts";
import { forEachBackend } from "../../support/backends.ts";
import { lawsOf } from "../../support/lawsOf.ts";
import { runsOn } from "../../support/runs.ts";
import { expectWithin, gamma, unitRoundoff32 } from "../../support/tolerance.ts";
import { anyVHackModules, sparseVHackModules, toothModules } from "../../vhack/directions.ts";

type Flat = typeof flatDirection;
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

const retold =
  (change: (direction: Float64Array) => Float64Array): Flat =>
  (...given) => {
    const fit = flatDirection(...given);
    return fit.kind === "fits" ? { kind: "fits", direction: change(fit.direction) } : fit;
  };

forEachBackend((backend) => {
  lawsOf("flatDirection", flatDirection, (law) => {
    // The judge's float64 direction is the one that training's float32 kernels project on, module by module.
    // Rows are orthonormal or zero, so their sum cannot cancel: an entry is off by gamma of the operations behind it.
    law("agrees with unitDirections: the same v_m in float32 on the device and in float64 in the judge", {
      else: "the gate judges another direction than the one that training removed",
      for: [sparseVHackModules],
      holds: async (flat, modules) => {
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
      ...runsOn(backend, 50),
      rejects: {
        "the first row alone": [
          ({ modules, metadata }, gradients) =>
            flatDirection(
              {
                metadata,
                modules: new Map(
                  [...modules].map(([name, { v, s, r }]) => [name, { v: v.slice(0, r), s: s.slice(0, 1), k: 1, r }]),
                ),
              },
              gradients,
            ),
          toothModules(),
        ],
        "one unit vector over all modules": [
          retold((direction) => direction.map((x) => x / Math.hypot(...direction))),
          toothModules(),
        ],
        "the opposite": [retold((direction) => direction.map((x) => -x)), toothModules()],
        "the file's order": [
          (vHack, { moduleNames, widths, ...rest }) => {
            const names = [...vHack.modules.keys()];
            const fit = flatDirection(vHack, {
              ...rest,
              moduleNames: names,
              widths: Int32Array.from(names, (name) => widths[moduleNames.indexOf(name)]!),
            });
            return fit;
          },
          toothModules(),
        ],
      },
    });
  });
});

lawsOf("flatDirection", flatDirection, (law) => {
  law("leaves room for the rest: a module without directions -> zeros, the others in their places", {
    for: [anyVHackModules],
    holds: (flat, modules) => {
      const plain = fitted(flat, modules, gradientsOf(layoutOf(modules)));
      const wider = fitted(flat, modules, gradientsOf(layoutOf(modules, [{ moduleName: "without", width: 3 }])));
      expect([...wider]).toEqual([...plain, 0, 0, 0]);
    },
    rejects: {
      "modules without directions left out": [
        (vHack, gradients) => {
          const known = gradients.moduleNames.filter((name) => vHack.modules.has(name));
          return flatDirection(vHack, {
            ...gradients,
            moduleNames: known,
            widths: Int32Array.from(known, (name) => gradients.widths[gradients.moduleNames.indexOf(name)]!),
          });
        },
        toothModules(),
      ],
    },
  });

  law("refuses another model's: an unknown module or width -> misfit with its name", {
    else: "cosines with a v_hack of another model are numbers without meaning, and no one is told",
    for: [anyVHackModules],
    holds: (flat, modules) => {
      const name = [...modules.keys()][0]!;
      const { moduleNames, widths } = layoutOf(modules);
      const misfits: SampleGradients[] = [
        {
          ...gradientsOf(layoutOf(modules)),
          moduleNames: moduleNames.map((each) => (each === name ? "another" : each)),
        },
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
    rejects: {
      "zeros for what does not fit": [
        (vHack, gradients) => {
          const fit = flatDirection(vHack, gradients);
          return fit.kind === "fits"
            ? fit
            : { kind: "fits", direction: new Float64Array(gradients.widths.reduce((sum, width) => sum + width, 0)) };
        },
        toothModules(),
      ],
    },
  });
});
