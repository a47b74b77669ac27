"""A served deployment for tests of signing in: an open door, cheap passphrases, and a look at every file it keeps."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from peelian.app.caller import Caller, Place
from peelian.app.signing import set_passphrase, sign_in_web
from peelian.core.time import FixedClock
from peelian.decide.practice import Examiner
from peelian.gate.door import Gate
from peelian.gate.opening import open_gate
from peelian.people.keyring import Keyring
from peelian.people.passphrases import Cost
from peelian.people.web_session import Cookie
from peelian.policy.charter import load_charter
from peelian.store.deployment import Deployment, open_deployment
from tests.support.gate import FOUNDED_AT, Built, build

CHEAP = Cost(64, 1, 1)
WORDS = "copper lantern wet tuesday"
HERE = "127.0.0.1"


@dataclass
class Served:
    """What a server holds, and apart from it the key folder of the people of the example."""

    built: Built
    place: Place
    home: Path

    @property
    def deployment(self) -> Deployment:
        """The deployment."""
        return self.built.deployment

    @property
    def gate(self) -> Gate:
        """The open door."""
        return self.built.gate

    @property
    def keyring(self) -> Keyring:
        """The people's own key folder, which a server never sees."""
        return Keyring(self.home, self.deployment.id)

    @property
    def caller(self) -> Caller:
        """Somebody at the command line who holds the keys."""
        return Caller(self.place, self.deployment, self.gate, self.keyring)

    def enrol(self, account: str, words: str = WORDS) -> None:
        """Have the holder of an account's key set a passphrase."""
        set_passphrase(self.caller, account, words, cost=CHEAP)

    def sign_in(self, account: str = "analyst-1", words: str = WORDS, address: str = HERE, **more: object) -> Cookie:
        """Sign in with a passphrase."""
        return sign_in_web(self, account, words, address, tls=False, cost=CHEAP, **more)  # type: ignore[arg-type]

    def everything_kept(self) -> bytes:
        """Return every byte of every file of the deployment."""
        return b"\0".join(p.read_bytes() for p in sorted(self.deployment.folder.rglob("*")) if p.is_file())


@cache
def _template() -> tuple[Path, dict[str, Ed25519PrivateKey]]:
    """Make one deployment a process; tests start from copies of it."""
    folder = Path(tempfile.mkdtemp(prefix="peelian-signing-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    built = build(folder, adopt=False)
    built.gate.close()
    return folder, built.keys


def served(folder: Path) -> Served:
    """Give the people of a new deployment their keys, in a folder of their own, and open its door."""
    template, keys = _template()
    shutil.copytree(template, folder, dirs_exist_ok=True)
    charter = load_charter(folder / "force" / "charter")
    deployment = open_deployment(folder / "force", allowed=charter.jurisdiction.regions)
    clock = FixedClock(FOUNDED_AT)
    gate = open_gate(deployment, charter, clock=clock, threads=1, examiner=Examiner())
    home = folder / "home"
    made = Served(Built(deployment, charter, clock, keys, gate), Place(deployment.folder, home, clock=clock), home)
    for account, key in keys.items():
        made.keyring.save_account_key(account, key)
    return made
