import { beforeAll, it } from "vitest";
import { differencesOf } from "../src/vhack/differences.ts";
import { extractSvd } from "../src/vhack/extractSvd.ts";
import { noiseFloor } from "../src/vhack/noiseFloor.ts";
import { expectWithin, goldenTolerance } from "../properties/support/tolerance.ts";
import {
  describeGolden,
  goldenLayout,
  goldenSets,
  readGoldenTensors,
  tableOfFlat,
  type GoldenModule,
  type GoldenTensor,
} from "./support/goldens.ts";

interface Expected {
  readonly modules: readonly GoldenModule[];
  readonly extract_nll_floor25: number;
  readonly extract_grpo_floor25: number;
}

const k = 3; // directions that the goldens keep

for (const set of goldenSets())
  describeGolden(`${set}/expected.json`, (golden) => {
    const expected = golden as Expected;
    const { modules } = expected;
    let tensor: (name: string) => GoldenTensor;
    beforeAll(async () => {
      tensor = await readGoldenTensors(set, ["pair_", "extract_"]);
    });

    const differences = {
      nll: () =>
        Float64Array.from(tensor("pair_nll_hack").values, (hack, i) => hack - tensor("pair_nll_clean").values[i]!),
      grpo: () => Float64Array.from(tensor("pair_grpo").values),
    };

    for (const loss of ["nll", "grpo"] as const)
      it(`extraction from stored ${loss} pair gradients: V within 5e-4, S within 3e-5, 0.25 floor within 3e-5`, () => {
        const { rows: nPairs } = tensor("pair_grpo");
        const table = tableOfFlat(modules, differences[loss](), nPairs);
        const extracted = extractSvd(differencesOf(nPairs, goldenLayout(modules), table), k);
        const [V, S] = [tensor(`extract_${loss}_V`).values, tensor(`extract_${loss}_S`).values];
        const R = V.length / k;
        modules.forEach(({ name, offset, r }, m) => {
          const { v, s } = extracted.get(name)!;
          for (let i = 0; i < k; i++) {
            const wanted = S[m * k + i]!;
            expectWithin(s[i]!, wanted, goldenTolerance.extractS * wanted, `${name} S ${i}`);
            for (let j = 0; j < r; j++)
              expectWithin(v[i * r + j]!, V[i * R + offset + j]!, goldenTolerance.extractV, `${name} V ${i}`);
          }
        });
        const floor = expected[`extract_${loss}_floor25`];
        expectWithin(noiseFloor(extracted, 0.25), floor, goldenTolerance.extractS * floor, "floor");
      });
  });
