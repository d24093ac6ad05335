import { expect } from "vitest";
import { knobLayout, type KnobLayout } from "../../src/adapter/knobTable.ts";
import { ConfigError } from "../../src/errors.ts";
import type { HackDirections, VHack } from "../../src/vhack/vHackFile.ts";
import type { VHackTable } from "../../src/vhack/vHackTable.ts";

type Lay = (vHack: VHack, layout: KnobLayout) => VHackTable;
type Modules = ReadonlyMap<string, HackDirections>;

/** The layout that these modules fit, with the map's order reversed: checkpoint order decides. */
export const layoutFor = (modules: Modules): KnobLayout =>
  knobLayout([...modules].reverse().map(([moduleName, { r }]) => ({ moduleName, width: r })));

/** Laws of the table of directions, for the real function and for its mutants. */
export const vHackTableLaws = {
  placesRows(lay: Lay, modules: Modules): void {
    const layout = layoutFor(modules);
    const { data, shape } = lay({ modules, metadata: {} }, layout);
    const [M, k, P] = shape;
    expect([M, k, P]).toEqual([
      layout.moduleNames.length,
      Math.max(...[...modules.values()].map((d) => d.k)),
      layout.P,
    ]);
    expect(data.length).toBe(M * k * P);
    layout.moduleNames.forEach((moduleName, m) => {
      const { v, k: rows, r } = modules.get(moduleName)!;
      for (let i = 0; i < k; i++)
        for (let j = 0; j < P; j++) expect(data[(m * k + i) * P + j]).toBe(i < rows && j < r ? v[i * r + j] : 0);
    });
  },

  /** The message names the first module, in checkpoint order, that does not fit. */
  rejectsMisfit(lay: Lay, modules: Modules): void {
    const vHack = { modules, metadata: {} };
    const names = layoutFor(modules).moduleNames.map((moduleName) => ({
      moduleName,
      width: modules.get(moduleName)!.r,
    }));
    const complaint = (moduleName: string) => ({ name: "ConfigError", message: expect.stringContaining(moduleName) });
    expect(() => lay(vHack, knobLayout([...names, { moduleName: "model.layers.99.x", width: 3 }]))).toThrow(
      expect.objectContaining(complaint("model.layers.99.x")),
    );
    expect(() =>
      lay(vHack, knobLayout(names.map(({ moduleName, width }) => ({ moduleName, width: width + 1 })))),
    ).toThrow(expect.objectContaining(complaint(names[0]!.moduleName)));
    if (names.length > 1) expect(() => lay(vHack, knobLayout(names.slice(1)))).toThrow(ConfigError);
  },
};
