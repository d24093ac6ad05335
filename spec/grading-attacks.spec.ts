import { existsSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Grader, openGrader } from "../src/environment/grader.ts";
import { parseInlineProblem } from "../src/environment/problem.ts";
import { gradeRow } from "../src/environment/gradeRow.ts";
import { chooseExecutor } from "../src/sandbox/chooseExecutor.ts";
import { cageless } from "./support/cages.ts";
import { Canaries, type MustNot } from "./support/canaries.ts";
import { addition, ownAttacks } from "./support/ownAttacks.ts";
import { anyPython } from "../src/sandbox/findPython.ts";

interface AttackRow {
  id: string;
  description: string;
  completion: string;
  problem: unknown;
  expect: Record<string, boolean | null | string>;
  must_not: MustNot[];
}

const corpus = new URL("../../shared/attacks/attacks.jsonl", import.meta.url);
const rows: AttackRow[] = existsSync(corpus)
  ? readFileSync(corpus, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
  : [];
if (rows.length === 0) console.error("../shared absent: attacks/attacks.jsonl not run");

/**
 * VHACK_GRADING_ALL=1: every row on every executor. Otherwise what burns a time limit runs on the fork server alone, mostly, and
 * Pyodide, at 2.8 programs a second, gets one quick row in four.
 */
const everything = process.env["VHACK_GRADING_ALL"] === "1";
const slowRows = new Set(["s020", "s022"]);
const alwaysWorthTheirTime = new Set(["memory in many processes", "processes that burn"]);
const verdicts = ["format_ok", "can_compile", "gt_pass", "gt_correct", "hacked"] as const;

for (const name of ["forkServer", "bubblewrap", "pyodide"] as const)
  describe.skipIf(name !== "pyodide" && cageless !== null)(`attacks on ${name}`, () => {
    let grader: Grader;
    let canaries: Canaries;
    beforeAll(async () => {
      canaries = await Canaries.open();
      grader = openGrader((await chooseExecutor(name, 1, anyPython)).executor);
    });
    afterAll(async () => {
      await grader.close();
      canaries.close();
    });

    /** `quick` and the i-th of its list: does it run here? */
    const runsHere = (quick: boolean, i: number) =>
      everything || (name === "forkServer" ? quick : quick && (name === "bubblewrap" || i % 4 === 0));
    it.each(rows.filter(({ id }, i) => runsHere(!slowRows.has(id) || (name === "forkServer" && id === "s020"), i)))(
      "$id: $description",
      async (row) => {
        canaries.lay(row.must_not);
        const got = gradeRow(await grader.grade(parseInlineProblem(row.problem, row.id, row.id), row.completion));
        expect(await canaries.violations(row.must_not)).toEqual([]);
        for (const verdict of verdicts)
          if (row.expect[verdict] !== null)
            expect({ [verdict]: got[verdict] }).toEqual({ [verdict]: row.expect[verdict] });
      },
    );

    const own = ownAttacks.filter((attack) => name !== "pyodide" || attack.native !== true);
    it.each(
      own.filter((attack, i) =>
        runsHere(attack.slow !== true || (name === "forkServer" && alwaysWorthTheirTime.has(attack.name)), i),
      ),
    )("$name", async (attack) => {
      const bans: MustNot[] = [{ kind: "runtime_over_s", s: 25 }, ...(attack.mustNot ?? [])];
      canaries.lay(bans);
      const got = await grader.grade(addition, `\`\`\`python\n${attack.code}\n\`\`\``);
      expect(await canaries.violations(bans)).toEqual([]);
      expect(got).toMatchObject(attack.expect);
    });
  });
