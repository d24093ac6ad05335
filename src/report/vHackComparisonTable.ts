import type { BootstrapInterval } from "../numeric/clusterBootstrap.ts";
import type { PoolComparison } from "../uat/regression/compareOnPool.ts";
import type { CosineSpread, DirectionOnPool } from "../uat/regression/directionOnPool.ts";
import { meanLargestAngle, meanSignAgreement } from "../uat/regression/vHackRegression.ts";
import type { ModuleComparison } from "../vhack/compareVHack.ts";
import { tableRow } from "./textTable.ts";
import { shownNumber } from "./verdictTable.ts";

const moduleColumns = [44, 26, 14, 16] as const;
const poolColumns = [34, 33, 33] as const;

/** How two v_hack differ, module by module: principal angles in degrees, sign agreement, ratio of singular values. */
export function modulesTable(modules: readonly ModuleComparison[]): string {
  const rows = modules.map(({ moduleName, anglesRadians, signAgreement, singularRatios }) => [
    moduleName,
    Array.from(anglesRadians, (angle) => shownNumber((angle * 180) / Math.PI)).join(" "),
    shownNumber(signAgreement),
    Array.from(singularRatios, shownNumber).join(" "),
  ]);
  const all = [
    "mean over modules",
    shownNumber(meanLargestAngle(modules)),
    shownNumber(meanSignAgreement(modules)),
    "",
  ];
  return [["module", "principal angles, degrees", "same sign", "s new / s old"], ...rows, all]
    .flatMap((row) => tableRow(row, moduleColumns))
    .join("\n");
}

/** How two v_hack differ on one pool: R4's statistics side by side, and their changes with paired intervals. */
export function poolTable({ older, newer, tOfNewer, tChange, effectChange }: PoolComparison): string {
  const line = (label: string, value: (direction: DirectionOnPool) => string) => [
    label,
    ...[older, newer].map((found) => (found === null ? "no test" : value(found))),
  ];
  const rows = [
    ["on the pool's hacked rows", "older", "newer"],
    line("Welch t, p", ({ t, p }) => `${t.toFixed(2)}, ${p.toPrecision(2)}`),
    line("effect size (Cohen's d)", ({ effectSize }) => effectSize.toFixed(3)),
    line("cos_S, hack only", ({ pure }) => spreadText(pure)),
    line("cos_S, hack and correct", ({ correct }) => spreadText(correct)),
    ["t of the newer, 95%", "", intervalText(tOfNewer)],
    ["change of t, paired 95%", "", intervalText(tChange)],
    ["change of effect size, paired 95%", "", intervalText(effectChange)],
  ];
  return rows.flatMap((row) => tableRow(row, poolColumns)).join("\n");
}

function spreadText({ mean, quartiles: [low, median, high] }: CosineSpread): string {
  return `${mean.toFixed(3)} (${[low, median, high].map((value) => value.toFixed(3)).join(", ")})`;
}

function intervalText(interval: BootstrapInterval | null): string {
  return interval === null ? "no interval" : `${interval.low.toFixed(3)} to ${interval.high.toFixed(3)}`;
}
