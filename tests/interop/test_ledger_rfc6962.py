"""Other people's proofs: every public RFC 6962 vector, good ones accepted and bad ones refused."""

from __future__ import annotations

import base64
import json
from collections import Counter

import pytest

from peelian.core.errors import TamperedError
from peelian.ledger import tree


def decoded(vector):
    """Turn base64 into bytes, ``null`` into an empty proof."""
    fields = {k: base64.b64decode(v) for k, v in vector.items() if k in ("root", "root1", "root2", "leafHash")}
    return {**vector, **fields, "proof": [base64.b64decode(h) for h in vector["proof"] or []]}


CHECKS = {
    "inclusion": lambda v: tree.verify_inclusion(v["leafIdx"], v["treeSize"], v["leafHash"], v["root"], v["proof"]),
    "consistency": lambda v: tree.verify_consistency(v["size1"], v["size2"], v["root1"], v["root2"], v["proof"]),
    "subtreeinclusion": lambda v: tree.verify_subtree_inclusion(
        v["leafIdx"], v["start"], v["end"], v["leafHash"], v["root"], v["proof"]
    ),
    "subtreeconsistency": lambda v: tree.verify_subtree(
        v["start"], v["end"], v["size"], v["root1"], v["root2"], v["proof"]
    ),
}


def accepted(kind, vector):
    """Say whether we accept the proof; a refusal has one code, whatever was wrong."""
    try:
        CHECKS[kind](decoded(vector))
    except TamperedError as error:
        assert error.code == "proof-rejected"
        return False
    return True


@pytest.mark.realdata
def test_every_public_vector_is_judged_as_its_authors_say(real_data):
    """A verifier that accepts one bad proof, or refuses one good one, is worth nothing to an outsider."""
    judged, wrong = Counter(), []
    for kind in CHECKS:
        for path in sorted((real_data / "interop" / "rfc6962" / kind).rglob("*.json")):
            vector = json.loads(path.read_text())
            judged[kind] += 1
            if accepted(kind, vector) is vector["wantErr"]:
                wrong.append(f"{kind}: {vector['desc']}")
    assert not wrong
    assert judged == {"inclusion": 98, "consistency": 98, "subtreeinclusion": 204, "subtreeconsistency": 118}


# The tree of RFC 6962's own examples (certificate-transparency test data): eight leaves and the roots of all sizes.
LEAVES = [
    bytes.fromhex(h)
    for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


@pytest.mark.parametrize(("size", "root"), ROOTS.items())
def test_the_known_tree_of_certificate_transparency_has_its_known_roots(size, root):
    """Agreement with the oldest deployed tree, with no data set at hand."""
    hashes = [tree.leaf_hash(leaf) for leaf in LEAVES[:size]]
    assert tree.root_of(hashes).hex() == root
    edge = tree.Edge()
    list(edge.extend(hashes))
    assert edge.root().hex() == root


def test_the_known_audit_path_of_certificate_transparency_is_accepted():
    """One published path, from the same test data."""
    path = [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    proof = [bytes.fromhex(h) for h in path]
    tree.verify_inclusion(5, 8, tree.leaf_hash(LEAVES[5]), bytes.fromhex(ROOTS[8]), proof)
    with pytest.raises(TamperedError):
        tree.verify_inclusion(4, 8, tree.leaf_hash(LEAVES[5]), bytes.fromhex(ROOTS[8]), proof)
