import { expect } from "vitest";
import { knobLayout, type KnobLayout } from "../../src/adapter/knobTable.ts";
import { ConfigError } from "../../src/errors.ts";
import type { HackDirections } from "../../src/vhack/vHackFile.ts";
import { vHackTable } from "../../src/vhack/vHackTable.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { anyVHackModules, toothModules } from "./directions.ts";

type Modules = ReadonlyMap<string, HackDirections>;

/** The layout that these modules fit, with the map's order reversed: checkpoint order decides. */
const layoutFor = (modules: Modules): KnobLayout =>
  knobLayout([...modules].reverse().map(([moduleName, { r }]) => ({ moduleName, width: r })));

const inFileOrder: typeof vHackTable = (vHack, layout) => {
  const names = [...layout.moduleNames].reverse();
  return vHackTable(vHack, {
    ...layout,
    moduleNames: names,
    widths: Int32Array.from(names, (name) => vHack.modules.get(name)!.r),
  });
};
const dense: typeof vHackTable = (vHack, layout) => {
  const { data, shape } = vHackTable(vHack, layout);
  const rows = layout.moduleNames.flatMap((name) => [...vHack.modules.get(name)!.v]);
  return { data: Float32Array.from(data, (_, i) => rows[i] ?? 0), shape };
};
const skipping: typeof vHackTable = (_, layout) => ({
  data: new Float32Array(layout.moduleNames.length * layout.P),
  shape: [layout.moduleNames.length, 1, layout.P],
});

lawsOf("vHackTable", vHackTable, (law) => {
  law("lays rows in checkpoint order, zero padded: data[m, i, j] = v_m[i, j]", {
    else: "a module is projected against another module's direction",
    for: [anyVHackModules],
    holds: (lay, modules) => {
      const layout = layoutFor(modules);
      const { data, shape } = lay({ modules, metadata: {} }, layout);
      const [M, k, P] = shape;
      const most = Math.max(...[...modules.values()].map((d) => d.k));
      expect([M, k, P]).toEqual([layout.moduleNames.length, most, layout.P]);
      expect(data.length).toBe(M * k * P);
      layout.moduleNames.forEach((moduleName, m) => {
        const { v, k: rows, r } = modules.get(moduleName)!;
        for (let i = 0; i < k; i++)
          for (let j = 0; j < P; j++) expect(data[(m * k + i) * P + j]).toBe(i < rows && j < r ? v[i * r + j] : 0);
      });
    },
    rejects: {
      "file order for checkpoint order": [inFileOrder, toothModules()],
      "rows packed without padding": [dense, toothModules()],
    },
  });

  law("rejects missing, misfitting and stray modules, naming the first in checkpoint order -> ConfigError", {
    for: [anyVHackModules],
    holds: (lay, modules) => {
      const vHack = { modules, metadata: {} };
      const names = layoutFor(modules).moduleNames.map((moduleName) => ({
        moduleName,
        width: modules.get(moduleName)!.r,
      }));
      const complaint = (moduleName: string) =>
        expect.objectContaining({ name: "ConfigError", message: expect.stringContaining(moduleName) });
      const missing = [...names, { moduleName: "model.layers.99.x", width: 3 }];
      expect(() => lay(vHack, knobLayout(missing))).toThrow(complaint("model.layers.99.x"));
      const wider = names.map(({ moduleName, width }) => ({ moduleName, width: width + 1 }));
      expect(() => lay(vHack, knobLayout(wider))).toThrow(complaint(names[0]!.moduleName));
      if (names.length > 1) expect(() => lay(vHack, knobLayout(names.slice(1)))).toThrow(ConfigError);
    },
    rejects: { "misfits skipped": [skipping, toothModules()] },
  });
});
