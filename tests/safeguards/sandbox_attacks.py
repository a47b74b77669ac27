# ruff: noqa: D103 - an attack is told by its name
"""A hostile method. Run with ``--bare`` it attacks unhindered, which proves that each attack works at all; run by the
gate it attacks from inside the sandbox. Both times it reports, for each attack, ``did`` or the error that stopped it.

Not collected by pytest: the test modules start it as a process.
"""

import base64
import ctypes
import errno
import json
import mmap
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.syscall.restype = ctypes.c_long
ATTACKS = {}

# name -> (x86-64, aarch64): calls that no method needs; made with arguments that do no harm where they are let through.
RAW = {
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "sendto": (44, 206), "socketpair": (53, 199),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "execveat": (322, 281),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "bpf": (321, 280), "perf_event_open": (298, 241),
    "mount": (165, 40), "umount2": (166, 39), "setns": (308, 268), "keyctl": (250, 219), "add_key": (248, 217),
    "memfd_create": (319, 279), "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264),
    "userfaultfd": (323, 282), "chroot": (161, 51), "pivot_root": (155, 41), "init_module": (175, 105),
    "finit_module": (313, 273), "kexec_load": (246, 104), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424), "process_madvise": (440, 440), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "tkill": (200, 130), "shmget": (29, 194),
    "mq_open": (240, 180), "inotify_init1": (294, 26), "fanotify_init": (300, 262), "truncate": (76, 45),
    "setxattr": (188, 5), "mknodat": (259, 33), "linkat": (265, 37), "symlinkat": (266, 36), "renameat2": (316, 276),
    "unlinkat": (263, 35), "mkdirat": (258, 34), "fchmodat": (268, 53), "fchownat": (260, 54), "chdir": (80, 49),
    "setuid": (105, 146), "setgid": (106, 144), "setgroups": (116, 159), "capset": (126, 91), "seccomp": (317, 277),
    "landlock_create_ruleset": (444, 444), "unshare": (272, 97), "vmsplice": (278, 75), "splice": (275, 76),
    "sched_setaffinity": (203, 122), "setpriority": (141, 140), "personality": (135, 92), "syslog": (103, 116),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430), "mount_setattr": (442, 442),
    "quotactl": (179, 60), "reboot": (169, 142), "acct": (163, 89), "settimeofday": (170, 170),
}  # fmt: skip


def attack(function):
    """Register an attack under its name."""
    ATTACKS[function.__name__] = function
    return function


def raw(number, *arguments):
    """Make a system call past every library."""
    ctypes.set_errno(0)
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = LIBC.syscall(ctypes.c_long(number), *wide)
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return result


def arm64():
    return int(os.uname().machine == "aarch64")


# --- other data -----------------------------------------------------------------------------------------------------


@attack
def read_passwd(p):
    return Path("/etc/passwd").read_bytes()[:4]


@attack
def list_home(p):
    return len(os.listdir(p["home"]))


@attack
def read_deployment_files(p):
    """Try every file of the deployment; succeed if a single one can be read."""
    last = None
    for name in p["files"]:
        try:
            return name, Path(p["deployment"], name).read_bytes()[:4]
        except OSError as error:
            last = error
    raise last


@attack
def list_deployment(p):
    return os.listdir(p["deployment"])


@attack
def size_of_lake_file(p):
    return os.stat(Path(p["deployment"], p["files"][0])).st_size


@attack
def open_path_only(p):
    return os.fstat(os.open(Path(p["deployment"], p["files"][0]), os.O_PATH)).st_size


@attack
def read_desk_database(p):
    with sqlite3.connect(f"file:{p['deployment']}/desk.db?mode=ro", uri=True) as desk:
        return desk.execute("SELECT * FROM secrets").fetchall()


@attack
def read_lake_with_duckdb(p):
    import duckdb

    with duckdb.connect(config={"threads": 1}) as engine:
        rows = engine.execute("SELECT * FROM read_parquet(?)", [f"{p['deployment']}/lake/rows.parquet"])
        return rows.fetchall()


@attack
def read_lake_with_arrow(p):
    import pyarrow.parquet as pq

    return pq.read_table(f"{p['deployment']}/lake/rows.parquet").num_rows


@attack
def open_deployment_with_the_store(p):
    """Import the store, mint a grant by hand and walk in: in one process nothing but good manners forbids it."""
    from peelian.store.deployment import open_deployment
    from peelian.store.grant import Mint

    deployment = open_deployment(Path(p["real"]), allowed=["en"])
    Mint().grant("erase", ["incident"])
    return sorted(file.name for file in deployment.keys.iterdir() if file.read_bytes())


@attack
def follow_link_out_of_readable_folder(p):
    return Path(p["readable"], "link").read_bytes()[:4]


@attack
def climb_out_of_readable_folder(p):
    return Path(p["readable"], "..", "deployment", p["files"][0]).read_bytes()[:4]


@attack
def climb_through_proc_root(p):
    return Path("/proc/self/root" + p["deployment"], p["files"][0]).read_bytes()[:4]


@attack
def climb_through_cwd(p):
    return Path("/proc/self/cwd" + p["deployment"], p["files"][0]).read_bytes()[:4]


@attack
def read_by_raw_call(p):
    path = ctypes.c_char_p(os.fsencode(Path(p["deployment"], p["files"][0])))
    return raw((257, 56)[arm64()], -100, path, 0, 0)


@attack
def read_from_a_thread(p):
    seen = []

    def look():
        try:
            seen.append(Path("/etc/passwd").read_bytes()[:4])
        except OSError as error:
            seen.append(error)

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    if isinstance(seen[0], OSError):
        raise seen[0]
    return seen[0]


@attack
def read_environment(p):
    if "PEELIAN_TEST_SECRET" not in os.environ:
        raise PermissionError(errno.EPERM, "not there")
    return os.environ["PEELIAN_TEST_SECRET"]


@attack
def read_inherited_descriptors(p):
    for number in range(3, 128):
        try:
            if os.pread(number, 100, 0).startswith(b"inherited"):
                return number
        except OSError:
            continue
    raise PermissionError(errno.EPERM, "none found")


# --- writing --------------------------------------------------------------------------------------------------------


@attack
def write_new_file(p):
    Path(p["writable"], f"new-{os.getpid()}").write_text("x")


@attack
def write_existing_file(p):
    with open(Path(p["writable"], "existing"), "ab", buffering=0) as file:
        file.write(b"x")


@attack
def write_into_readable_folder(p):
    Path(p["readable"], f"new-{os.getpid()}").write_text("x")


@attack
def write_shared_memory(p):
    Path(f"/dev/shm/peelian-test-{os.getpid()}").write_text("x")
    os.unlink(f"/dev/shm/peelian-test-{os.getpid()}")


@attack
def make_folder(p):
    os.mkdir(Path(p["writable"], f"folder-{os.getpid()}"))


@attack
def make_link(p):
    os.symlink("/etc", Path(p["writable"], f"link-{os.getpid()}"))


@attack
def make_hard_link(p):
    os.link(Path(p["writable"], "existing"), Path(p["writable"], f"hard-{os.getpid()}"))


@attack
def make_pipe_file(p):
    os.mkfifo(Path(p["writable"], f"fifo-{os.getpid()}"))


@attack
def rename_file(p):
    os.rename(Path(p["writable"], "to-rename"), Path(p["writable"], "renamed"))


@attack
def delete_file(p):
    os.unlink(Path(p["writable"], "to-delete"))


@attack
def change_mode(p):
    os.chmod(Path(p["writable"], "existing"), 0o600)


@attack
def change_times(p):
    os.utime(Path(p["writable"], "existing"))


@attack
def empty_file(p):
    os.truncate(Path(p["writable"], "existing"), 0)


# --- the network ----------------------------------------------------------------------------------------------------


@attack
def connect_tcp(p):
    socket.create_connection(("127.0.0.1", p["tcp_port"]), timeout=2).close()


@attack
def listen_tcp(p):
    with socket.socket() as end:
        end.bind(("127.0.0.1", 0))
        end.listen()


@attack
def send_udp(p):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.sendto(b"x", ("127.0.0.1", p["tcp_port"]))


@attack
def connect_unix(p):
    with socket.socket(socket.AF_UNIX) as end:
        end.connect(p["unix_path"])


@attack
def connect_abstract(p):
    with socket.socket(socket.AF_UNIX) as end:
        end.connect("\0" + p["abstract_name"])


@attack
def open_netlink(p):
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close()


# --- other processes ------------------------------------------------------------------------------------------------


@attack
def read_memory_by_proc(p):
    with open(f"/proc/{p['victim']}/mem", "rb", buffering=0) as memory:
        memory.seek(p["address"])
        return memory.read(6)


@attack
def read_memory_by_process_vm(p):
    buffer = ctypes.create_string_buffer(6)
    ours = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 6)
    theirs = (ctypes.c_void_p * 2)(p["address"], 6)
    raw((310, 270)[arm64()], p["victim"], ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0)
    return buffer.raw


@attack
def attach_debugger(p):
    raw((101, 117)[arm64()], 16, p["victim"], 0, 0)  # PTRACE_ATTACH
    os.waitpid(p["victim"], 0x40000000)  # __WALL
    raw((101, 117)[arm64()], 17, p["victim"], 0, 0)  # PTRACE_DETACH


@attack
def open_pipes_of_sibling(p):
    os.close(os.open(f"/proc/{p['victim']}/fd/0", os.O_RDONLY | os.O_NONBLOCK))


@attack
def list_descriptors_of_sibling(p):
    return os.listdir(f"/proc/{p['victim']}/fd")


@attack
def read_command_line_of_sibling(p):
    return Path(f"/proc/{p['victim']}/cmdline").read_bytes()


@attack
def signal_process(p):
    os.kill(p["victim"], 0)


@attack
def signal_parent(p):
    os.kill(p["parent"], 0)


@attack
def signal_group(p):
    os.kill(0, 0)


@attack
def signal_by_descriptor(p):
    handle = os.pidfd_open(p["victim"])
    signal.pidfd_send_signal(handle, 0)


@attack
def own_a_descriptor_for_another(p):
    import fcntl

    read, _ = os.pipe()
    fcntl.fcntl(read, fcntl.F_SETOWN, p["victim"])


@attack
def limit_another_process(p):
    resource.prlimit(p["victim"], resource.RLIMIT_CORE, (0, 0))


@attack
def slow_another_process(p):
    os.setpriority(os.PRIO_PROCESS, p["victim"], 1)


# --- new processes, new rights --------------------------------------------------------------------------------------


@attack
def run_program(p):
    subprocess.run(["/bin/true"], check=True)


@attack
def spawn_program(p):
    os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)


@attack
def replace_itself(p):
    try:
        os.execv("/no/such/program", ["x"])
    except FileNotFoundError:
        return "would run it"


@attack
def replace_itself_by_readable_program(p):
    """A program that lies in a readable folder: not refused for its place."""
    child = os.fork()
    if not child:
        os.execv(str(Path(p["readable"], "program")), ["program"])
    os.waitpid(child, 0)


@attack
def fork_bomb(p):
    children = []
    for _ in range(20):
        child = os.fork()
        if not child:
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)


@attack
def fork_by_raw_clone(p):
    child = raw((56, 220)[arm64()], int(signal.SIGCHLD), 0, 0, 0, 0)
    if not child:
        os._exit(0)
    os.waitpid(child, 0)


@attack
def fork_by_clone3(p):
    request = (ctypes.c_uint64 * 8)(0, 0, 0, 0, int(signal.SIGCHLD), 0, 0, 0)
    child = raw(435, ctypes.byref(request), 64)
    if not child:
        os._exit(0)
    os.waitpid(child, 0)


@attack
def share_memory_past_the_limit(p):
    mmap.mmap(-1, 1 << 20).close()


@attack
def become_readable_again(p):
    LIBC.prctl(4, 1, 0, 0, 0)
    if LIBC.prctl(3, 0, 0, 0, 0) != 1:
        raise PermissionError(errno.EPERM, "still unreadable")


@attack
def raise_own_limits(p):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@attack
def call_through_x32(p):
    """The x32 table under the same processor: another number for the same act."""
    try:
        raw(0x40000000 | 41, 1, 1, 0)
    except OSError as error:
        if error.errno != errno.ENOSYS:
            raise
    return "reached the kernel"


def raw_attack(name, numbers):
    """Make one raw call with arguments that name nothing; any answer but a refusal means the kernel was reached."""
    number = numbers[arm64()]
    try:
        raw(number, -1, -1, -1, -1, -1, -1)
    except OSError as error:
        if error.errno == errno.EPERM:
            raise
        return errno.errorcode[error.errno]
    return "let through"


def outcome(act, *arguments):
    """Do one attack and say in a word how it ended."""
    try:
        return f"did {act(*arguments)!r}"
    except OSError as error:
        return f"refused {errno.errorcode.get(error.errno, error.errno)}"
    except Exception as error:  # engines wrap the kernel's answer in their own errors
        return f"refused {type(error).__name__}: {str(error)[:60]}"


def attack_all(p):
    """Do every attack and report."""
    report = {name: outcome(act, p) for name, act in ATTACKS.items()}
    if p.get("raw"):
        report |= {f"raw {name}": outcome(raw_attack, name, numbers) for name, numbers in RAW.items()}
    return report


# --- single acts that end the process or the run, and what honest methods do ------------------------------------------


def loop_forever(tables, p):
    for number in range(1, 32):
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_IGN)
    while True:
        pass


def eat_memory(tables, p):
    held = []
    while True:
        held.append(bytearray(16 << 20))


def eat_memory_in_arrow(tables, p):
    import pyarrow as pa

    held = []
    while True:
        held.append(pa.allocate_buffer(64 << 20))


def start_threads_without_end(tables, p):
    stop = threading.Event()
    threads = []
    try:
        for _ in range(20_000):
            threads.append(threading.Thread(target=stop.wait, daemon=True))
            threads[-1].start()
    except RuntimeError:
        return str(len(threads)).encode()
    finally:
        stop.set()
    return b"20000"


def flood_output(tables, p):
    return bytes(p["n_bytes"])


def lie_about_output(tables, p):
    for number in range(3, 20):
        try:
            os.write(number, b"R" + (1 << 60).to_bytes(8, "little"))
        except OSError:
            continue
    return b""


def tell(tables, p):
    """Tell progress, honestly and not: what is told is written as it stands."""
    from peelian.gate.sandbox import lockdown as sandbox

    sandbox.tell_progress(1, 2, "2019-01")
    for payload in p["said"]:
        sandbox._send(sandbox._told[0], sandbox.PROGRESS, payload.encode())
    sandbox.tell_progress(2, 2, "2019-02")
    return b"done"


def tell_without_end(tables, p):
    from peelian.gate.sandbox import lockdown as sandbox

    while True:
        sandbox.tell_progress(1, 2, "2019-01")


def flood_errors(tables, p):
    for _ in range(200):
        os.write(2, b"Jane Doe " * 1000)
    print("Jane Doe on standard output")
    return b"done"


def raise_with_value(tables, p):
    raise ValueError("Jane Doe, 1 High Street")


def raise_named_value(tables, p):
    raise type("Jane_Doe", (KeyError,), {})("Jane Doe")


def forge_failure(tables, p):
    forged = json.dumps({"error": "Jane_Doe", "file": "../Jane Doe.py", "line": 7}).encode()
    for number in range(3, 20):
        try:
            os.write(number, b"E" + len(forged).to_bytes(8, "little") + forged)
        except OSError:
            continue
    os._exit(0)


def crash(tables, p):
    ctypes.string_at(0)


def leave_quietly(tables, p):
    os._exit(3)


def close_pipes_and_sleep(tables, p):
    os.closerange(0, 128)
    threading.Event().wait(60)


def give_back_all_bytes(tables, p):
    """Everything that came with the tables, cells or not."""
    parts = []
    for name, table in tables.items():
        parts += [name.encode(), str(table.schema).encode()]
        for column in table.columns:
            for chunk in column.chunks:
                parts += [b.to_pybytes() for b in chunk.buffers() if b is not None]
    return b"|".join(parts)


def sum_column(tables, p):
    import pyarrow.compute as pc

    return str(pc.sum(tables["t"]["x"]).as_py()).encode()


def compute_honestly(tables, p):
    """Use what methods use: threads in NumPy, Arrow and DuckDB, SciPy, projections, time zones, chance."""
    import secrets
    import zoneinfo
    from concurrent.futures import ThreadPoolExecutor

    import duckdb
    import numpy as np
    import pyarrow.compute as pc
    import pyproj
    import scipy.optimize
    import shapely

    a = np.random.default_rng(1).normal(size=(400, 400))
    with ThreadPoolExecutor(4) as pool:
        products = list(pool.map(lambda _: float((a @ a).sum()), range(8)))
    t = tables["t"]
    with duckdb.connect(config={"threads": 2}) as engine:
        engine.register("t", t)
        total = engine.execute("SELECT sum(x) FROM (SELECT x FROM t ORDER BY x DESC)").fetchone()[0]
        spread = engine.execute("SELECT count(*) FROM range(3000000) r(i) JOIN t ON r.i = t.x").fetchone()[0]
    east, _ = pyproj.Transformer.from_crs(4326, 27700, always_xy=True).transform(-2.0, 53.0)
    answer = {
        "same": len(set(products)) == 1,
        "arrow": pc.sum(t["x"]).as_py(),
        "duckdb": int(total),
        "joined": spread,
        "scipy": round(scipy.optimize.brentq(lambda x: x * x - 2, 0, 2), 6),
        "shapely": shapely.Polygon([(0, 0), (1, 0), (1, 1)]).area,
        "pyproj": round(east / 1000),
        "zone": str(zoneinfo.ZoneInfo("Europe/London")),
        "chance": len(secrets.token_bytes(8)),
        "threads": threading.active_count(),
    }
    return json.dumps(answer).encode()


def attack_from_worker(tables, p):
    return json.dumps(attack_all(p)).encode()


def write_without_landlock(tables, p):
    return json.dumps({"write": outcome(write_new_file, p), "run": outcome(run_program, p)}).encode()


def tell_environment(tables, p):
    return json.dumps(dict(os.environ), sort_keys=True).encode()


def entry(tables, parameters):
    """The worker's entry: do the one act named."""
    return globals()[parameters["act"]](tables, parameters)


if __name__ == "__main__":
    if sys.argv[1:] == ["--bare"]:
        print(json.dumps(attack_all(json.loads(base64.b64decode(sys.stdin.read())))))
    else:
        from peelian.gate.sandbox import lockdown as sandbox

        if sys.argv[1:] == ["--no-landlock"]:  # a kernel without it

            def no_landlock(_):
                raise OSError(errno.ENOSYS, "not implemented")

            sandbox.restrict_to = no_landlock
        sandbox.wrap(entry)
