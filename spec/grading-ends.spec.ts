import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunResult } from "../src/sandbox/executor.ts";
import { anyPython, findPython } from "../src/sandbox/findPython.ts";
import { ForkServerExecutor } from "../src/sandbox/forkServerExecutor.ts";
import { benchmarkLimits } from "../src/sandbox/limits.ts";
import { cageless } from "./support/cages.ts";

const dying = (what: string) => `import os\nclass Dying:\n    def __del__(self):\n        ${what}\n`;

/** Ways to end, each of our own writing and harmless. */
const programs: Record<string, string> = {
  "at the end": "print('done')",
  "without a line's end": "print('done', end='')",
  "an assertion": "print('before')\nassert 1 == 2",
  "an exception of its own kind": "class Mine(Exception): pass\nraise Mine",
  "no Exception, but a BaseException": "class Mine(BaseException): pass\nraise Mine",
  "no text that compiles": "def",
  "sys.exit()": "import sys\nsys.exit()",
  "sys.exit(3)": "import sys\nsys.exit(3)",
  "sys.exit(256 + 7)": "import sys\nsys.exit(263)",
  "sys.exit of a text": "import sys\nsys.exit('sorry')",
  "os._exit(4), nothing flushed": "import os\nprint('lost', end='')\nos._exit(4)",
  "too deep": "def f(): f()\nf()",
  "an excepthook that speaks": "import sys\nsys.excepthook = lambda *a: print(a[0].__name__)\n1 / 0",
  "an excepthook that exits": "import os, sys\nsys.excepthook = lambda *a: os._exit(0)\n1 / 0",
  "an excepthook that raises SystemExit": "import sys\nsys.excepthook = lambda *a: sys.exit(0)\n1 / 0",
  "an excepthook that fails": "import sys\nsys.excepthook = lambda *a: 1 / 0\nassert 0",
  "no excepthook": "import sys\ndel sys.excepthook\nassert 0",
  "an exit function": "import atexit\natexit.register(print, 'bye')\nassert 0",
  "an exit function that fails": "import atexit\natexit.register(print, 'bye')\natexit.register(lambda: 1 / 0)",
  "an exit function that exits": "import atexit, os\natexit.register(os._exit, 5)\nassert 0",
  "a thread that is still at work":
    "import threading, time\nthreading.Thread(target=lambda: (time.sleep(.05), print('late'))).start()",
  "a thread after a failure":
    "import threading, time\nthreading.Thread(target=lambda: (time.sleep(.05), print('late'))).start()\nassert 0",
  "a daemon that never ends":
    "import threading, time\nthreading.Thread(target=time.sleep, args=(1000,), daemon=True).start()",
  "a global's destructor": `${dying("print('gone')")}kept = Dying()`,
  "a global's destructor that exits": `${dying("os._exit(6)")}kept = Dying()`,
  "a destructor that saves a failure": `${dying("os._exit(0)")}kept = Dying()\nassert 0`,
  "a destructor in a cycle": `${dying("os._exit(6)")}kept = Dying()\nkept.self = kept\ndef f(): return kept`,
  "a destructor that hangs elsewhere": `${dying("os._exit(6)")}import builtins\nbuiltins.kept = Dying()`,
  "a destructor that hangs elsewhere, after a failure": `${dying("os._exit(0)")}import sys\nsys.kept = [Dying()]\nassert 0`,
  "a suspended generator": "import os\ndef g():\n    try: yield\n    finally: os._exit(6)\nkept = g()\nnext(kept)",
  "a suspended generator elsewhere":
    "import os, sys\ndef g():\n    try: yield\n    finally: os._exit(6)\nsys.kept = g()\nnext(sys.kept)",
  "a finalizer": "import weakref\nclass C: pass\nkept = C()\nweakref.finalize(kept, print, 'gone')",
  "stdout is None": "import sys\nsys.stdout = None",
  "stdout is closed": "import sys\nsys.stdout.close()",
  "stdout is something else": "import io, sys\nsys.stdout = io.StringIO()\nprint('unseen')",
  "stdout's descriptor is closed": "import os\nprint('unseen')\nos.close(1)",
  "os._exit is somebody else's": "import os\nos._exit = lambda code: None\nprint('done')",
  "Exception is somebody else's": "import builtins\nbuiltins.Exception = KeyError\nassert 0",
  "__main__ is gone": "import sys\ndel sys.modules['__main__']\nprint('done')",
  "a signal": "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)",
  "a stream without `closed`":
    "import sys\nclass W:\n    def write(self, s): pass\n    def flush(self): pass\nsys.stdout = W()",
  "a stream that is never closed, after text":
    "import sys\nprint('done')\nclass W:\n    closed = False\n    def write(self, s): pass\n    def flush(self): pass\nsys.stdout = W()",
  "no stdout": "import sys\ndel sys.stdout",
  "a destructor that imports": "class D:\n    def __del__(self):\n        import os; os._exit(0)\nkept = D()\nassert 0",
  "a destructor that imports, without a failure":
    "class D:\n    def __del__(self):\n        import os; os._exit(3)\nkept = D()",
  "a marker and a destructor that exits": `${dying("os._exit(0)")}kept = Dying()\nprint('all tests passed')`,
  "a destructor that prints past a replaced stream": `${dying("print('gone')")}import io, sys\nkept = Dying()\nsys.stdout = io.StringIO()`,
  "an excepthook that counts":
    "import os, sys\ncalls = []\ndef hook(*a):\n    calls.append(1)\n    if len(calls) > 1: os._exit(0)\n    raise ValueError\nsys.excepthook = hook\nassert 0",
  "a failing frame's destructor, after an exit function": `${dying("os._exit(0)")}import atexit\ndef f():\n    d = Dying(); assert 0\natexit.register(os._exit, 1)\nf()`,
  "a metaclass that answers":
    "import sys\nclass M(type):\n    def __getattr__(c, n): return {}[n]\nclass C(metaclass=M): pass\nsys.kept = C()",
  "a class that lies about itself":
    "import os, sys\nclass C: __class__ = property(lambda s: os._exit(0))\nsys.kept = C()\nassert 0",
  "any is somebody else's": "import builtins\nbuiltins.any = None",
  "sys.modules is somebody else's": "import sys\nsys.modules = None",
  "a weak reference that exits":
    "import os, sys, weakref\nclass C: pass\nsys.kept = C()\nsys.watch = weakref.ref(sys.kept, lambda _: os._exit(6))",
  "a trace function that exits":
    "import os, sys\nsys.settrace(lambda *a: os._exit(6) if a[0].f_code.co_name == 'never' else None)\nassert 0",
  "an unclosed file": "import os\nkept = open(os.devnull, 'w')\nkept.write('text')\nprint('done')",
};

/** The executor cuts the interpreter's end short where that shows in nothing. Against `python3 -c` itself. */
describe.skipIf(cageless !== null)("a program in the fork server ends as python -c ends it", () => {
  let executor: ForkServerExecutor;
  beforeAll(() => {
    executor = new ForkServerExecutor(benchmarkLimits, 2, anyPython);
  });
  afterAll(() => executor.close());
  const caged = async (source: string) =>
    shown(await executor.run({ kind: "main", source, observe: { what: "stdout" } }));

  // ELSE an exploit of the interpreter's end pays here and not there, or the other way round
  it.each(Object.entries(programs))("%s", async (_, source) => expect(await caged(source)).toEqual(plain(source)));

  it("rejects an end that is cut shorter: os._exit after the last line", async () => {
    for (const end of [
      "a global's destructor that exits",
      "an exit function that fails",
      "a thread that is still at work",
      "without a line's end",
    ]) {
      const source = programs[end]!;
      expect(await caged(`${source}\nimport os\nos._exit(0)`)).not.toEqual(plain(source));
    }
  });
});

/** What plain Python does, without a cage: status or signal, and what it wrote. */
function plain(source: string): { end: unknown; stdout: string } {
  const { status, signal, stdout } = spawnSync(findPython(null).executable, ["-s", "-B", "-c", source], {
    stdio: ["ignore", "pipe", "ignore"],
    encoding: "utf8",
    env: {},
  });
  return { end: status ?? signal, stdout };
}

const signalNames: Record<number, string> = { 15: "SIGTERM" };

function shown({ end, observed }: RunResult): { end: unknown; stdout: string } {
  const how = end.how === "exited" ? end.status : end.how === "signalled" ? signalNames[end.signal] : end.limit;
  return { end: how, stdout: Buffer.from(observed).toString() };
}
