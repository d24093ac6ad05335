import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, expect, it } from "vitest";
import { knobLayout } from "../src/adapter/knobTable.ts";
import { mean } from "../src/numeric/moments.ts";
import { fracFired, meanCosine, moduleCosines, reluCosines, sampleCosines } from "../src/projection/cosines.ts";
import { unitDirections } from "../src/projection/directions.ts";
import { projector } from "../src/projection/gates.ts";
import { sumSamples } from "../src/projection/sumSamples.ts";
import { readVHack } from "../src/vhack/vHackFile.ts";
import { vHackTable, type VHackTable } from "../src/vhack/vHackTable.ts";
import { moduleCosinesReference, projectReference, type GateName } from "../properties/reference/projection.ts";
import { forEachBackend } from "../properties/support/backends.ts";
import { expectWithin, goldenError, goldenTolerance } from "../properties/support/tolerance.ts";
import {
  describeGolden,
  flatOfTable,
  goldenLayout,
  goldenPath,
  goldenSets,
  readGoldenTensors,
  tableOfFlat,
  type GoldenModule,
  type GoldenTensor,
} from "./support/goldens.ts";

const cosineNames = ["signed", "relu"] as const;
type CosineName = (typeof cosineNames)[number];

interface Mode {
  readonly gate: GateName;
  readonly preserve_magnitude: boolean;
  readonly overshoot: number;
}

interface VectorCase {
  readonly kind: string;
  readonly g: number[];
  readonly V: number[][];
  readonly results: (Mode & { readonly g_proj: number[] } & Record<`cos_${"in" | "out"}_${CosineName}`, number>)[];
}

describeGolden("projection_vectors.json", (golden) => {
  const cases = golden as readonly VectorCase[];

  it("float64 twin: projections and cosines within 1e-9", () => {
    const close = (got: number, wanted: number, what: string) =>
      expectWithin(got, wanted, goldenTolerance.float64Absolute, what);
    for (const { kind, g, V, results } of cases)
      for (const wanted of results) {
        const projected = projectReference(g, V, wanted.gate, wanted.overshoot, wanted.preserve_magnitude);
        projected.forEach((value, j) => close(value, wanted.g_proj[j]!, `${kind} projected ${j}`));
        const [cosIn, cosOut] = [moduleCosinesReference(g, V), moduleCosinesReference(projected, V)];
        for (const name of cosineNames) {
          close(cosIn[name], wanted[`cos_in_${name}`], `${kind} cos_in ${name}`);
          close(cosOut[name], wanted[`cos_out_${name}`], `${kind} cos_out ${name}`);
        }
      }
  });

  forEachBackend(() => {
    it("device, all cases in one table: projections within 2e-4, cosines within 5e-5", async () => {
      const { P } = knobLayout(cases.map(({ g }, m) => ({ moduleName: `${m}`, width: g.length })));
      const k = Math.max(...cases.map(({ V }) => V.length));
      const gradient = tf.tensor2d(cases.map(({ g }) => padded(g, P)));
      const vHack = tf.tensor3d(cases.map(({ V }) => Array.from({ length: k }, (_, i) => padded(V[i] ?? [], P))));
      const cosIn = await cosinesPerModule(gradient, vHack);
      let compared = 0;
      for (const mode of modesOf(cases)) {
        const projected = project(mode, gradient, vHack);
        const cosOut = await cosinesPerModule(projected, vHack);
        const rows = await projected.array();
        cases.forEach(({ kind, results }, m) => {
          for (const wanted of results.filter((result) => isMode(result, mode))) {
            compared++;
            expect(goldenError(rows[m]!.slice(0, wanted.g_proj.length), wanted.g_proj), kind).toBeLessThanOrEqual(
              goldenTolerance.gradients,
            );
            for (const name of cosineNames) {
              expectWithin(
                cosIn[name][m]!,
                wanted[`cos_in_${name}`],
                goldenTolerance.cosines,
                `${kind} cos_in ${name}`,
              );
              expectWithin(
                cosOut[name][m]!,
                wanted[`cos_out_${name}`],
                goldenTolerance.cosines,
                `${kind} cos_out ${name}`,
              );
            }
          }
        });
      }
      expect(compared, "results of the golden, every one compared").toBe(
        cases.flatMap(({ results }) => results).length,
      );
    });
  });
});

type Directions = "k1" | "k3";

interface Expected
  extends Record<`fired_${Directions}`, number[]>, Record<`cos_0_${Directions}`, { readonly nwc: number | null }[]> {
  readonly modules: readonly GoldenModule[];
  readonly projection: (Mode & {
    readonly v: Directions;
    readonly tensor: string;
    readonly cos_in: Record<CosineName, number>;
    readonly cos_out: Record<CosineName, number>;
    readonly frac_fired: number;
  })[];
}

for (const set of goldenSets())
  describeGolden(`${set}/expected.json`, (golden) => {
    const expected = golden as Expected;
    const { modules } = expected;
    let tensor: (name: string) => GoldenTensor;
    let directions: Record<Directions, VHackTable>;

    beforeAll(async () => {
      tensor = await readGoldenTensors(set, ["grads_0", "proj_"]);
      const table = async (k: Directions) =>
        vHackTable(await readVHack(goldenPath(`${set}/vhack_${k}.safetensors`)), goldenLayout(modules));
      directions = { k1: await table("k1"), k3: await table("k3") };
    });

    const perSample = (): tf.Tensor3D => {
      const { values, rows } = tensor("grads_0");
      return tf.tensor3d(Float32Array.from(tableOfFlat(modules, values, rows)), [
        rows,
        modules.length,
        goldenLayout(modules).P,
      ]);
    };
    const onDevice = ({ data, shape }: VHackTable): tf.Tensor3D => tf.tensor3d(data, shape);

    forEachBackend(() => {
      it("projections of the summed gradient: err <= 2e-4, <= 5e-4 per module", async () => {
        const gradient = sumSamples(perSample());
        for (const wanted of expected.projection) {
          const projected = flatOfTable(
            modules,
            await project(wanted, gradient, onDevice(directions[wanted.v])).data(),
          );
          const { values } = tensor(wanted.tensor);
          expect(goldenError(projected, values), wanted.tensor).toBeLessThanOrEqual(goldenTolerance.gradients);
          for (const { name, offset, r } of modules)
            expect(
              goldenError(projected.subarray(offset, offset + r), values.subarray(offset, offset + r)),
              `${wanted.tensor} ${name}`,
            ).toBeLessThanOrEqual(goldenTolerance.gradientsPerModule);
        }
      });

      it("cos_in, cos_out and every module's fired within 5e-5, frac_fired exactly", async () => {
        const gradient = sumSamples(perSample());
        for (const wanted of expected.projection) {
          const vHack = onDevice(directions[wanted.v]);
          const v = unitDirections(vHack);
          const close = (got: number, golden: number, what: string) =>
            expectWithin(got, golden, goldenTolerance.cosines, `${wanted.tensor} ${what}`);
          for (const [what, table, cosines] of [
            ["cos_in", gradient, wanted.cos_in],
            ["cos_out", project(wanted, gradient, vHack), wanted.cos_out],
          ] as const) {
            close(await meanCosine(table, v), cosines.signed, what);
            close(mean(await reluCosines(table, vHack).array()), cosines.relu, `${what} relu`);
          }
          expect(await fracFired(gradient, vHack)).toBe(wanted.frac_fired);
          const relu = await reluCosines(gradient, vHack).array();
          expected[`fired_${wanted.v}`].forEach((fired, m) => close(relu[m]!, fired, `fired ${modules[m]!.name}`));
        }
      });

      it("every sample's cosines within 5e-5", async () => {
        for (const k of ["k1", "k3"] as const) {
          const cosines = await sampleCosines(perSample(), unitDirections(onDevice(directions[k])));
          expected[`cos_0_${k}`].forEach((wanted, b) => {
            expectCosine(cosines[b]!.cosSContrib, wanted.nwc, `sample ${b} ${k} nwc`);
          });
        }
      });
    });
  });

/** Every mode that some result of the golden was made in, whatever its overshoot. */
function modesOf(cases: readonly VectorCase[]): Mode[] {
  const modes: Mode[] = [];
  for (const result of cases.flatMap(({ results }) => results))
    if (!modes.some((mode) => isMode(mode, result))) modes.push(result);
  return modes;
}

function isMode(a: Mode, b: Mode): boolean {
  return a.gate === b.gate && a.preserve_magnitude === b.preserve_magnitude && a.overshoot === b.overshoot;
}

function project(
  { gate, preserve_magnitude, overshoot }: Mode,
  gradient: tf.Tensor2D,
  vHack: tf.Tensor3D,
): tf.Tensor2D {
  return projector(gate, overshoot, preserve_magnitude)(gradient, vHack).projected;
}

async function cosinesPerModule(gradient: tf.Tensor2D, vHack: tf.Tensor3D): Promise<Record<CosineName, number[]>> {
  return {
    signed: await moduleCosines(gradient, unitDirections(vHack)).array(),
    relu: await reluCosines(gradient, vHack).array(),
  };
}

function padded(values: readonly number[], length: number): number[] {
  return [...values, ...new Array<number>(length - values.length).fill(0)];
}

function expectCosine(got: number | null, wanted: number | null, what: string): void {
  if (wanted === null) return expect(got, what).toBeNull();
  expectWithin(got ?? Number.NaN, wanted, goldenTolerance.cosines, what);
}
