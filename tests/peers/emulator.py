"""A running emulator for the suites: started on a free loopback port, stopped with the run."""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading

ROOT = pathlib.Path(__file__).parents[2]
PROGRAM = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "emulator"

# What takes an hour on AWS takes 15 seconds: longer than a few calls of the AWS CLI on a busy machine.
SPEED = "240"
# The variable with the number of a client's account.
ACCOUNT = "PEERS_ACCOUNT"
START_LIMIT = 120
STOP_LIMIT = 30


class Emulator:
    """Every account has a root user; all have the same secret key, and the account's number is the key's id."""

    def __enter__(self):
        port = free_port()
        arguments = [str(PROGRAM), "up", "--port", str(port), "--speed", SPEED]
        self.process = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.endpoint = f"http://127.0.0.1:{port}"
        self.files = ROOT / "target" / "emulator" / f"up-{port}"
        timer = threading.Timer(START_LIMIT, self.process.kill)
        timer.start()
        for line in self.process.stdout:
            found = re.search(r"AWS_SECRET_ACCESS_KEY=(\S+)", line)
            if found:
                break
        else:
            raise SystemExit("error: the emulator did not start")
        timer.cancel()
        self.secret = found[1]
        # What it prints later must not fill the pipe.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        self.accounts = iter(range(200_000_000_000, 300_000_000_000))
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
        shutil.rmtree(self.files, ignore_errors=True)
        self.files.with_name(f"{self.files.name}.lock").unlink(missing_ok=True)

    def environment(self, endpoint: str, account: str | None = None) -> dict:
        """Variables of a client that calls `endpoint` as the root user of an account, by default one that has nothing yet."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
        nothing = os.devnull
        account = account or str(next(self.accounts))
        return kept | {
            "AWS_ENDPOINT_URL": endpoint,
            ACCOUNT: account,
            "AWS_ACCESS_KEY_ID": account,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "AWS_CONFIG_FILE": nothing,
            "AWS_SHARED_CREDENTIALS_FILE": nothing,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_PAGER": "",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
        }


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]
