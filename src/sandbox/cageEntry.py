# Entry of a single-use cage: the job comes on fd 3, frames go to fd 4. Appended to program.py.
def read_all(fd):
    chunks = []
    while chunk := os.read(fd, 1 << 16):
        chunks.append(chunk)
    os.close(fd)
    return b"".join(chunks)


class JsonRules:
    """What json.JSONDecoder tells its scanner. The json package imports re, which takes as long as the interpreter's start."""

    strict, object_hook, object_pairs_hook, parse_float, parse_int, parse_constant = True, None, None, float, int, None


def observe_file(name, head_bytes, channel):
    """Fork: the child goes on to run the program without the channel; the parent reads one file of the cwd afterwards."""
    child = os.fork()
    if child == 0:
        return
    _, status = os.waitpid(child, 0)
    head = b""
    try:
        with open(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb", buffering=0) as file:
            head = file.read(head_bytes) or b""
    except OSError:
        head = b""
    send(channel, head)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def enter():
    import _json

    job, _ = _json.make_scanner(JsonRules)(read_all(3).decode(), 0)
    set_limits(job.pop("limits"))
    os.closerange(5, 64)
    null = os.open("/dev/null", os.O_WRONLY)
    os.dup2(null, 2)
    os.close(null)
    send(4, None)
    if job["kind"] != "main":
        perform(job, 4)
        os._exit(0)
    if job["observe"]["what"] == "file":
        observe_file(job["observe"]["name"], 1 << 16, 4)
    os.close(4)
    sys.argv = ["-c"]
    return job["source"]


_source = enter()
exec(compile(_source, "<string>", "exec", dont_inherit=True), fresh_module("__main__"))
