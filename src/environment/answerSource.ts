import type { Answer, LiftedObject } from "../sandbox/answer.ts";
import type { PythonValue } from "../sandbox/pythonValue.ts";
import { pythonLiteral } from "./pythonLiteral.ts";

/**
 * Python source that puts an answer into the variable `name`, for a trusted cage that has run the setup code as `__main__`.
 *
 * Objects are made first and filled afterwards, because they may refer to each other. An instance is made without its class's
 * `__init__`, and only of a class that the setup code itself defines: a name from the submission reaches nothing else.
 */
export function answerSource({ root, objects }: Answer, name: string): string {
  const nameOf = (index: number) => `${name}_${index}`;
  const literal = (value: PythonValue) => pythonLiteral(value, nameOf);
  return [
    ...objects.map((object, i) => made(object, nameOf(i), literal)),
    ...objects.map((object, i) => filled(object, nameOf(i), literal)),
    `${name} = ${literal(root)}`,
  ].join("\n");
}

function made(object: LiftedObject, name: string, literal: (value: PythonValue) => string): string {
  switch (object.kind) {
    case "deque":
      return `${name} = __import__("collections").deque()`;
    case "range":
      return `${name} = (lambda items: range(items[0], items[-1] + (1 if items[-1] >= items[0] else -1), items[1] - items[0] if len(items) > 1 else 1) if items else range(0))([${object.items.map(literal).join(", ")}])`;
    case "iterator":
      return `${name}_items = []\n${name} = iter(${name}_items)`;
    case "instance":
      return `assert isinstance(${object.name}, type) and ${object.name}.__module__ == "__main__"\n${name} = ${object.name}.__new__(${object.name})`;
  }
}

function filled(object: LiftedObject, name: string, literal: (value: PythonValue) => string): string {
  switch (object.kind) {
    case "deque":
      return `${name}.extend([${object.items.map(literal).join(", ")}])`;
    case "range":
      return "None";
    case "iterator":
      return `${name}_items.extend([${object.items.map(literal).join(", ")}])`;
    case "instance":
      return object.fields.map(([field, value]) => `object.__setattr__(${name}, "${field}", ${literal(value)})`).join("\n");
  }
}
