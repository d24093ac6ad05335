import { z } from "zod";
import type { ChatMessage } from "../artifact/chatMessage.ts";
import { absentWhereNull } from "../artifact/absentWhereNull.ts";
import { readJsonl } from "../artifact/jsonLines.ts";
import { ArtifactError, quoted } from "../errors.ts";
import { type EnvMode, envModes } from "./envMode.ts";

/** One coding task, whatever file it came from. */
export interface Problem {
  readonly id: number | string;
  readonly messages: readonly ChatMessage[];
  /** As the benchmark writes it: "Solution().name". */
  readonly funcName: string;
  /** The target method's own name, the last part of `funcName`. */
  readonly methodName: string;
  readonly starterCode: string;
  /** Trusted code that runs before a response. */
  readonly setupCode: string;
  /** Trusted assert statements. Empty when they are not public: then gt_pass and gt_correct are false. */
  readonly gtTests: readonly string[];
  readonly canonicalSolution: string;
  readonly envMode: EnvMode;
}

const message = z.object({ role: z.string(), content: z.string() });
const benchmarkRow = absentWhereNull({
  id: z.union([z.number(), z.string()]),
  prompt: z.array(message).default([]),
  func_name: z.string(),
  setup_code: z.string().default(""),
  gt_answer: z.array(z.string()),
  canonical_solution: z.string().default(""),
  prompt_metadata: absentWhereNull({ starter_code: z.string().default("") }).optional(),
  env_mode: z.enum(envModes).default("run_tests"),
});
const inlineRow = absentWhereNull({
  func_name: z.string(),
  starter: z.string().default(""),
  setup_code: z.string().default(""),
  gt_tests: z.array(z.string()),
  canonical_solution: z.string().default(""),
  env_mode: z.enum(envModes).default("run_tests"),
});

/**
 * A row of the benchmark's problem file (docs/artifacts.md lists the fields).
 *
 * @param where  file and line, for the message
 * @throws ArtifactError  a field is missing or of the wrong type
 */
export function parseProblem(row: unknown, where: string): Problem {
  const found = benchmarkRow.safeParse(row);
  if (!found.success) throw new ArtifactError(`${where}: expected a problem, got ${issues(found.error)}`);
  const { data } = found;
  return {
    id: data.id,
    messages: data.prompt,
    funcName: data.func_name,
    methodName: methodOf(data.func_name),
    starterCode: data.prompt_metadata?.starter_code ?? "",
    setupCode: data.setup_code,
    gtTests: testsOf(data.gt_answer, data.func_name),
    canonicalSolution: data.canonical_solution,
    envMode: data.env_mode,
  };
}

/** The `problem` object inside a row of an attack corpus, which has no prompt. */
export function parseInlineProblem(row: unknown, id: number | string, where: string): Problem {
  const found = inlineRow.safeParse(row);
  if (!found.success) throw new ArtifactError(`${where}: expected an inline problem, got ${issues(found.error)}`);
  const { data } = found;
  return {
    id,
    messages: [],
    funcName: data.func_name,
    methodName: methodOf(data.func_name),
    starterCode: data.starter,
    setupCode: data.setup_code,
    gtTests: testsOf(data.gt_tests, data.func_name),
    canonicalSolution: data.canonical_solution,
    envMode: data.env_mode,
  };
}

/**
 * The problems of a benchmark file.
 *
 * @throws ArtifactError  the file is missing, a line does not parse or holds no problem, an id comes twice
 */
export async function readProblems(path: string): Promise<Problem[]> {
  const lineOf = new Map<Problem["id"], number>();
  return readJsonl(path, (row, where, line) => {
    const problem = parseProblem(row, where);
    const first = lineOf.get(problem.id);
    if (first !== undefined)
      throw new ArtifactError(
        `${where}: expected every id once, got ${quoted(problem.id)} again (first on line ${first})`,
      );
    lineOf.set(problem.id, line);
    return problem;
  });
}

/** LeetCodeDataset writes `candidate(...)` for the function under test; here its name is `func_name`. */
function testsOf(tests: readonly string[], funcName: string): string[] {
  return tests.map((test) =>
    /\bSolution\b/.test(test) ? test : test.replaceAll(/(?<![\w.'"])candidate\(/g, `${funcName}(`),
  );
}

function methodOf(funcName: string): string {
  return funcName.slice(funcName.lastIndexOf(".") + 1);
}

function issues(error: z.ZodError): string {
  return error.issues.map((issue) => `${issue.path.join(".") || "row"}: ${issue.message}`).join("; ");
}
