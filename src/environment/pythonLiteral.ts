import { SandboxError } from "../errors.ts";
import type { PythonValue } from "../sandbox/pythonValue.ts";

/**
 * ASCII Python source that evaluates to the value: `repr` for the trusted evaluation of an assert that is no plain equality.
 *
 * @throws SandboxError  the value refers to an object of its answer
 */
export function pythonLiteral(value: PythonValue): string {
  switch (value.type) {
    case "none":
      return "None";
    case "bool":
      return value.value ? "True" : "False";
    case "int":
      return `int("${value.value.toString(16)}", 16)`;
    case "float":
      return `float("${Object.is(value.value, -0) ? "-0" : String(value.value).replace("Infinity", "inf")}")`;
    case "str":
      return `bytes.fromhex("${Buffer.from(value.utf8, "latin1").toString("hex")}").decode("utf8", "surrogatepass")`;
    case "list":
      return `[${value.items.map(pythonLiteral).join(", ")}]`;
    case "tuple":
      return `(${value.items.map((item) => `${pythonLiteral(item)}, `).join("")})`;
    case "set":
    case "frozenset":
      return `${value.type}([${value.items.map(pythonLiteral).join(", ")}])`;
    case "dict":
      return `{${value.entries.map(([key, item]) => `${pythonLiteral(key)}: ${pythonLiteral(item)}`).join(", ")}}`;
    case "reference":
      throw new SandboxError(`pythonLiteral: expected a plain value, got a reference to object ${value.index}`);
  }
}
