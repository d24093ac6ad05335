import type { Argv } from "../runCommands.ts";
import { adapterNames, defaultAdapter } from "../../artifact/runLayout.ts";
import { namedArms, type ArmName } from "../options/namedArms.ts";
import type { Sweep } from "./sweepFile.ts";

/** One run: an arm with a seed. */
export interface SweepCell {
  readonly arm: ArmName;
  readonly seed: number;
  readonly argv: Argv;
}

/** What cells share: an extraction per adapter and the teacher's rows per seed. Each is kept where it is there already. */
export function preparations(sweep: Sweep): Argv[] {
  const teacher = sweep.seeds.map((seed) => [
    ...sweepCells(sweep).find((cell) => cell.seed === seed)!.argv,
    "--teacher-only",
  ]);
  return [...extractions(sweep), ...teacher];
}

function extractions({ arms, out, extract, grpo, arm }: Sweep): Argv[] {
  const common = ["--out", out, ...asFlags(pick(grpo, sharedWithExtract)), ...asFlags(extract)];
  return adapterNames.flatMap((adapter) => {
    const first = arms.find((name) => namedArms.get(name)!.adapter === adapter);
    if (first === undefined) return [];
    if (adapter === defaultAdapter) return [["extract", ...common]];
    return [["extract", "--adapter", adapter, ...common, ...asFlags(pick(arm[first] ?? {}, sharedWithExtract))]];
  });
}

/** All cells, seed by seed. */
export function sweepCells({ arms, seeds, out, grpo, arm }: Sweep): SweepCell[] {
  return seeds.flatMap((seed) =>
    arms.map((name) => ({
      arm: name,
      seed,
      argv: ["grpo", "--arm", name, "--seed", String(seed), "--out", out, ...asFlags({ ...grpo, ...arm[name] })],
    })),
  );
}

/** Flags of grpo that extraction must agree with. */
const sharedWithExtract = [
  "model",
  "offline",
  "cache",
  "backend",
  "memory-gib",
  "tensorflow-folder",
  "lora-rank",
  "lora-alpha",
  "lora-b-std",
  "lora-seed",
];

function pick(flags: Sweep["grpo"], names: readonly string[]): Sweep["grpo"] {
  return Object.fromEntries(Object.entries(flags).filter(([name]) => names.includes(name)));
}

/** `true` is a bare flag, `false` leaves it out. */
function asFlags(flags: Sweep["grpo"]): string[] {
  return Object.entries(flags).flatMap(([name, value]) =>
    value === false ? [] : value === true ? [`--${name}`] : [`--${name}`, String(value)],
  );
}
