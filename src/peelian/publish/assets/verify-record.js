// Checks, in the reader's own browser, that the acts on the page of the record are under a head that the log's key has
// signed. It comes from the same place as the page, and the page says what that means.
//
// Formats: c2sp.org/signed-note, c2sp.org/tlog-checkpoint; hashing: RFC 6962, section 2.1.

const box = document.querySelector("[data-verify-record]");
const utf8 = new TextEncoder();
const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const hex = (data) => Array.from(data, (b) => b.toString(16).padStart(2, "0")).join("");
const same = (a, b) => hex(a) === hex(b);

function joined(...parts) {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const part of parts) { all.set(part, at); at += part.length; }
  return all;
}

// The browser's own cryptography where it has it; else a small library in JavaScript, pinned and served from here.
async function engine() {
  const own = globalThis.crypto?.subtle;
  if (own) {
    try {
      const pair = await own.generateKey({ name: "Ed25519" }, false, ["sign", "verify"]);
      if (pair) return {
        name: "the browser’s own (WebCrypto)",
        sha256: async (data) => new Uint8Array(await own.digest("SHA-256", data)),
        verify: async (signature, message, key) =>
          own.verify("Ed25519", await own.importKey("raw", key, "Ed25519", false, ["verify"]), signature, message),
      };
    } catch { /* no Ed25519 here */ }
  }
  const [ed, sha2] = await Promise.all([import("./noble-ed25519.js"), import("./noble-sha2.js")]);
  ed.hashes.sha512 = sha2.sha512;
  return {
    name: "a library in JavaScript (noble), since this browser has no Ed25519 of its own here",
    sha256: async (data) => sha2.sha256(data),
    verify: async (signature, message, key) => ed.verify(signature, message, key),
  };
}

// A note is text, an empty line, and signature lines: em dash, key name, base64 of key id and signature.
function openNote(note) {
  const gap = note.lastIndexOf("\n\n");
  return {
    text: note.slice(0, gap + 1),
    signatures: note.slice(gap + 2).trim().split("\n").map((line) => {
      const [, name, encoded] = line.split(" ");
      const data = bytes(encoded);
      return { name, id: data.slice(0, 4), signature: data.slice(4) };
    }),
  };
}

// A key is name, key id and base64 of algorithm (1: Ed25519) and public key, joined by +. A name has none; base64 may.
function readKey(vkey) {
  const [, name, id, encoded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey);
  const data = bytes(encoded);
  return { name, id, algorithm: data[0], key: data.slice(1) };
}

// RFC 9162, section 2.1.3.2: walk the audit path up, left or right by the bits of index and size.
async function rootFrom(index, size, leaf, path, sha256) {
  let [fn, sn] = [BigInt(index), BigInt(size) - 1n];
  let node = await sha256(joined(Uint8Array.of(0), leaf));
  for (const step of path) {
    if (sn === 0n) return null;
    if (fn & 1n || fn === sn) {
      node = await sha256(joined(Uint8Array.of(1), step, node));
      while (!(fn & 1n) && fn !== 0n) { fn >>= 1n; sn >>= 1n; }
    } else node = await sha256(joined(Uint8Array.of(1), node, step));
    fn >>= 1n; sn >>= 1n;
  }
  return sn === 0n ? node : null;
}

async function check() {
  const { record, acts } = await (await fetch(box.dataset.source)).json();
  const run = await engine();
  box.querySelector("[data-engine]").textContent = `Checked with ${run.name}.`;
  const { text, signatures } = openNote(record.checkpoint);
  const key = readKey(record.vkey);
  const ours = signatures.find((s) => s.name === key.name && hex(s.id) === key.id);
  const signed = ours && key.algorithm === 1 && await run.verify(ours.signature, utf8.encode(text), key.key);
  const [, size, root] = text.split("\n");
  let good = 0;
  const checked = acts.filter((a) => record.proofs[a.entry]);
  for (const act of checked) {
    const found = await rootFrom(act.entry, size, utf8.encode(act.leaf), record.proofs[act.entry].map(bytes), run.sha256);
    const fits = found !== null && same(found, bytes(root));
    if (fits) good += 1;
    const place = document.querySelector(`[data-entry="${act.entry}"]`);
    if (place) place.textContent = fits ? "✓ It is under the signed head." : "✗ It is NOT under the signed head.";
  }
  return { signed, good, of: checked.length, size };
}

async function tell() {
  const verdict = box.querySelector("[data-verdict]");
  try {
    const { signed, good, of, size } = await check();
    box.dataset.result = signed && good === of ? "good" : "bad";
    verdict.textContent = box.dataset.result === "good"
      ? `Checked just now: the head of ${size} entries is signed by the key above, and all ${of} acts below are under it.`
      : `This does not fit: ${signed ? "the head is signed" : "the head is NOT signed by the key above"}, and ${good} of ${of} acts are under it. Please tell the oversight panel.`;
  } catch (error) {
    box.dataset.result = "unknown";
    verdict.textContent = `Your browser could not check it (${error.name}). Use the command below.`;
  }
}

if (box) tell();
