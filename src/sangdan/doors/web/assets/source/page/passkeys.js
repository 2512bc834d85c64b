// Passkeys: a form marked data-passkey asks the browser, and goes out with its answer. What is asked comes from the
// server, at the form's own address with /asked behind it; it is good once, for five minutes.
const ASKED_ANEW_MS = 4 * 60 * 1000;
const credentials = navigator.credentials;
let waiting = null; // the request behind the browser's own suggestions, which gives way to a button

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const known = (list = []) => list.map((each) => ({ ...each, id: bytes(each.id) }));

async function asked(form) {
  const answer = await fetch(`${form.getAttribute("action")}/asked`, { method: "POST" });
  if (!answer.ok) throw new Error(`asking was refused: ${answer.status}`);
  const options = await answer.json();
  options.challenge = bytes(options.challenge);
  options.allowCredentials = known(options.allowCredentials);
  options.excludeCredentials = known(options.excludeCredentials);
  if (options.user) options.user.id = bytes(options.user.id);
  return options;
}

// A credential as the server reads it; browsers that spell it themselves differ in what they leave out.
function spelled({ id, rawId, type, response }) {
  const said = { clientDataJSON: text(response.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[part]) said[part] = text(response[part]);
  }
  return JSON.stringify({ id, rawId: text(rawId), type, response: said });
}

function send(form, credential) {
  form.elements.credential.value = spelled(credential);
  form.submit();
}

async function press(form) {
  const wrong = form.querySelector(".wrong");
  const button = form.querySelector("button");
  wrong.hidden = true;
  button.disabled = true;
  waiting?.abort();
  try {
    const publicKey = await asked(form);
    send(form, await (form.dataset.passkey === "make" ? credentials.create({ publicKey }) : credentials.get({ publicKey })));
  } catch {
    wrong.hidden = false;
    button.disabled = false;
    if (form.dataset.passkey === "enter") suggest(form);
  }
}

// The browser suggests passkeys where the name is entered, for as long as the page is open.
async function suggest(form) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  const mine = (waiting = new AbortController());
  const anew = setTimeout(() => (mine.abort(), suggest(form)), ASKED_ANEW_MS);
  try {
    const publicKey = await asked(form);
    send(form, await credentials.get({ publicKey, mediation: "conditional", signal: mine.signal }));
  } catch {
    // nothing was chosen, or a button took over
  } finally {
    if (mine.signal.aborted) clearTimeout(anew);
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential || location.hostname !== form.dataset.host) continue;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    press(form);
  });
  if (form.dataset.passkey === "enter") suggest(form);
}
