"""One job, inside the cage: the trusted lines that run before, and for some kinds after, the untrusted ones.

Input: one JSON object (see Job in executor.ts) plus `limits`. Output: frames, each a 4-byte big-endian length and a
`marshal` version 2 value. marshal is C and knows exact types
only: an int subclass or a lying __class__ cannot be dumped, it raises.

No expected value of a test ever enters a process that runs a submission.
"""

import marshal
import os
import sys
import types


def to_descriptor(fd, write=os.write):
    """Emits frames on a file descriptor: for jobs that run no untrusted line."""

    def emit(data):
        view = memoryview(data)
        while view:
            view = view[write(fd, view):]

    return emit


def to_region(region):
    """Emits frames into memory shared with the parent: a submission may close or scribble on every descriptor it finds.

    The first four bytes hold the length of what follows. A region that is full raises.
    """
    at = 4

    def emit(data):
        nonlocal at
        region[at:at + len(data)] = data
        at += len(data)
        region[0:4] = (at - 4).to_bytes(4, "big")

    return emit


def read_region(region):
    return region[4:4 + int.from_bytes(region[0:4], "big")]


def send(emit, value, dumps=marshal.dumps):
    blob = dumps(value, 2)
    emit(len(blob).to_bytes(4, "big") + blob)


class Lift:
    """Turns an answer that marshal does not know into plain values: (..., root, objects).

    A linked list, a tree, a deque or a generator travels as its parts: objects[i] is (kind, parts), and in the plain values the
    bytes of the number i refer to it. Bytes and the ellipsis never occur in a plain answer, so nothing plain looks like this.

      "deque"                  items
      "range"                  start, stop, step
      "iterator"               items, taken from it: generators, map, zip, views of a dict and the like
      name of a class          (attribute, value) pairs of an instance, read without running a line of the class

    A subclass of a builtin type stays what it is: unknown to marshal. Iterative over objects: a linked list may be long.
    """

    atoms = (type(None), bool, int, float, str)
    iterators = tuple(map(type, (
        (x for x in ()), iter([]), iter(()), iter({}), iter(set()), iter(""), iter(range(0)), reversed([]), map(id, ()), filter(id, ()),
        zip(), enumerate(()), {}.keys(), {}.values(), {}.items(), iter({}.values()), iter({}.items()),
    )))

    def __init__(self, deque):
        self.deque = deque
        self.number_of = {}
        self.waiting = []

    def plain(self, value):
        kind = type(value)
        if kind in self.atoms:
            return value
        if kind in (list, tuple, set, frozenset):
            return kind([self.plain(item) for item in value])
        if kind is dict:
            return {self.plain(key): self.plain(item) for key, item in value.items()}
        number = self.number_of.get(id(value))
        if number is None:
            number = self.number_of[id(value)] = len(self.waiting)
            self.waiting.append(value)
        return str(number).encode()

    def parts(self, value):
        kind = type(value)
        if kind is self.deque:
            return ("deque", [self.plain(item) for item in value])
        if kind is range:
            return ("range", [value.start, value.stop, value.step])
        if kind in self.iterators:
            return ("iterator", [self.plain(item) for item in value])
        if any(base in (*self.atoms, list, tuple, dict, set, frozenset, bytes, type, BaseException) for base in kind.__mro__):
            raise ValueError("unmarshallable object")
        fields = {}
        for base in reversed(kind.__mro__):
            slots = base.__dict__.get("__slots__", ())
            for name in (slots,) if type(slots) is str else slots:
                if name != "__dict__" and name != "__weakref__" and name in base.__dict__:
                    try:
                        fields[name] = base.__dict__[name].__get__(value)
                    except AttributeError:
                        pass
        try:
            fields.update(object.__getattribute__(value, "__dict__"))
        except AttributeError:
            pass
        return (kind.__name__, [(name, self.plain(item)) for name, item in fields.items()])

    def lift(self, value):
        root = self.plain(value)
        objects = []
        for waiting in self.waiting:  # grows while it is read
            objects.append(self.parts(waiting))
        return (..., root, objects)


def answer_of(value, dumps=marshal.dumps, lift=Lift):
    """The marshal bytes of an answer: as it is where marshal knows it, else lifted."""
    try:
        return dumps(value, 2)
    except ValueError:
        from collections import deque
        return dumps(lift(deque).lift(value), 2)


def headroom():
    """How many calls fit on the stack from here."""
    deepest = 0

    def down():
        nonlocal deepest
        deepest += 1
        down()

    try:
        down()
    except RecursionError:
        pass
    return deepest


def level_stack(headroom=headroom, limit=sys.getrecursionlimit, set_limit=sys.setrecursionlimit):
    """Give the program as many calls as `python -c` gives it: of the limit, a module that measures has all but two frames left.

    To be called from code that `exec` or `eval` runs where it will run the program's: that code's frame is the module's.
    """
    missing = limit() - 3 - headroom()
    if missing > 0:
        set_limit(limit() + missing)


def set_limits(limits):
    import resource

    def both(name, value):
        if hasattr(resource, name):
            hard = resource.getrlimit(getattr(resource, name))[1]
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(getattr(resource, name), (value, value))

    both("RLIMIT_CPU", limits["cpuSeconds"])
    both("RLIMIT_AS", limits["memoryBytes"])
    both("RLIMIT_FSIZE", limits["fileBytes"])
    both("RLIMIT_NOFILE", limits["openFiles"])
    both("RLIMIT_NPROC", limits["processes"])
    both("RLIMIT_CORE", 0)
    both("RLIMIT_MEMLOCK", 0)
    both("RLIMIT_MSGQUEUE", 0)


def fresh_module(name):
    module = types.ModuleType(name)
    module.__dict__["__builtins__"] = sys.modules["builtins"]
    sys.modules[name] = module
    return module.__dict__


def inspect_code(job, emit):
    """Frame 1: does `code` compile. Frame 2: (source of the first run_tests, is it a method of Solution) or None.

    Frame 3: None, or (names, code without them) where it starts with imports from __future__: code that is put behind setup code
    must have them moved to the front.
    """
    import ast

    code = job["code"]
    try:
        compile(code, "<string>", "exec", dont_inherit=True)
    except MemoryError:
        raise  # says something of this process, too
    except Exception:
        send(emit, False)
        return
    send(emit, True)
    tree = ast.parse(code)
    run_tests = None
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "run_tests":
            owner = any(isinstance(c, ast.ClassDef) and c.name == "Solution" and node in c.body for c in ast.walk(tree))
            run_tests = (ast.unparse(node), owner)
            break
    send(emit, run_tests)
    send(emit, without_future(code, tree))


def without_future(code, tree):
    import ast

    futures = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__" and node.level == 0]
    if not futures:
        return None
    lines = code.encode("utf8", "surrogatepass").splitlines(keepends=True)
    for node in futures:
        for row in range(node.lineno - 1, node.end_lineno):
            line = lines[row]
            start = node.col_offset if row == node.lineno - 1 else 0
            end = node.end_col_offset if row == node.end_lineno - 1 else len(line.rstrip(b"\r\n"))
            blank = b"None" if row == node.end_lineno - 1 else b""
            lines[row] = line[:start] + blank + line[end:]
    names = [alias.name for node in futures for alias in node.names]
    return (names, b"".join(lines).decode("utf8", "surrogatepass"))


def is_plain(value):
    kind = type(value)
    if kind in (list, tuple, set, frozenset):
        return all(is_plain(item) for item in value)
    if kind is dict:
        return all(is_plain(key) and is_plain(item) for key, item in value.items())
    return value is None or kind in (bool, int, float, str)


def split_tests(job, emit):
    """One frame per test, a list with one piece per assert in it:

    ("equal", call, expected), ("expression", [call...], expression) or ("unsplittable", why)
    """
    import ast

    def chain_root(node):
        while isinstance(node, (ast.Call, ast.Attribute)):
            node = node.func if isinstance(node, ast.Call) else node.value
        return node

    def names(node):
        return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}

    class Calls(ast.NodeTransformer):
        def __init__(self):
            self.calls = []

        def visit(self, node):
            if isinstance(node, (ast.Call, ast.Attribute)):
                root = chain_root(node)
                if isinstance(root, ast.Name) and root.id == "Solution":
                    self.calls.append(ast.unparse(node))
                    return ast.copy_location(ast.Name(f"_value_{len(self.calls) - 1}", ast.Load()), node)
            return self.generic_visit(node)

    def split(statement):
        if not isinstance(statement, ast.Assert):
            return ("unsplittable", "expected nothing but assert statements")
        lift = Calls()
        lifted = lift.visit(statement.test)
        bound = {n.id for n in ast.walk(lifted) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        bound |= {n.arg for n in ast.walk(lifted) if isinstance(n, ast.arg)}
        if not lift.calls:
            return ("unsplittable", "it does not call Solution")
        if "Solution" in names(lifted) or any(bound & names(ast.parse(call)) for call in lift.calls):
            return ("unsplittable", "the call into Solution cannot be evaluated on its own")
        if isinstance(lifted, ast.Compare) and len(lifted.ops) == 1 and isinstance(lifted.ops[0], ast.Eq):
            left, right = lifted.left, lifted.comparators[0]
            if isinstance(right, ast.Name) and right.id == "_value_0":
                left, right = right, left
            if isinstance(left, ast.Name) and left.id == "_value_0" and len(lift.calls) == 1:
                expected = eval(compile(ast.Expression(right), "<expected>", "eval"), dict(setup))
                if is_plain(expected):
                    return ("equal", lift.calls[0], expected)
        return ("expression", lift.calls, ast.unparse(lifted))

    if hasattr(sys, "set_int_max_str_digits"):
        sys.set_int_max_str_digits(0)
    sys.setrecursionlimit(10_000)
    setup = fresh_module("setup")
    try:
        exec(compile(job["setup"], "<setup>", "exec", dont_inherit=True), setup)
    except Exception as error:
        send(emit, f"{type(error).__name__}: {error}")
        return
    for test in job["tests"]:
        try:
            pieces = [split(statement) for statement in ast.parse(test.strip()).body]
        except Exception as error:
            pieces = [("unsplittable", f"{type(error).__name__}: {error}")]
        send(emit, pieces)


never_freed = []  # freeing a long linked list can overflow the stack of WebAssembly


def run_calls(job, emit, answer_of=answer_of, evaluate=eval, leave=os._exit, getpid=os.getpid):
    """Frame 1: the module ran to its end. Then one frame per call, in order; the first that fails ends the process.

    A child that the submission forked and let run on says nothing.
    """
    sys.argv = ["-c"]
    myself = getpid()
    namespace = fresh_module("solution")
    evaluate("level_stack()", {"level_stack": level_stack})
    exec(compile(job["source"], "<string>", "exec", dont_inherit=True), namespace)
    if getpid() != myself:
        leave(0)
    blob = answer_of(None)
    emit(len(blob).to_bytes(4, "big") + blob)
    for call in job["calls"]:
        value = evaluate(call, namespace)
        never_freed.append(value)
        blob = answer_of(value)
        if getpid() != myself:
            leave(0)
        emit(len(blob).to_bytes(4, "big") + blob)
    leave(0)


def perform(job, emit):
    """Everything but `main`, which needs the bottom of the stack: see the entry files."""
    if job["kind"] == "inspect":
        inspect_code(job, emit)
    elif job["kind"] == "split":
        split_tests(job, emit)
    else:
        fresh_module("__main__")
        run_calls(job, emit)
