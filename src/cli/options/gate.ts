import { Option, type Command } from "commander";
import { runLayout, type AdapterName } from "../../artifact/runLayout.ts";
import { gates } from "../../projection/gates.ts";
import { nonNegative } from "./numbers.ts";

/** The v_hack to work with, and what is removed of a gradient along it. */
export interface GateOptions {
  readonly vHackPath?: string;
  readonly gate: keyof typeof gates;
  readonly overshoot: number;
  readonly preserveMagnitude?: true;
}

export function withGate(command: Command): Command {
  return command
    .option("--v-hack-path <file>", "v_hack to measure and project with (default: the adapter's own in OUT/vhack)")
    .addOption(
      new Option("--gate <name>", "what is removed: the hack-ward part, the whole component, or twice the component")
        .choices(Object.keys(gates))
        .default("one_sided"),
    )
    .option("--overshoot <x>", "scales what is removed: 1 removes, 1.1 reverses by a tenth", nonNegative, 1)
    .option("--preserve-magnitude", "rescale what is left to the gradient's norm");
}

/** The v_hack file that the flags name. */
export function vHackFileOf({
  vHackPath,
  out,
  adapter,
}: Pick<GateOptions, "vHackPath"> & { readonly out: string; readonly adapter: AdapterName }): string {
  return vHackPath ?? runLayout(out, adapter).vHack("nll");
}
