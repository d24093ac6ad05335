import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** A law and the wrong implementations that it was seen to reject. */
export interface LawRow {
  readonly subject: string;
  readonly law: string;
  readonly mutants: readonly string[];
  readonly file: string;
}

/** A describe's name, or a test's title; what follows in `$` and brackets names one of several cases and is dropped. */
const called = /^\s*(describe|it)(?:\.each\(\w+\))?\(\s*(?:"([^"]*)"|`([^`]*)`)/gm;

/**
 * Read every title of the form "<law> rejects: <mutant>, <mutant>; <law> rejects: <mutant>" below a folder.
 *
 * @throws Error  a test of a teeth file has another title: its mutants would be missing from the table
 */
export async function lawRows(folder: string): Promise<LawRow[]> {
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".prop.ts")).toSorted();
  const rows = await Promise.all(
    files.map(async (file) => rowsOf(await readFile(join(folder, file), "utf8"), file.replaceAll("\\", "/"))),
  );
  return merged(rows.flat());
}

function rowsOf(source: string, file: string): LawRow[] {
  let subject = "";
  return [...source.matchAll(called)].flatMap(([, kind, quoted, template]) => {
    const text = (quoted ?? template)!.replace(/ \(\$[^)]*\)$/, "");
    if (kind === "describe") subject = text.replace(/^teeth: (laws of )?/, "");
    else if (text.includes(" rejects: ")) return text.split("; ").map((part) => rowOf(part, subject, file));
    else if (file.startsWith("teeth/"))
      throw new Error(`${file}: expected "<law> rejects: <mutant>, <mutant>", got "${text}"`);
    return [];
  });
}

function rowOf(part: string, subject: string, file: string): LawRow {
  const [law, mutants, ...more] = part.split(" rejects: ");
  if (law === undefined || law === "" || mutants === undefined || more.length > 0)
    throw new Error(`${file}: expected "<law> rejects: <mutant>, <mutant>", got "${part}"`);
  return { subject, law, mutants: mutants.split(", "), file };
}

/** One row per law, its mutants in the order of the file, each once. */
function merged(rows: readonly LawRow[]): LawRow[] {
  const byLaw = new Map<string, LawRow>();
  for (const row of rows) {
    const key = `${row.file} ${row.subject} ${row.law}`;
    byLaw.set(key, { ...row, mutants: [...new Set([...(byLaw.get(key)?.mutants ?? []), ...row.mutants])] });
  }
  return [...byLaw.values()];
}

/** The table as a document. */
export function lawsDocument(rows: readonly LawRow[]): string {
  const mutants = rows.reduce((sum, row) => sum + row.mutants.length, 0);
  const line = ({ subject, law, mutants: wrong, file }: LawRow) =>
    `| ${[subject, law, wrong.join(", "), `properties/${file}`].map((cell) => cell.replaceAll(/[<>|]/g, "\\$&")).join(" | ")} |`;
  return [
    "# Laws, and the wrong implementations that each one rejects",
    "",
    "A row says: this law of the thing on the left was run on these wrong implementations (mutants) and failed on every one of them;",
    "the same law, in the `.laws.ts` file that the named file imports, holds for the real one.",
    "",
    `${rows.length} laws, ${mutants} mutants. Written by \`npm run laws\` from the titles of the tests in the last column.`,
    "",
    "| of | law | mutants it rejects | file |",
    "|---|---|---|---|",
    ...rows.map(line),
    "",
  ].join("\n");
}
