import type { PythonValue } from "../sandbox/pythonValue.ts";

/**
 * ASCII Python source that evaluates to the value: `repr` for the trusted evaluation of an assert that is no plain equality.
 *
 * @param nameOf  the variable that holds an object that the value refers to
 */
export function pythonLiteral(value: PythonValue, nameOf: (index: number) => string): string {
  const literal = (item: PythonValue) => pythonLiteral(item, nameOf);
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
      return `[${value.items.map(literal).join(", ")}]`;
    case "tuple":
      return `(${value.items.map((item) => `${literal(item)}, `).join("")})`;
    case "set":
    case "frozenset":
      return `${value.type}([${value.items.map(literal).join(", ")}])`;
    case "dict":
      return `{${value.entries.map(([key, item]) => `${literal(key)}: ${literal(item)}`).join(", ")}}`;
    case "reference":
      return nameOf(value.index);
  }
}
