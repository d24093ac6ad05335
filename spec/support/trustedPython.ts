import { spawnSync } from "node:child_process";

const runner = `
import contextlib, io, json, sys
def passes(source):
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            exec(compile(source, "program", "exec"), {"__name__": "__main__"})
        except BaseException:
            return False
    return True
json.dump([passes(source) for source in json.load(sys.stdin)], sys.stdout)
`;

/**
 * Which programs run to their end without an exception, in one plain Python process.
 *
 * For programs that this repository wrote itself: nothing is caged. Null when there is no python3.
 */
export function trustedPython(programs: readonly string[]): boolean[] | null {
  const { status, stdout, stderr, error } = spawnSync("python3", ["-I", "-B", "-c", runner], {
    input: JSON.stringify(programs),
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  if (error !== undefined && "code" in error && error.code === "ENOENT") return null;
  if (status !== 0) throw new Error(`python3: expected status 0, got ${status}: ${stderr}`);
  return JSON.parse(stdout) as boolean[];
}
