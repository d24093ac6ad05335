import { createContext, Script } from "node:vm";
import { ConfigError } from "../errors.ts";

const call = new Script("current()");
const scope: { current: () => unknown } = { current: () => undefined };
const context = createContext(scope);

const endedByTimeout = "ERR_SCRIPT_EXECUTION_TIMEOUT";

/**
 * The result of work that a file's own program decides: a chat template, a regular expression.
 *
 * Such programs can run for ever, and JavaScript has no other way to end a call: the engine stops it, wherever it is.
 *
 * @param ms    wall time that it may take
 * @param what  the file and what of it runs, for the message
 * @throws ConfigError  it takes longer; and what `work` throws
 */
export function withinTime<T>(ms: number, what: string, work: () => T): T {
  scope.current = work;
  try {
    return call.runInContext(context, { timeout: ms }) as T;
  } catch (failure) {
    // of the other context, so no `Error` of this one
    if (typeof failure === "object" && failure !== null && "code" in failure && failure.code === endedByTimeout)
      throw new ConfigError(
        `${what}: expected to end within ${ms / 1000} s, got no end; the file is damaged or hostile`,
        failure,
      );
    throw failure;
  }
}

/** Milliseconds for work on a text: two seconds, and one more for every hundred thousand characters. */
export function timeFor(characters: number): number {
  return 2000 + Math.ceil(characters / 100);
}
