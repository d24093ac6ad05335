import fc from "fast-check";
import { expect } from "vitest";
import { readPeftLora, writePeftLora, type LoraFactors, type PeftLora } from "../../src/checkpoint/peftLora.ts";
import { float32Vector } from "../support/arbitraries.ts";
import { lawsOf } from "../support/lawsOf.ts";
import { withTemporaryFile } from "../support/temporaryFile.ts";

type LoraModules = Pick<PeftLora, "modules">;

const names = ["model.layers.0.self_attn.q_proj", "model.layers.0.mlp.down_proj"] as const;

const anyLora: fc.Arbitrary<LoraModules> = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 64 }))
  .chain(([rank, alpha]) =>
    fc
      .tuple(
        ...names.map((name, i) =>
          fc
            .tuple(float32Vector(rank * (3 + i)), float32Vector((4 - i) * rank))
            .map(([loraA, loraB]): [string, LoraFactors] => [name, { loraA, loraB, rank, scaling: alpha / rank }]),
        ),
      )
      .map((modules) => ({ modules: new Map(modules) })),
  );

const one: LoraModules = {
  modules: new Map([
    [names[0], { loraA: Float32Array.of(1, 2), loraB: Float32Array.of(3, 4), rank: 2, scaling: 2 }],
    [names[1], { loraA: Float32Array.of(5, 6), loraB: Float32Array.of(7, 8), rank: 2, scaling: 2 }],
  ]),
};

type Write = (dir: string, lora: LoraModules) => Promise<void>;
const write: Write = (dir, lora) => writePeftLora(dir, lora, "base");
const changed =
  (change: (factors: LoraFactors) => LoraFactors): Write =>
  (dir, { modules }) =>
    write(dir, { modules: new Map([...modules].map(([name, factors]) => [name, change(factors)])) });

lawsOf("writePeftLora", write, (law) => {
  law("round-trips: read(write(lora)) = lora", {
    else: "the teacher is another model than the one that was trained",
    for: [anyLora],
    holds: (writeLora, given) =>
      withTemporaryFile("lora", async (dir) => {
        await writeLora(dir, given);
        const found = await readPeftLora(dir);
        expect(new Map([...found.modules].toSorted())).toEqual(new Map([...given.modules].toSorted()));
      }),
    rejects: {
      "A and B exchanged": [changed(({ loraA, loraB, ...rest }) => ({ ...rest, loraA: loraB, loraB: loraA })), one],
      "alpha written as alpha / r": [
        changed((factors) => ({ ...factors, scaling: factors.scaling / factors.rank })),
        one,
      ],
      "the first module only": [(dir, { modules }) => write(dir, { modules: new Map([...modules].slice(0, 1)) }), one],
    },
    numRuns: 20,
  });
});
