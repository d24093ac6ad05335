import { Interpreter, Template } from "@huggingface/jinja";

/** A value of a running template, as far as printing looks at it. */
interface Value {
  readonly type: string;
  readonly value: unknown;
  toString(): string;
}

interface Node {
  readonly type: string;
  readonly body?: readonly Node[];
}

/** What the library's interpreter has, though its types keep it private. */
interface Evaluator {
  evaluate(node: Node, environment: object): Value;
  evaluateFor(node: Node, environment: object): Value;
  evaluateBlock(nodes: readonly Node[], environment: object): Value;
}

class LoopControl extends Error {
  readonly kind: "Break" | "Continue";
  readonly rendered: string;
  constructor(kind: "Break" | "Continue", rendered: string) {
    super(kind);
    this.kind = kind;
    this.rendered = rendered;
  }
}

/** Statements give a value too, which is not printed. */
const statements = new Set(["Set", "Macro", "Comment", "Program"]);
const texts = new Set(["If", "For", "CallStatement", "FilterStatement"]);

/**
 * Render a template as Jinja does in Python, where this library differs:
 *
 *   values are printed as Python prints them: None, True, ['a', None]
 *   the text of an iteration before `break` or `continue` is kept
 *
 * The two methods of the library's interpreter that decide this are replaced, once for the process.
 */
export function pythonTemplate(source: string): { render(context: Readonly<Record<string, unknown>>): string } {
  return new Template(source);
}

const library: Evaluator = Object.create(Interpreter.prototype);
const evaluateFor = library.evaluateFor;
/** Bodies of the loops that run, innermost last, and whether each has met a `break`. */
const loops: { readonly body: readonly Node[]; isBroken: boolean }[] = [];

Object.assign(Interpreter.prototype, {
  evaluateFor(this: Evaluator, node: Node, environment: object): Value {
    loops.push({ body: node.body ?? [], isBroken: false });
    try {
      return evaluateFor.call(this, node, environment);
    } finally {
      loops.pop();
    }
  },

  evaluateBlock(this: Evaluator, nodes: readonly Node[], environment: object): Value {
    const loop = loops.at(-1);
    const isIteration = loop?.body === nodes;
    if (isIteration && loop.isBroken) return text("");
    let rendered = "";
    try {
      for (const node of nodes) {
        if (node.type === "Break" || node.type === "Continue") throw new LoopControl(node.type, "");
        rendered += printed(node, this.evaluate(node, environment));
      }
    } catch (thrown) {
      if (!(thrown instanceof LoopControl)) throw thrown;
      if (!isIteration) throw new LoopControl(thrown.kind, rendered + thrown.rendered);
      loop.isBroken = thrown.kind === "Break";
      rendered += thrown.rendered;
    }
    return text(rendered);
  },
});

function text(value: string): Value {
  return { type: "StringValue", value, toString: () => value };
}

function printed(node: Node, value: Value): string {
  if (statements.has(node.type) || value.type === "UndefinedValue") return "";
  return texts.has(node.type) || value.type === "StringValue" ? String(value.value) : repr(value);
}

/** Python's `str` of a value that is no string, which is its `repr`. */
function repr(value: Value): string {
  switch (value.type) {
    case "NullValue":
    case "UndefinedValue":
      return "None";
    case "BooleanValue":
      return value.value === true ? "True" : "False";
    case "StringValue":
      return quoted(String(value.value));
    case "ArrayValue":
      return `[${items(value).map(repr).join(", ")}]`;
    case "TupleValue":
      return items(value).length === 1 ? `(${repr(items(value)[0]!)},)` : `(${items(value).map(repr).join(", ")})`;
    case "ObjectValue":
      return `{${entries(value)
        .map(([key, item]) => `${quoted(key)}: ${repr(item)}`)
        .join(", ")}}`;
    default:
      return value.toString();
  }
}

function items(value: Value): Value[] {
  return Array.isArray(value.value) ? value.value : [];
}

function entries(value: Value): [string, Value][] {
  return value.value instanceof Map ? [...value.value] : [];
}

/** Python's repr of a string: single quotes unless only those occur in it; controls escaped. */
function quoted(value: string): string {
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const escaped = value.replaceAll(/[\\'\p{Cc}]/gu, (c) => {
    if (c === "'") return quote === "'" ? "\\'" : c;
    const short = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" }[c];
    return short ?? `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
  return quote + escaped + quote;
}
