import fc from "fast-check";
import { expect } from "vitest";
import {
  adapterNames,
  pairMeansPath,
  runLayout,
  stepOfRows,
  stepPaths,
  type AdapterName,
} from "../../src/artifact/runLayout.ts";
import { lawsOf } from "../support/lawsOf.ts";

const arms = ["vanilla", "projected", "routed", "random_v"] as const;
const controls = ["random", "shuffled_labels"] as const;
const step = fc.nat({ max: 2000 });

/** Every artifact of an adapter's runs with these seeds, by what it is. */
function artifactsOf(make: typeof runLayout, adapter: AdapterName, seeds: readonly number[]): Map<string, string> {
  const layout = make("out", adapter);
  const of = (what: string, path: string) => [`${what} of ${adapter}`, path] as const;
  return new Map([
    ...(["nll", "grpo"] as const).flatMap((loss) => [
      of(`v_hack ${loss}`, layout.vHack(loss)),
      of(`pair means ${loss}`, pairMeansPath(layout.vHack(loss))),
    ]),
    ...controls.map((name) => of(`control ${name}`, layout.control(name))),
    ...seeds.flatMap((seed) => [
      ["pool", layout.pool] as const, // shared by all adapters, as are the teacher's rows
      [`teacher rows ${seed}`, layout.teacherRows(seed)] as const,
      ...arms.map((arm) => of(`replay ${arm} ${seed}`, layout.replay(arm, seed))),
      ...arms.map((arm) => of(`trajectory ${arm} ${seed}`, layout.trajectory(arm, seed))),
    ]),
  ]);
}

lawsOf<typeof runLayout>("runLayout", runLayout, (law) => {
  law("every artifact of every adapter, loss, arm and seed has a path to itself", {
    else: "one stage overwrites what another made, or a requirement is judged on another arm's steps",
    for: [fc.uniqueArray(fc.nat({ max: 120 }), { minLength: 1, maxLength: 3 })],
    holds: (layout, seeds) => {
      const all = new Map(adapterNames.flatMap((adapter) => [...artifactsOf(layout, adapter, seeds)]));
      expect(new Set(all.values()).size).toBe(all.size);
    },
    rejects: {
      "LoRA's files called as AntiPaSTO's": [(out) => runLayout(out, "antipasto"), [1, 2]],
      "the GRPO loss's v_hack called as the NLL loss's": [
        (out, adapter) => ({ ...runLayout(out, adapter), vHack: () => runLayout(out, adapter).vHack("nll") }),
        [1],
      ],
      "seeds not told apart": [
        (out, adapter) => ({ ...runLayout(out, adapter), replay: (arm) => runLayout(out, adapter).replay(arm, 0) }),
        [1, 2],
      ],
      "trajectories among the replays": [
        (out, adapter) => ({ ...runLayout(out, adapter), trajectory: runLayout(out, adapter).replay }),
        [1],
      ],
    },
  });

  law("AntiPaSTO's artifacts are called as in the research code: files that exist already load", {
    else: "published artifacts are not found",
    for: [],
    holds: (layout) => {
      const { pool, replay, vHack, trajectory } = layout("out", "antipasto");
      expect([pool, replay("vanilla", 41), trajectory("projected", 41), vHack("nll"), vHack("grpo")]).toEqual([
        "out/probe_distill/teacher_pool",
        "out/probe_distill/vanilla_seed41",
        "out/probe_grpo/projected_seed41",
        "out/vhack/v_hack_full.safetensors",
        "out/vhack/v_hack_grpo.safetensors",
      ]);
      expect(layout("out", "lora").vHack("nll")).toBe("out/vhack/v_hack_lora.safetensors");
    },
    rejects: {
      "the default adapter named, too": [
        (out, adapter) => ({ ...runLayout(out, adapter), vHack: (loss) => `${out}/vhack/v_hack_${adapter}_${loss}` }),
      ],
      "folders of arms called by seed first": [
        (out, adapter) => ({ ...runLayout(out, adapter), replay: (arm, seed) => `${out}/${seed}/${arm}` }),
      ],
    },
  });
});

lawsOf<typeof stepOfRows>("stepOfRows", stepOfRows, (law) => {
  law("is the inverse of stepPaths: a rows file's step, null for the step's other files", {
    else: "a resumed run does not see a finished step, or counts a manifest as one",
    for: [step],
    holds: (of, n) => {
      const { rows, manifest, extra } = stepPaths("", n);
      expect([rows, manifest, extra("grads.safetensors")].map(of)).toEqual([n, null, null]);
    },
    rejects: {
      "steps of three digits alone": [
        (name) => (name.length > "step_000.jsonl.gz".length ? null : stepOfRows(name)),
        1000,
      ],
      "manifests count": [(name) => Number(/step_(\d+)/.exec(name)![1]), 7],
    },
  });
});
