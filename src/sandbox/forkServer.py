# A fork server inside a cage: one process per job, in namespaces of its own. Appended to program.py.
#
#   server   waits until a job is readable, forks `init` without having read a byte, reaps it, reports D
#   init     process 1 of the job's namespaces: reads the job, forks `main`, watches it, reports R, dies with all it holds
#   main     no capabilities, no way back to fds 100 and 101, system calls filtered: runs the job
#
# In:  u32 length, JSON job. The first message is {"seccomp": hex}.
# Out: "U" once; then per job "S" (namespaces stand, main is about to start),
#      "R" u8 how (0 exited, 1 signalled, 2 output) u32 value u32 length channel u32 length observed;  "D" u32 wait status of init.
import atexit
import ctypes
import gc
import json
import mmap
import select
import signal
import struct
import weakref

import ast, bisect, collections, copy, datetime, functools, heapq, itertools, math, operator, random, re, string, typing  # noqa

JOBS, REPLIES = 100, 101
NO_MORE_JOBS = 3
libc = ctypes.CDLL(None, use_errno=True)
NEW_NS, NEW_UTS, NEW_IPC, NEW_PID, NEW_NET = 0x20000, 0x4000000, 0x8000000, 0x20000000, 0x40000000
PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, FILTER = 1, 22, 38, 2


def check(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def read_exactly(fd, count):
    parts = []
    while count > 0:
        part = os.read(fd, min(count, 1 << 20))
        if not part:
            os._exit(NO_MORE_JOBS)
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def write_all(fd, data):
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view):]


def read_message():
    return json.loads(read_exactly(JOBS, struct.unpack(">I", read_exactly(JOBS, 4))[0]))


class CapHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class CapData(ctypes.Structure):
    _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]


class SockFprog(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def drop_everything(seccomp):
    no_capabilities = (CapData * 2)()
    check(libc.capset(ctypes.byref(CapHeader(0x20080522, 0)), no_capabilities), "capset")
    check(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    check(libc.prctl(PR_SET_SECCOMP, FILTER, ctypes.byref(SockFprog(len(seccomp) // 8, seccomp))), "seccomp")


def enter_namespaces(bytes_of_cwd):
    check(libc.unshare(NEW_NS | NEW_IPC | NEW_NET | NEW_UTS), "unshare")
    os.chdir("/")
    options = f"size={bytes_of_cwd},nr_inodes=4096,mode=700,uid={os.getuid()},gid={os.getgid()}".encode()
    check(libc.mount(b"tmpfs", b"/tmp", b"tmpfs", 6, options), "mount")
    os.chdir("/tmp")


def become_main(job, channel, stdout, seccomp):
    """In the forked `main`: standard streams, limits, then no way back."""
    os.setsid()
    null = os.open("/dev/null", os.O_RDWR)
    for fd, source in ((0, null), (1, null if stdout is None else stdout), (2, null)):
        os.dup2(source, fd)
    if channel is not None:
        os.dup2(channel, 4)
    os.closerange(3, 256 if channel is None else 4)
    os.closerange(5, 256)
    set_limits(job.pop("limits"))
    drop_everything(seccomp)
    gc.enable()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.argv = ["-c"]


def pump(main, channel, stdout, caps):
    """Read both pipes until `main` ends; keep heads. A channel past its cap ends the job."""
    kept = {channel: b"", stdout: b""}
    ended = os.pidfd_open(main)
    poll = select.poll()
    for fd in (ended, channel, stdout):
        if fd is not None:
            poll.register(fd, select.POLLIN)
    over = False
    while True:
        ready = [fd for fd, _ in poll.poll()]
        for fd in ready:
            if fd == ended:
                continue
            part = os.read(fd, 1 << 16)
            if not part:
                poll.unregister(fd)
            over = over or (fd == channel and len(kept[fd]) + len(part) > caps["channelBytes"])
            limit = caps["channelBytes"] if fd == channel else caps["headBytes"]
            kept[fd] += part[: limit - len(kept[fd])]
        if over:
            os.kill(main, signal.SIGKILL)
        if over or ready == [ended]:
            return over, kept.get(channel, b""), kept.get(stdout, b"")


def read_head(name, count):
    try:
        with open(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb", buffering=0) as file:
            return file.read(count) or b""
    except OSError:
        return b""


def watch(main, job, channel, stdout, region):
    over, frames, head = pump(main, channel, stdout, job["limits"]) if channel or stdout else (False, b"", b"")
    status = 0
    while True:
        pid, status = os.wait()
        if pid == main:
            break
    if region is not None:
        frames = read_region(region)
    if job.get("observe", {}).get("what") == "file":
        head = read_head(job["observe"]["name"], job["limits"]["headBytes"])
    how, value = (1, os.WTERMSIG(status)) if os.WIFSIGNALED(status) else (0, os.WEXITSTATUS(status))
    reply = struct.pack(">cBII", b"R", 2 if over else how, value, len(frames)) + frames + struct.pack(">I", len(head)) + head
    write_all(REPLIES, reply)


def init(seccomp):
    """Returns the job and its channel in `main`; never returns in `init` itself, which no signal from inside reaches: it handles none."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    check(libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "pdeathsig")
    job = read_message()
    enter_namespaces(2 * job["limits"]["fileBytes"])
    wants_stdout = job.get("observe", {}).get("what") == "stdout"
    channel = os.pipe() if job["kind"] in ("inspect", "split") else (None, None)
    region = mmap.mmap(-1, job["limits"]["channelBytes"]) if job["kind"] == "calls" else None
    stdout = os.pipe() if wants_stdout else (None, None)
    write_all(REPLIES, b"S")
    main = os.fork()
    if main == 0:
        become_main(job, channel[1], stdout[1], seccomp)
        return job, to_descriptor(4) if region is None else to_region(region)
    for fd in (channel[1], stdout[1]):
        if fd is not None:
            os.close(fd)
    watch(main, job, channel[0], stdout[0], region)
    os._exit(0)


def serve():
    os.dup2(0, JOBS)
    os.dup2(1, REPLIES)
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    os.close(null)
    seccomp = bytes.fromhex(read_message()["seccomp"])
    myself = os.pidfd_open(os.getpid())
    gc.collect()
    gc.disable()
    gc.freeze()
    write_all(REPLIES, b"U")
    while True:
        select.select([JOBS], [], [])
        check(libc.setns(myself, NEW_PID), "setns")
        check(libc.unshare(NEW_PID), "unshare")
        child = os.fork()
        if child == 0:
            return init(seccomp)
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) == NO_MORE_JOBS:
            os._exit(0)
        write_all(REPLIES, b"D" + struct.pack(">I", status & 0xFFFF))


def has_destructor(kind, look=type.__getattribute__):
    """Asked of `type` itself: the class's own metaclass is the program's."""
    return any("__del__" in look(base, "__dict__") for base in look(kind, "__mro__"))


def cut_short(status, leave=os._exit, anything=BaseException):
    """End at once where the interpreter's own end would run none of the program's code; else return.

    Dismantling modules that the program never touched takes half of a job's time.
    """
    try:
        replaced = sys.excepthook is not sys.__excepthook__ or sys.stdout is not sys.__stdout__ or sys.stderr is not sys.__stderr__
        if replaced or "threading" in sys.modules or atexit._ncallbacks() or sys.gettrace() or sys.getprofile():
            return
        things = gc.get_objects()
        kinds = {id(kind): kind for kind in map(type, things)}.values()
        if any(has_destructor(kind) for kind in kinds):
            return
        if any(type(thing) is weakref.ref and type(thing.__callback__) is types.FunctionType for thing in things):
            return
        if status != 0:
            sys.excepthook(*sys.exc_info())
        sys.stdout.flush()
        sys.stderr.flush()
    except anything:
        return
    leave(status)


_job, _emit = serve()
if _job["kind"] != "main":
    _leave, _anything = os._exit, BaseException
    try:
        perform(_job, _emit)
    except _anything:
        _leave(1)
    _leave(0)
_source = _job["source"]
_ordinary, _cut_short = Exception, cut_short
eval("level_stack()")
try:
    exec(compile(_source, "<string>", "exec", dont_inherit=True), fresh_module("__main__"))
except _ordinary:
    _cut_short(1)
    raise
_cut_short(0)
