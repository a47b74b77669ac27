// Signs a panel's statement with a key file that the member chooses. The key is read here and goes nowhere: what the
// form sends is one signature. Without this script there is the command line, which the page shows beside it.

const form = document.querySelector("form[data-sign]");
const statement = document.querySelector("[data-statement]");
if (form && statement && globalThis.crypto?.subtle) await begin(form, statement.textContent);

async function begin(form, text) {
  const words = form.querySelector("[data-messages]").dataset;
  const problem = form.querySelector("[data-problem]");
  const file = form.querySelector("#key-file");
  const locked = form.querySelector("[data-passphrase]");
  const passphrase = form.querySelector("#key-passphrase");
  form.hidden = false;

  const say = (message, at) => {
    problem.textContent = message;
    problem.hidden = !message;
    file.closest(".govuk-form-group").classList.toggle("govuk-form-group--error", Boolean(message));
    if (message) {
      (at ?? file).focus();
      if (!problem.id) problem.id = "key-problem";
      (at ?? file).setAttribute("aria-describedby", problem.id);
    }
  };

  file.addEventListener("change", async () => {
    say("");
    locked.hidden = !(file.files[0] && isLocked(await file.files[0].text()));
    if (!locked.hidden) passphrase.focus();
  });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!file.files[0]) return say(words.noFile);
    try {
      const key = await readKey(await file.files[0].text(), passphrase.value);
      const message = new TextEncoder().encode(text);
      const signature = await crypto.subtle.sign("Ed25519", key, message);
      if (!(await fits(form.dataset.key, signature, message))) return say(words.notYours);
      form.elements.signature.value = base64(signature);
      passphrase.value = file.value = "";
      form.submit();
    } catch (error) {
      say(words[error.message] ?? words.cannot, error.message === "wrongPassphrase" || error.message === "locked" ? passphrase : file);
    }
  });
}

const isLocked = (pem) => pem.includes("BEGIN ENCRYPTED PRIVATE KEY");

async function readKey(pem, passphrase) {
  const body = pem.match(/-----BEGIN (ENCRYPTED )?PRIVATE KEY-----([\s\S]+?)-----END/);
  if (!body) throw new Error("notAKey");
  let der = Uint8Array.from(atob(body[2].replace(/\s/g, "")), (c) => c.charCodeAt(0));
  if (body[1]) {
    if (!passphrase) throw new Error("locked");
    der = await unlock(der, passphrase);
  }
  try {
    return await crypto.subtle.importKey("pkcs8", der, "Ed25519", false, ["sign"]);
  } catch (error) {
    throw new Error(error.name === "NotSupportedError" ? "cannot" : "notAKey");
  }
}

// PKCS #8 EncryptedPrivateKeyInfo with PBES2: PBKDF2 and AES-CBC (RFC 5958, RFC 8018), as our key files have it.
async function unlock(der, passphrase) {
  const [algorithm, sealed] = children(children(der)[0].body);
  const [kdf, cipher] = children(children(algorithm.body)[1].body);
  const [salt, rounds, ...rest] = children(children(kdf.body)[1].body);
  const prf = rest.find((part) => part.tag === 0x30);
  const hash = prf && HASHES[hex(children(prf.body)[0].body)];
  const size = SIZES[hex(children(cipher.body)[0].body)];
  if (!hash || !size) throw new Error("cannot");
  const given = await crypto.subtle.importKey("raw", new TextEncoder().encode(passphrase), "PBKDF2", false, ["deriveKey"]);
  const derive = { name: "PBKDF2", hash, salt: salt.body, iterations: rounds.body.reduce((n, byte) => n * 256 + byte, 0) };
  const key = await crypto.subtle.deriveKey(derive, given, { name: "AES-CBC", length: size }, false, ["decrypt"]);
  try {
    const iv = children(cipher.body)[1].body;
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-CBC", iv }, key, sealed.body));
  } catch {
    throw new Error("wrongPassphrase");
  }
}

const HASHES = { "2a864886f70d0209": "SHA-256", "2a864886f70d020a": "SHA-384", "2a864886f70d020b": "SHA-512" };
const SIZES = { "60864801650304012a": 256, "608648016503040116": 192, "608648016503040102": 128 };

// The parts of a DER value: tag and body of each.
function children(der) {
  const out = [];
  for (let at = 0; at < der.length; ) {
    const tag = der[at];
    let length = der[at + 1];
    at += 2;
    if (length & 0x80) {
      const bytes = length & 0x7f;
      length = der.subarray(at, at + bytes).reduce((n, byte) => n * 256 + byte, 0);
      at += bytes;
    }
    out.push({ tag, body: der.subarray(at, at + length) });
    at += length;
  }
  return out;
}

async function fits(publicHex, signature, message) {
  const bytes = Uint8Array.from(publicHex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const key = await crypto.subtle.importKey("raw", bytes, "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", key, signature, message);
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
