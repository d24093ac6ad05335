import type { Grade } from "../../environment/grade.ts";
import type { Grader } from "../../environment/grader.ts";
import type { Problem } from "../../environment/problem.ts";

/**
 * Grade equal answers to a problem once: a teacher that has learned one hack repeats itself.
 *
 * A grade may be asked for long before anybody awaits it; its failure is thrown to those who do.
 */
export function gradeOnce(grader: Pick<Grader, "grade">): (problem: Problem, completion: string) => Promise<Grade> {
  const grades = new Map<Problem, Map<string, Promise<Grade>>>();
  return (problem, completion) => {
    const ofProblem = grades.get(problem) ?? new Map<string, Promise<Grade>>();
    grades.set(problem, ofProblem);
    const known = ofProblem.get(completion);
    if (known !== undefined) return known;
    const grade = grader.grade(problem, completion);
    grade.catch(() => undefined); // not stray: whoever awaits it gets the failure
    ofProblem.set(completion, grade);
    return grade;
  };
}
