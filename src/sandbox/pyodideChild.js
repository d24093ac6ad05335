/**
 * Jobs in Pyodide: inspections, which run nothing of what they read, or one job of another kind. Plain JavaScript: a loader would
 * need rights that this process gives up.
 *
 * argv: folder of pyodide, program.py, snapshot that holds it ("make": write one to fd 4 and end)
 * fd 3: a line per job, JSON (see Job in executor.ts) with its limits
 * fd 4: per job "U", when all is warm; then "F" u32 length frame bytes, any number; at last "E" u8 how (0 exited, 1 signalled) u32
 *       value u32 length observed
 */
import { constants, readFileSync, readSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { Socket } from "node:net";
import { pathToFileURL } from "node:url";

const [folder, programFile, snapshotFile] = process.argv.slice(2);
const exit = process.exit.bind(process);
/** What Pyodide finds as `process` once a job runs. */
const leftWith = Object.create(null);
const preload =
  "import ast, bisect, collections, datetime, functools, heapq, itertools, json, marshal, math, operator, random, re, string, types, typing";

/** Run after program.py, which the snapshot holds. */
const runner = `
def _status_of(code):
    return 0 if code is None else code & 0xFF if isinstance(code, int) and -(2**63) <= code < 2**63 else 1

def _run_main(source, leave=SystemExit, status_of=_status_of, info=sys.exc_info):
    """What the interpreter does around the program of \`python -c\`: excepthook, exit handlers, status."""
    import atexit
    try:
        try:
            eval("level_stack()", {"level_stack": level_stack})
            exec(compile(source, "<string>", "exec", dont_inherit=True), fresh_module("__main__"))
            status = 0
        except leave as error:
            status = status_of(error.code)
        except BaseException:
            status = 1
            try:
                sys.excepthook(*info())
            except leave as error:
                status = status_of(error.code)
        atexit._run_exitfuncs()
        return status
    except BaseException:
        return 1

def _perform(text, channel, stay=lambda status: None):
    """The status, and for calls the frames: collected in here, where a submission that closes descriptors cannot cut them."""
    import json
    os.chdir("/tmp")
    job = json.loads(text)
    sys.argv = ["-c"]
    frames = bytearray()
    if job["kind"] in ("main", "calls"):
        os.close(channel)
    if job["kind"] == "main":
        return _run_main(job["source"]), bytes()
    try:
        if job["kind"] == "calls":
            fresh_module("__main__")
            run_calls(job, frames.extend, leave=stay)
        else:
            perform(job, to_descriptor(channel))
        return 0, bytes(frames)
    except BaseException:
        return 1, bytes(frames)

# There is no shell and no C library to load; asking for one must fail, not bring the interpreter down.
os.system = lambda command: 127 << 8
sys.modules["ctypes"] = sys.modules["_ctypes"] = None
import _pyodide, pyodide
from _pyodide._importhook import jsfinder as _jsfinder
sys.meta_path[:] = [finder for finder in sys.meta_path if "Js" not in type(finder).__name__]
_jsfinder.jsproxies.clear()
for _name in [name for name in sys.modules if name.partition(".")[0] in ("js", "pyodide_js", "_pyodide_core", "pyodide", "_pyodide")]:
    sys.modules[_name] = None
`;

capMemory(512 * 2 ** 20);
Socket.prototype.connect = refuseToConnect;
// Pyodide asks for the constants in a way that the permission model refuses.
process.binding = () => ({ fs: constants });
// Known to be CommonJS, it need not be searched for what it exports, as import() would: a fifth of the start.
createRequire(import.meta.url)(`${folder}/pyodide.asm.js`);
const { loadPyodide } = await import(pathToFileURL(`${folder}/pyodide.mjs`).href);
const making = snapshotFile === "make";
const pyodide = await loadPyodide({
  indexURL: folder,
  env: { PYTHONHASHSEED: "0", HOME: "/tmp", LANG: "C.UTF-8" },
  jsglobals: {},
  _makeSnapshot: making,
  ...(making ? {} : { _loadSnapshot: readFileSync(snapshotFile) }),
});
if (making) {
  pyodide.runPython(`${preload}\n${readFileSync(programFile, "utf8")}`);
  writeAll(4, pyodide.makeMemorySnapshot());
  exit(0);
}

let head = Buffer.alloc(0);
let headBytes = 0;
pyodide.setStdin({ stdin: () => null });
pyodide.setStdout({ write: (bytes) => keep(bytes) });
pyodide.setStderr({ write: (bytes) => bytes.length });
const channel = openChannel();
pyodide.runPython(runner);
const perform = pyodide.globals.get("_perform");
closeDoors();

let unread = Buffer.alloc(0);
for (let inspected = false; ; inspected = true) {
  writeAll(4, Buffer.from("U"));
  const job = nextJob();
  if (inspected && job.kind !== "inspect") exit(1);
  capFiles(job.limits.fileBytes);
  headBytes = job.observe?.what === "stdout" ? job.limits.headBytes : 0;
  const end = run(job);
  answer(job, end);
  if (job.kind !== "inspect" || end.how !== 0) exit(0);
}

function nextJob() {
  for (;;) {
    const end = unread.indexOf("\n");
    if (end >= 0) {
      const line = unread.toString("utf8", 0, end);
      unread = unread.subarray(end + 1);
      return JSON.parse(line);
    }
    const chunk = Buffer.alloc(65536);
    const count = readSync(3, chunk);
    if (count === 0) exit(0);
    unread = Buffer.concat([unread, chunk.subarray(0, count)]);
  }
}

function run(job) {
  try {
    const [status, frames] = perform(JSON.stringify(job), channel).toJs();
    sendFrames(frames);
    return { how: 0, value: status };
  } catch {
    // os._exit: Emscripten leaves its status here before it throws.
    return typeof leftWith.exitCode === "number" ? { how: 0, value: leftWith.exitCode & 0xff } : { how: 1, value: 6 };
  }
}

function answer(job, { how, value }) {
  if (job.observe?.what === "file") head = fileHead(job.observe.name, job.limits.headBytes);
  const record = Buffer.alloc(10);
  record.write("E", 0, "latin1");
  record.writeUInt8(how, 1);
  record.writeUInt32BE(value, 2);
  record.writeUInt32BE(head.length, 6);
  writeAll(4, Buffer.concat([record, head]));
}

function fileHead(name, count) {
  try {
    return Buffer.from(pyodide.FS.readFile(`/tmp/${name}`).subarray(0, count));
  } catch {
    return Buffer.alloc(0);
  }
}

/** One file holds at most `bytes`, the working directory twice that: growing past it fails with EFBIG, as under RLIMIT_FSIZE. */
function capFiles(bytes) {
  const { FS } = pyodide;
  const { MEMFS } = FS.filesystems;
  const [write, resize] = [FS.write, MEMFS.resizeFileStorage];
  const expectRoom = (node, size) => {
    const used = node.usedBytes ?? 0;
    const isFull = size > used && FS.isFile(node.mode) && (size > bytes || total(FS) + size - used > 2 * bytes);
    if (isFull) throw new FS.ErrnoError(22); // EFBIG in WASI's numbering
  };
  FS.write = (stream, buffer, offset, length, position, canOwn) => {
    if (stream.node)
      expectRoom(stream.node, (position ?? (stream.flags & 1024 ? stream.node.usedBytes : stream.position)) + length);
    return write.call(FS, stream, buffer, offset, length, position, canOwn);
  };
  MEMFS.resizeFileStorage = (node, size) => {
    expectRoom(node, size);
    return resize.call(MEMFS, node, size);
  };
}

/** Bytes of the files below the working directory. */
function total(FS) {
  let sum = 0;
  FS.nameTable.forEach((first) => {
    for (let node = first; node; node = node.name_next)
      if (FS.isFile(node.mode) && FS.getPath(node).startsWith("/tmp/")) sum += node.usedBytes ?? 0;
  });
  return sum;
}

function keep(bytes) {
  const room = headBytes - head.length;
  if (room > 0) head = Buffer.concat([head, Buffer.from(bytes.subarray(0, room))]);
  return bytes.length;
}

function sendFrames(bytes) {
  const message = Buffer.alloc(5 + bytes.length);
  message.write("F", 0, "latin1");
  message.writeUInt32BE(bytes.length, 1);
  message.set(bytes, 5);
  writeAll(4, message);
}

/** A file descriptor of Pyodide whose bytes leave as F messages; nothing else in its file system leads there. */
function openChannel() {
  const { FS } = pyodide;
  const device = FS.makedev(64, 0);
  FS.registerDevice(device, {
    write(_stream, buffer, offset, length) {
      sendFrames(buffer.subarray(offset, offset + length));
      return length;
    },
  });
  FS.mkdev("/dev/frames", device);
  const { fd } = FS.open("/dev/frames", "w");
  FS.unlink("/dev/frames");
  return fd;
}

/** What a JavaScript object's prototypes could lead to. Code from strings is off by flag, files and processes by permission. */
function closeDoors() {
  for (const name of [
    "fetch",
    "WebSocket",
    "Worker",
    "XMLHttpRequest",
    "navigator",
    "require",
    "module",
    "WebAssembly",
  ]) {
    Object.defineProperty(globalThis, name, { value: undefined, configurable: false, writable: false });
  }
  Object.defineProperty(globalThis, "process", { value: leftWith, configurable: false, writable: false });
}

function refuseToConnect() {
  throw new Error("no network");
}

/** Python asks for memory by growing this; past the cap it gets a MemoryError. */
function capMemory(bytes) {
  const grow = WebAssembly.Memory.prototype.grow;
  WebAssembly.Memory.prototype.grow = function (pages) {
    if (this.buffer.byteLength + pages * 65536 > bytes) throw new RangeError("memory cap");
    return grow.call(this, pages);
  };
}

function writeAll(fd, bytes) {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}
