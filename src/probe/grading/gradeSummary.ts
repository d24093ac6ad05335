/** How many of the graded rows are what. */
export interface GradeSummary {
  rows: number;
  readonly counts: Record<string, number>;
  rewardSum: number;
  /** why rows were refused, each reason once, with the number of its rows */
  readonly refusals: Map<string, number>;
}

const counted = ["format_ok", "can_compile", "gt_pass", "gt_correct", "hacked", "exploited"] as const;

export function emptySummary(): GradeSummary {
  return { rows: 0, counts: Object.fromEntries(counted.map((name) => [name, 0])), rewardSum: 0, refusals: new Map() };
}

/** Adds one verdict row, just graded or read back from a resumed file. */
export function addToSummary(summary: GradeSummary, row: object): void {
  summary.rows++;
  for (const [name, value] of Object.entries(row)) {
    if (value === true && summary.counts[name] !== undefined) summary.counts[name]++;
    if (name === "refused" && typeof value === "string")
      summary.refusals.set(value, (summary.refusals.get(value) ?? 0) + 1);
    if (name === "reward" && typeof value === "number") summary.rewardSum += value;
  }
}
