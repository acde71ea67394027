"""A home with nothing in it, a bus of its own and an unlocked gnome-keyring on it: the same for every contender."""
import os
import shutil
import subprocess
import tempfile
import time


class Desk:
    """Ends its bus and keyring with it."""

    def __init__(self, folder):
        self.home, self.children = folder, []
        self.variables = {"HOME": str(folder), "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8",
                          "GIT_CONFIG_NOSYSTEM": "1", "XDG_RUNTIME_DIR": str(folder)}

    def __enter__(self):
        if shutil.which("dbus-daemon") and shutil.which("gnome-keyring-daemon"):
            self.start_keyring()
        return self

    def __exit__(self, *_):
        for child in reversed(self.children):
            child.terminate()
            child.wait()

    def start_keyring(self):
        bus = subprocess.Popen(["dbus-daemon", "--session", "--nofork", "--print-address"], env=self.variables,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.children.append(bus)
        self.variables["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
        keyring = subprocess.Popen(["gnome-keyring-daemon", "--unlock", "--foreground", "--components=secrets"],
                                   env=self.variables, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.children.append(keyring)
        keyring.stdin.write(b"password")
        keyring.stdin.close()
        # before it owns its name, the bus would start a second one, which is locked
        asked = ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/",
                 "org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"]
        end = time.monotonic() + 30
        while b"true" not in subprocess.run(asked, env=self.variables, capture_output=True).stdout:
            assert time.monotonic() < end, "the keyring does not come up"

    def env(self, more):
        return {**self.variables, **more}

    def other_home(self, name):
        """A home of its own for one contender."""
        home = self.home / name
        home.mkdir(exist_ok=True)
        return str(home)

    def text(self, content):
        """A descriptor from which a child reads this."""
        file = tempfile.TemporaryFile(dir=self.home)
        file.write(content.encode())
        file.flush()
        return os.dup(file.fileno())
