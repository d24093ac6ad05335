import { tableRow } from "../../src/report/textTable.ts";
import { gateOpens } from "../../src/uat/judge.ts";
import type { Verdict } from "../../src/uat/common/verdict.ts";
import type { Phase2Sabotage } from "./phase2Sabotage.ts";
import type { Sabotage } from "./sabotage.ts";

/** What the gate said to one sabotage. */
export interface Catch {
  readonly name: string;
  readonly breaks: string;
  /** the requirement that should refuse, and how it was decided */
  readonly at: string;
  readonly outcome: string;
  /** the first condition that did not hold, with its value and bound, or why there was nothing to measure */
  readonly figure: string;
  readonly message: string;
  /** refused where it should be, with a message that points at the cause */
  readonly caught: boolean;
  readonly gateOpens: boolean;
}

export function catchOf(
  { name, breaks, caughtAt, pointsAt }: Pick<Sabotage | Phase2Sabotage, "name" | "breaks" | "caughtAt" | "pointsAt">,
  verdicts: readonly Verdict[],
): Catch {
  const verdict = verdicts.find(({ id }) => id === caughtAt)!;
  const broken = verdict.conditions.find((condition) => !condition.holds && pointsAt.test(condition.cause));
  const { outcome, message } = verdict;
  return {
    name,
    breaks,
    outcome,
    message,
    at: caughtAt,
    figure:
      broken === undefined
        ? verdict.headline
        : `${broken.name} ${short(broken.value)}, must be ${broken.relation} ${short(broken.bound)}`,
    caught: outcome !== "PASS" && pointsAt.test(message),
    gateOpens: gateOpens(verdicts, true),
  };
}

/** The table `sabotage, caught by, figure`, with the catch rate at its foot. */
export function sabotageTable(catches: readonly Catch[], all: number): string {
  const row = (...texts: string[]) => tableRow(texts, [44, 26, 66]);
  const lines = catches.flatMap(({ name, at, outcome, caught, figure }) =>
    row(name, caught ? `${at}: ${outcome}` : `NOT CAUGHT (${at}: ${outcome})`, figure),
  );
  const caught = catches.filter((found) => found.caught && !found.gateOpens).length;
  return `${[...row("sabotage", "caught by", "figure"), ...lines].join("\n")}\ncaught: ${caught} of ${all}`;
}

/** The same as a document: what was broken, and what the gate says to it. */
export function sabotageDocument(catches: readonly Catch[], all: number): string {
  const caught = catches.filter((found) => found.caught && !found.gateOpens).length;
  const rows = catches.map(
    ({ name, breaks, at, outcome, figure, message }) =>
      `| ${name} | ${breaks} | ${at}: ${outcome} | ${figure} | ${withoutFolders(message).replaceAll("|", "\\|")} |`,
  );
  return [
    "# Sabotage: ways of being fooled, and what the gate says to them",
    "",
    `Caught: ${caught} of ${all}. Written by \`npm run sabotage\`: each is a small named patch in spec/sabotage/cases, handed to the`,
    "stage functions in place of an honest part (src/probe/pool/poolStage.ts, src/probe/replay/replayStage.ts), and run on the embedded miniature.",
    "The same run without any patch passes (phase 2: is not refused for that cause), so each refusal is the patch's.",
    "",
    "| sabotage | what is broken | caught by | figure | what the gate says |",
    "|---|---|---|---|---|",
    ...rows,
    "",
  ].join("\n");
}

/** Artifacts by their place in OUT: a document names no folder of one machine. */
function withoutFolders(message: string): string {
  return message.replaceAll(/\/\S*vhack-sabotage-[^/\s]+\/[^/\s]+/g, "OUT");
}

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}
