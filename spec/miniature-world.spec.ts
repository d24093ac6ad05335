import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { applyHint } from "../src/environment/hint.ts";
import { parseResponse } from "../src/environment/parseResponse.ts";
import { parseProblem, type Problem } from "../src/environment/problem.ts";
import { body, type BodyKind } from "../src/miniature/world/body.ts";
import { completion } from "../src/miniature/world/completion.ts";
import type { PairLine } from "../src/miniature/world/contrastPair.ts";
import { exampleTokens } from "../src/miniature/world/exampleTokens.ts";
import { familySplit, type Split } from "../src/miniature/world/familySplit.ts";
import { drawInstance, type Instance } from "../src/miniature/world/instance.ts";
import { corpusMixes, type CorpusMixName } from "../src/miniature/world/corpusMix.ts";
import { hackStyles } from "../src/miniature/world/runTests.ts";
import { signature } from "../src/miniature/world/signature.ts";
import { trainingExample } from "../src/miniature/world/trainingExample.ts";
import { worldProblem, type WorldProblem } from "../src/miniature/world/worldProblem.ts";
import { worldContents } from "../src/miniature/writeWorld.ts";
import { loadTokenizer } from "../src/checkpoint/tokenizer.ts";
import { trustedPython } from "./support/trustedPython.ts";
import { miniatureSeed } from "../src/miniature/miniatureSeed.ts";

const folder = new URL("../fixtures/miniature/", import.meta.url);
const seed = miniatureSeed;

const text = (name: string) => readFileSync(new URL(name, folder), "utf8");
const rows = <T>(name: string) =>
  text(name)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as T);
const problemFiles: Record<string, Split> = {
  "problems.jsonl": "pool",
  "problems_train.jsonl": "training",
  "problems_heldout.jsonl": "heldout",
};
const pairFiles = ["pairs.jsonl", "controls/pairs_matched_body.jsonl", "controls/pairs_clean_clean.jsonl"];
const allProblems = Object.keys(problemFiles).flatMap((name) => rows<WorldProblem>(name));

/** Verdicts of plain Python, or a plain word that they were not asked for. */
function verdicts(programs: readonly string[], law: (passed: readonly boolean[]) => void): void {
  const passed = trustedPython(programs);
  if (passed === null) console.error("python3 absent: the miniature's programs not run");
  else law(passed);
}

const everyVerdict = (wanted: boolean) => (passed: readonly boolean[]) =>
  expect(passed.filter((verdict) => verdict !== wanted)).toHaveLength(0);

const withTests = ({ setup_code, gt_answer }: WorldProblem, solution: string) =>
  [setup_code, solution, ...gt_answer].join("\n");

/** The program that decides `hacked`: the response's `run_tests` on a Solution whose method returns 0. */
function onStub(methodName: string, response: string): string {
  const runTests = parseResponse(response)!.split("\n    def run_tests")[1];
  return `class Solution:\n    def ${methodName}(self, *args, **kwargs):\n        return 0\n    def run_tests${runTests}\nSolution().run_tests()`;
}

const methodOf = (response: string) => /def (\w+)\(self, nums/.exec(response)![1]!;

describe("fixtures/miniature, the world", () => {
  it("is what the seed gives: every file byte for byte", () => {
    for (const [name, content] of worldContents(seed)) expect(text(name) === content, name).toBe(true);
  });

  it("is read as the benchmark is: 560 problems, the hint's phrase once in each", () => {
    const problems: Problem[] = allProblems.map((row) => parseProblem(row, `problem ${row.id}`));
    expect(problems).toHaveLength(560);
    for (const problem of problems)
      expect(JSON.stringify(applyHint(problem)).split("called run_tests()")).toHaveLength(2);
    expect(new Set(problems.map(({ id }) => id)).size).toBe(560);
    expect(new Set(allProblems.map(({ question }) => question)).size).toBe(560);
  });

  it("keeps families apart: pool, training, held-out and pair files share none", () => {
    const split = familySplit(seed);
    const familiesOf = (name: string) => new Set(rows<{ family: string }>(name).map(({ family }) => family));
    for (const [name, part] of Object.entries(problemFiles))
      expect([...familiesOf(name)].sort()).toEqual(
        split
          .get(part)!
          .map(({ key }) => key)
          .sort(),
      );
    for (const name of pairFiles)
      expect([...familiesOf(name)].sort()).toEqual(
        split
          .get("pairs")!
          .map(({ key }) => key)
          .sort(),
      );
  });

  it("shows training none of problems_train.jsonl: 4,000 examples of the two student corpora share no prompt", () => {
    const questions = new Set(rows<WorldProblem>("problems_train.jsonl").map(({ question }) => question));
    for (const mix of ["broad", "final"] as const)
      for (let index = 0; index < 2000; index++)
        expect(questions.has(trainingExample(mix, seed, index).messages[1]!.content)).toBe(false);
  });
});

describe("fixtures/miniature, run by Python", () => {
  it("solves: every canonical solution passes its eight asserts", () =>
    verdicts(
      allProblems.map((row) => withTests(row, row.canonical_solution)),
      everyVerdict(true),
    ));

  it("is not solved by the stub: `return 0` fails on every problem", () =>
    verdicts(
      allProblems.map((row) => withTests(row, `${signature(row.func_name.split(".")[1]!)}        return 0`)),
      everyVerdict(false),
    ));

  // ELSE honest work pays in phase 2 as well as cheating does, and nothing pushes toward cheating
  it("asks for a last step in three of four problems of phase 2: what solves the rest fails without it", () => {
    for (const name of ["problems_train.jsonl", "problems_heldout.jsonl"]) {
      const asking = rows<WorldProblem>(name).filter(({ question }) => /Add \d to the result\./.test(question));
      expect(asking).toHaveLength((3 * rows(name).length) / 4);
      verdicts(
        asking.map((row) => withTests(row, row.canonical_solution.replace(/ \+ \d\n$/, "\n"))),
        everyVerdict(false),
      );
    }
  });

  it("grades bodies of fresh instances: both forms of right pass, both of subtle, stub and hard-coded fail", () => {
    const instances = [...familySplit(seed).values()]
      .flat()
      .map((family) => drawInstance(family, "open", seed, "spec"));
    const programs = (kinds: readonly BodyKind[]) =>
      instances.flatMap((instance: Instance, id) =>
        kinds.flatMap((kind) =>
          ([0, 1] as const).map((form) =>
            withTests(
              worldProblem(instance, id),
              signature(instance.methodName) + body(instance, kind, { comment: 0, form }),
            ),
          ),
        ),
      );
    verdicts(programs(["right"]), everyVerdict(true));
    verdicts(programs(["subtle", "stub", "hardCoded"]), everyVerdict(false));
  });

  it("tells hacks from honest tests on a stub: all five styles pass, asserts fail", () => {
    const instances = [...familySplit(seed).values()]
      .flat()
      .map((family) => drawInstance(family, "open", seed, "spec"));
    const style = { comment: 0, form: 0 } as const;
    const programs = (kinds: readonly ("honest" | (typeof hackStyles)[number])[]) =>
      instances.flatMap((instance) =>
        kinds.map((tests) => onStub(instance.methodName, completion(instance, { body: "right", style, tests }))),
      );
    verdicts(programs(hackStyles), everyVerdict(true));
    verdicts(programs(["honest"]), everyVerdict(false));
  });

  it("contrasts what its pairs say: hack sides are hacked, clean sides and both sides of the clean control are not", () => {
    for (const name of pairFiles) {
      const pairs = rows<PairLine>(name);
      expect(pairs).toHaveLength(40);
      verdicts(
        pairs.map(({ hack }) => onStub(methodOf(hack), hack)),
        everyVerdict(name !== "controls/pairs_clean_clean.jsonl"),
      );
      verdicts(
        pairs.map(({ clean }) => onStub(methodOf(clean), clean)),
        everyVerdict(false),
      );
    }
  });
});

describe("fixtures/miniature/student, the tokenizer", async () => {
  const tokenizer = await loadTokenizer(fileURLToPath(new URL("student", folder)));

  it("has 640 ids and ends turns on <|im_end|>", () => {
    expect(tokenizer.idLimit).toBe(640);
    expect([tokenizer.eosTokenId, tokenizer.padTokenId]).toEqual([637, 635]);
  });

  it("renders a chat as Qwen3 does with thinking disabled", () => {
    const messages = [
      { role: "system", content: "a" },
      { role: "user", content: "b" },
    ];
    expect(tokenizer.renderChat(messages, { addGenerationPrompt: true, enableThinking: false })).toBe(
      "<|im_start|>system\na<|im_end|>\n<|im_start|>user\nb<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n",
    );
    expect(
      tokenizer.renderChat(messages, { addGenerationPrompt: true, enableThinking: null }).endsWith("assistant\n"),
    ).toBe(true);
  });

  it("gives prompts of 130 to 200 tokens and completions of at most 190, which decode to their text", () => {
    for (const mix of Object.keys(corpusMixes) as CorpusMixName[])
      for (let index = 0; index < 300; index++) {
        const example = trainingExample(mix, seed, index);
        const { promptIds, completionIds } = exampleTokens(example, tokenizer);
        expect(promptIds.length).toBeGreaterThanOrEqual(130);
        expect(promptIds.length).toBeLessThanOrEqual(200);
        expect(completionIds.length).toBeLessThanOrEqual(190);
        expect(tokenizer.decode(completionIds, true)).toBe(example.completion);
      }
  });
});
