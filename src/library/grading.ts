/** What a package that depends on vhack may import as "vhack/grading": docs/library.md. */
export { openGrader, type Grader } from "../environment/grader.ts";
export type { Grade } from "../environment/grade.ts";
export { parseProblem, readProblems, type Problem } from "../environment/problem.ts";
export { chooseExecutor, type ChosenExecutor } from "../sandbox/chooseExecutor.ts";
export { anyPython, type PythonChoice } from "../sandbox/findPython.ts";
