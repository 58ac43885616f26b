"""The zygote: one process imports the libraries, then forks a kernel for each notebook.

Run as ``python -m grader.execution.zygote SOCKET``, with ``legacy`` behind it for kernels with Keras 2. It
runs no TensorFlow operation itself, so that its forks are sound, and never any student code. Protocol on the
Unix socket, one connection a kernel: the client writes one line, a :class:`KernelRequest` as JSON; the zygote
answers with ``{"pid": N}`` and the kernel itself, once its sockets listen, with ``{"ready": SECONDS}`` or
``{"error": TEXT}``. When it has ended, the process beside it adds ``{"ended": N}``: its exit code, or the
signal that ended it as a negative number.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import mmap
import os
import signal
import socket
import struct
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

from grader.execution import calls, keeper, linux, sandbox, tree
from grader.execution.request import KernelRequest
from grader.recorder.library import become_legacy
from grader.recorder.watch import index_modules

# Imported once for all notebooks; those of the second line only where they are installed.
LIBRARIES = (
    *(
        "tensorflow",
        "keras",
        "numpy",
        "sklearn.metrics",
        "sklearn.model_selection",
        "matplotlib.pyplot",
        "PIL.Image",
    ),
    *("pandas", "pandas.plotting._matplotlib", "seaborn", "cv2", "tqdm.auto", "scipy.ndimage", "h5py"),
    *(
        "ipykernel.kernelapp",
        "ipykernel.ipkernel",
        "ipykernel.debugger",
        "IPython",
        "matplotlib_inline.backend_inline",
        "grader.recorder.install",
    ),
    # What a kernel would else import when it starts,
    *("IPython.core.completerlib", "IPython.core.debugger", "IPython.core.logger", "IPython.core.oinspect"),
    *("IPython.core.magics.execution", "IPython.extensions.storemagic", "tornado.platform.asyncio"),
    # when it shows a network, trains one,
    *("rich._emoji_codes", "zmq.utils.garbage", "encodings.cp437"),
    *(f"tensorflow.python.data.ops.{name}_op" for name in ("concatenate", "flat_map", "from_tensors")),
    *(f"tensorflow.python.data.ops.{name}_op" for name in ("range", "take", "zip")),
    # and when a cell fails.
    *("stack_data", "pygments.lexers.python", "pygments.formatters.html", "pygments.formatters.terminal256"),
)

WORKING_FOLDER = Path("/content")
"""Where a notebook starts, as on Colab."""
HOME = Path("/root")
_ASKING = 5.0
"""Seconds in which whoever connects must say what it wants: nobody may hold up the kernels of others."""


def main(socket_path: str, *, legacy: bool = False) -> None:
    """Import, listen, fork; until the socket's owner goes away."""
    # What the libraries say of the machine would stand in students' outputs; kernels compute on the CPU.
    os.environ.update({"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"})
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    # Read by numpy and scikit-learn when they are imported: threads that wait for work keep others from it.
    os.environ.update({"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"})
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    # As the documentation of gc.freeze advises before forks, which share what they do not touch: a collection
    # would touch, and walk, all of this. While importing, it would do so again and again, and find nothing.
    gc.disable()
    _import_libraries(legacy)
    index_modules()
    gc.freeze()
    gc.enable()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(socket_path)
        listener.listen(64)
        print("ready", flush=True)
        while True:
            connection, _ = listener.accept()
            if _fork_kernel(connection, listener):
                return


def _import_libraries(legacy: bool) -> None:
    if legacy:
        become_legacy()
    # Nobody debugs a notebook here, and ipykernel would have each kernel load half a second of debugger.
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    del sys.modules["debugpy"]
    import keras
    import PIL.Image

    keras.models.Sequential  # noqa: B018  # lazily loaded parts of Keras must be there before the fork
    PIL.Image.preinit()


def _peer(connection: socket.socket) -> int:
    """The process at the other end: where notebooks have no private root they could ask for kernels too."""
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", credentials)[0])


def _fork_kernel(connection: socket.socket, listener: socket.socket) -> bool:
    """Serve one request; True in the forked kernel once it has ended."""
    connection.settimeout(_ASKING)
    try:
        line = connection.makefile("rb").readline()
    except OSError:
        line = b""
    connection.settimeout(None)
    grader = os.getppid()
    if not line or _peer(connection) != grader or os.fork() != 0:
        connection.close()
        return False
    listener.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        _become_kernel(KernelRequest.model_validate_json(line), connection, grader)
    except BaseException:
        with contextlib.suppress(OSError):
            _tell(connection, {"error": traceback.format_exc(limit=-4)})
    finally:
        os._exit(0)


def _become_kernel(request: KernelRequest, connection: socket.socket, grader: int) -> None:
    os.setsid()
    # Whatever ends the zygote ends this process, and with it the kernel: no endless loop outlives the grader.
    if request.sandbox == "namespaces":
        sandbox.leave_namespaces()
        linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        keeper.be_ready(Path(request.scratch), grader)
    # The pid namespace holds from the next fork on; that child is its init, so killing it kills all its
    # children.
    child = os.fork()
    if child:
        _tell(connection, {"pid": child})
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        with contextlib.suppress(OSError):
            _tell(connection, {"ended": code})
        if request.sandbox != "namespaces":
            keeper.end_children()
        os._exit(0)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    os.umask(0o077)
    began = time.perf_counter()
    scratch = Path(request.scratch)
    log = os.open(scratch / "kernel.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    events = os.open(scratch / "events.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with (scratch / "cell").open("rb") as counter:
        current_cell = mmap.mmap(counter.fileno(), 4, access=mmap.ACCESS_READ)
    for number, target in ((os.open(os.devnull, os.O_RDONLY), 0), (log, 1), (log, 2)):
        os.dup2(number, target)
    sockets, working, home, temporary = _enter_world(request, scratch)
    os.umask(0o022)
    os.chdir(working)
    sandbox.scrub_environment(home, temporary)
    sandbox.limit_resources(request.memory, request.file_size)
    _start_kernel(request, connection, sockets, events, current_cell, began)


def _enter_world(request: KernelRequest, scratch: Path) -> tuple[Path, Path, Path, Path]:
    """Sockets, working folder, home and temporary folder in the world that the notebook is to see."""
    if request.sandbox != "namespaces":
        return _stay_in_place(request, scratch)
    root = sandbox.private_root(scratch, request.hidden, request.memory)
    for folder in (WORKING_FOLDER / "drive/MyDrive", WORKING_FOLDER / "sample_data", HOME, Path("/tmp")):
        (root / str(folder).lstrip("/")).mkdir(parents=True, exist_ok=True)
    tree.fill(request.world, root, WORKING_FOLDER)
    for name, archive in request.world.arrays:
        _lend(archive, root / f"var/lib/arrays/{name}.npz")
    for name, file in request.world.weights:
        _lend(file, root / f"var/lib/weights/{name}.h5")
    sandbox.enter_root(root, scratch / "io")
    return Path("/run/kernel"), WORKING_FOLDER, HOME, Path("/tmp")


def _stay_in_place(request: KernelRequest, scratch: Path) -> tuple[Path, Path, Path, Path]:
    """The notebook's world as a folder of this machine, and as much of a fence around it as was asked for."""
    root, sockets = scratch / "root", scratch / "io"
    working, home, temporary = (
        root / str(folder).lstrip("/") for folder in (WORKING_FOLDER, HOME, Path("/tmp"))
    )
    for folder in (working, home, temporary):
        folder.mkdir(parents=True)
    tree.fill(request.world, root, WORKING_FOLDER)
    if request.sandbox == "landlock":
        lent = tuple(Path(file) for _, file in (*request.world.arrays, *request.world.weights))
        sandbox.restrict_files(lent, (root, sockets), request.hidden)
    elif request.sandbox == "user":
        sandbox.become_somebody(scratch, (root, sockets))
    return sockets, working, home, temporary


def _lend(file: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.touch()
    linux.bind_read_only(file, target)


def _start_kernel(
    request: KernelRequest,
    connection: socket.socket,
    sockets: Path,
    events: int,
    current_cell: mmap.mmap,
    began: float,
) -> None:
    import tensorflow
    from ipykernel.kernelapp import IPKernelApp

    from grader.recorder.install import install

    tensorflow.config.threading.set_intra_op_parallelism_threads(request.threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(request.threads)
    # Rewriting a graph costs more than the few steps of a shortened training gain by it.
    tensorflow.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    connection_file = sockets / "connection.json"
    connection_file.write_text(json.dumps(request.connection | {"ip": str(sockets / "k")}))
    app = IPKernelApp.instance(connection_file=str(connection_file), log_level=50)
    app.config.HistoryManager.enabled = False
    with _few_modules():
        app.initialize([])
    if request.sandbox in ("landlock", "user"):
        calls.refuse_calls()
    world = request.world
    given = dict(world.arrays), dict(world.weights)
    mapped = request.sandbox == "namespaces"
    install(request.recorder, app, events, current_cell, *given, mapped, request.key)
    _tell(connection, {"ready": round(time.perf_counter() - began, 4)})
    connection.close()
    app.start()


@contextlib.contextmanager
def _few_modules() -> Iterator[None]:
    """Let ipykernel see no modules: it notes the files of all of them, for a debugger that is not there, and
    what it touches is shared with the zygote no more."""
    from ipykernel import ipkernel

    ipkernel.sys = SimpleNamespace(**vars(sys) | {"modules": {}})
    try:
        yield
    finally:
        ipkernel.sys = sys


def _tell(connection: socket.socket, message: dict[str, object]) -> None:
    connection.sendall(json.dumps(message).encode() + b"\n")


if __name__ == "__main__":
    main(sys.argv[1], legacy="legacy" in sys.argv[2:])
