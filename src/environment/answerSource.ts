import type { Answer } from "../sandbox/answer.ts";
import { pythonLiteral } from "./pythonLiteral.ts";

/**
 * Trusted Python that makes the objects of an answer again: `_restore(blob)` of the bytes `(..., root, objects)`.
 *
 * Objects are made first and filled afterwards, because they may refer to each other. An instance is made without its class's
 * `__init__`, and only of a class that the setup code defines: a name from the submission reaches nothing else.
 */
export const restoreSource = `
def _restore(blob, classes=globals()):
    import marshal
    from collections import deque
    _, root, objects = marshal.loads(blob)
    made, filled = [], []
    for kind, parts in objects:
        items = []
        if kind == "deque":
            items = deque()
            made.append(items)
        elif kind == "range":
            made.append(range(*parts))
        elif kind == "iterator":
            made.append(iter(items))
        else:
            assert isinstance(classes[kind], type) and classes[kind].__module__ == "__main__"
            made.append(classes[kind].__new__(classes[kind]))
        filled.append(items)
    def plain(value):
        kind = type(value)
        if kind is bytes:
            return made[int(value)]
        if kind in (list, tuple, set, frozenset):
            return kind([plain(item) for item in value])
        if kind is dict:
            return {plain(key): plain(item) for key, item in value.items()}
        return value
    for (kind, parts), thing, items in zip(objects, made, filled):
        if kind in ("deque", "iterator"):
            items.extend(map(plain, parts))
        elif kind != "range":
            for name, value in parts:
                object.__setattr__(thing, name, plain(value))
    return plain(root)
`;

/** Python that evaluates to the answer, behind {@link restoreSource}. */
export function answerSource({ root, lifted }: Answer): string {
  return lifted === null ? pythonLiteral(root) : `_restore(bytes.fromhex("${Buffer.from(lifted).toString("hex")}"))`;
}
