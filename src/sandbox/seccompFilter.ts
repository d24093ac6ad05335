import { arch, endianness } from "node:os";
import { SandboxError } from "../errors.ts";

/** System calls that a test program has no use for: other processes' memory, kernel objects that outlive a job, new namespaces. */
const denied: Record<string, Record<string, number>> = {
  x64: {
    ptrace: 101,
    syslog: 103,
    shmget: 29,
    semget: 64,
    msgget: 68,
    flock: 73,
    personality: 135,
    pivot_root: 155,
    chroot: 161,
    acct: 163,
    mount: 165,
    umount2: 166,
    swapon: 167,
    reboot: 169,
    init_module: 175,
    quotactl: 179,
    mq_open: 240,
    kexec_load: 246,
    add_key: 248,
    request_key: 249,
    keyctl: 250,
    inotify_init: 253,
    unshare: 272,
    perf_event_open: 298,
    inotify_init1: 294,
    fanotify_init: 300,
    name_to_handle_at: 303,
    open_by_handle_at: 304,
    setns: 308,
    process_vm_readv: 310,
    process_vm_writev: 311,
    kcmp: 312,
    finit_module: 313,
    memfd_create: 319,
    kexec_file_load: 320,
    bpf: 321,
    userfaultfd: 323,
    io_uring_setup: 425,
    open_tree: 428,
    move_mount: 429,
    fsopen: 430,
    fsmount: 432,
    pidfd_getfd: 438,
    mount_setattr: 442,
    memfd_secret: 447,
  },
  arm64: {
    ptrace: 117,
    syslog: 116,
    shmget: 194,
    semget: 190,
    msgget: 186,
    flock: 32,
    personality: 92,
    pivot_root: 41,
    chroot: 51,
    acct: 89,
    mount: 40,
    umount2: 39,
    swapon: 224,
    reboot: 142,
    init_module: 105,
    quotactl: 60,
    mq_open: 180,
    kexec_load: 104,
    add_key: 217,
    request_key: 218,
    keyctl: 219,
    unshare: 97,
    perf_event_open: 241,
    inotify_init1: 26,
    fanotify_init: 262,
    name_to_handle_at: 264,
    open_by_handle_at: 265,
    setns: 268,
    process_vm_readv: 270,
    process_vm_writev: 271,
    kcmp: 272,
    finit_module: 273,
    memfd_create: 279,
    kexec_file_load: 294,
    bpf: 280,
    userfaultfd: 282,
    io_uring_setup: 425,
    open_tree: 428,
    move_mount: 429,
    fsopen: 430,
    fsmount: 432,
    pidfd_getfd: 438,
    mount_setattr: 442,
    memfd_secret: 447,
  },
};

const auditArch: Record<string, number> = { x64: 0xc000003e, arm64: 0xc00000b7 };
const numbers: Record<string, { socket: number; clone: number; clone3: number; fcntl: number; prlimit: number }> = {
  x64: { socket: 41, clone: 56, clone3: 435, fcntl: 72, prlimit: 302 },
  arm64: { socket: 198, clone: 220, clone3: 435, fcntl: 25, prlimit: 261 },
};

const allow = 0x7fff0000;
const refuse = 0x00050001; // EPERM
const missing = 0x00050026; // ENOSYS: libc falls back to clone
const kill = 0x80000000;
const newNamespaces = 0x7e020080; // CLONE_NEW{TIME,NS,CGROUP,UTS,IPC,USER,PID,NET}
const families = [1, 2, 10]; // unix, inet, inet6; not vsock, which reaches past a network namespace
const lockQueries = [5, 36, 1024, 1025, 1026]; // F_GETLK, F_OFD_GETLK, F_SETLEASE, F_GETLEASE, F_NOTIFY: signals between jobs

/** One classic BPF instruction: code, jump if true, jump if false, operand. */
type Instruction = readonly [code: number, jt: number, jf: number, k: number];

const load = (offset: number): Instruction => [0x20, 0, 0, offset];
const answer = (value: number): Instruction => [0x06, 0, 0, value];
const argument = (n: number) => load(16 + 8 * n);

/**
 * The kernel's own filter on system calls, as classic BPF (struct sock_filter[], native byte order).
 *
 * A refused call fails with EPERM, so a probing program goes on and is graded.
 *
 * @throws SandboxError  no table for this processor
 * @see linux/seccomp.h, linux/filter.h, asm/unistd_64.h; docs/grading.md says what each group is for
 */
export function seccompFilter(): Uint8Array {
  const name = arch();
  if (auditArch[name] === undefined)
    throw new SandboxError(`seccompFilter: expected processor x64 or arm64, got ${name}. Use --executor pyodide.`);
  return assemble(program(auditArch[name], Object.values(denied[name]!), numbers[name]!, name === "x64"));
}

function program(
  architecture: number,
  refused: number[],
  call: (typeof numbers)[string],
  hasX32: boolean,
): Instruction[] {
  return [
    load(4),
    ...unless(architecture, [answer(kill)]),
    load(0),
    ...(hasX32 ? ([[0x35, 0, 1, 0x40000000], answer(missing)] as const) : []),
    ...refused.flatMap((number) => when(number, [answer(refuse)])),
    ...when(call.clone3, [answer(missing)]),
    ...when(call.clone, [argument(0), [0x45, 0, 1, newNamespaces], answer(refuse), answer(allow)]),
    ...when(call.socket, [argument(0), ...families.flatMap((family) => when(family, [answer(allow)])), answer(refuse)]),
    ...when(call.prlimit, [argument(0), ...unless(0, [answer(refuse)]), answer(allow)]),
    ...when(call.fcntl, [
      argument(1),
      ...lockQueries.flatMap((command) => when(command, [answer(refuse)])),
      answer(allow),
    ]),
    answer(allow),
  ];
}

/** `body` runs only when the loaded word equals `value`. */
function when(value: number, body: readonly Instruction[]): Instruction[] {
  return [[0x15, 0, body.length, value], ...body];
}

/** `body` runs only when the loaded word differs from `value`. */
function unless(value: number, body: readonly Instruction[]): Instruction[] {
  return [[0x15, body.length, 0, value], ...body];
}

function assemble(instructions: readonly Instruction[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(8 * instructions.length));
  const little = endianness() === "LE";
  instructions.forEach(([code, jt, jf, k], i) => {
    bytes.setUint16(8 * i, code, little);
    bytes.setUint8(8 * i + 2, jt);
    bytes.setUint8(8 * i + 3, jf);
    bytes.setUint32(8 * i + 4, k, little);
  });
  return new Uint8Array(bytes.buffer);
}
