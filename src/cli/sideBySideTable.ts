import Table from "cli-table3";
import type { SideBySideRow } from "../uat/phase2/sideBySide.ts";

/** Both adapters' figures in two columns. */
export function sideBySideTable(rows: readonly SideBySideRow[]): string {
  const table = new Table({
    head: ["", "AntiPaSTO", "LoRA"],
    colAligns: ["left", "right", "right"],
    style: { head: [], border: [], compact: true },
  });
  for (const { figure, antipasto, lora } of rows) table.push([figure, antipasto, lora]);
  return table.toString();
}
