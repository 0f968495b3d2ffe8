// What the browser itself does: keys, copying, and what to say when the connection or the session ends.
// Listens on the document and finds things by data attributes, so that a render never has to attach anything.

const shortcutsKey = "audit-console.shortcuts";
const typing = "input, textarea, select, [contenteditable]";
const shortcutsOn = () => { try { return localStorage.getItem(shortcutsKey) !== "off"; } catch { return true; } };

// Forms that can be sent once: a second click would be refused.
document.addEventListener("submit", event => {
  if (event.target.matches("[data-once]")) { setTimeout(() => event.target.querySelectorAll("button").forEach(button => { button.disabled = true; })); }
});
window.addEventListener("pageshow", event => {
  if (event.persisted) { document.querySelectorAll("[data-once] button").forEach(button => { button.disabled = false; }); }
});

// Entries ------------------------------------------------------------------------------------------------------------

const rows = () => [...document.querySelectorAll("[data-entry]")];

function rowAt(element) {
  const row = element?.closest("[data-entry], [data-entry-details]");
  return row?.hasAttribute("data-entry-details") ? row.previousElementSibling : row;
}

function focusRow(row) {
  if (!row) { return; }
  document.querySelectorAll("[data-entry][tabindex='0']").forEach(other => other.setAttribute("tabindex", "-1"));
  row.setAttribute("tabindex", "0");
  row.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

function move(step) {
  const all = rows();
  const at = all.indexOf(rowAt(document.activeElement));
  focusRow(at < 0 ? all.find(row => row.getBoundingClientRect().bottom > 60) ?? all[0] : all[at + step]);
}

const toggleOf = row => row?.querySelector("[data-toggle]");

// The server gives rows as they are, closed or open; that its details stand below a row is how it is known to be open.
window.Blazor?.registerCustomEventType("entrytoggle", { createEventArgs: event => ({ sequence: event.detail }) });

document.addEventListener("click", event => {
  const row = event.target instanceof Element && event.target.closest("[data-toggle]")?.closest("[data-entry]");
  if (row) { row.dispatchEvent(new CustomEvent("entrytoggle", { bubbles: true, detail: Number(row.dataset.entry) })); }
});

const isDetails = node => node instanceof Element && node.matches("[data-entry-details]");

function detailsOf(row) {
  const next = row.nextElementSibling;
  return next && isDetails(next) ? next : null;
}

function showState(row) {
  const details = detailsOf(row), toggle = toggleOf(row);
  row.classList.toggle("open", details !== null);
  toggle.setAttribute("aria-expanded", String(details !== null));
  toggle.textContent = details ? "Hide" : "Show";
  if (details) { toggle.setAttribute("aria-controls", details.id); } else { toggle.removeAttribute("aria-controls"); }
}

new MutationObserver(changes => {
  if (changes.some(change => [...change.addedNodes, ...change.removedNodes].some(isDetails))) {
    rows().filter(row => row.classList.contains("open") !== (detailsOf(row) !== null)).forEach(showState);
  }
}).observe(document.body, { subtree: true, childList: true });

// Keys ---------------------------------------------------------------------------------------------------------------

document.addEventListener("keydown", event => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) { return; }
  const target = event.target instanceof Element ? event.target : document.body;
  if (document.querySelector("dialog[open], .rz-dialog-wrapper")) { return; }
  if (event.key === "Escape") { escape(target); return; }
  if (target.closest(typing)) { return; }
  const done = onKey(event.key, target);
  if (done) { event.preventDefault(); }
});

function onKey(key, target) {
  switch (key) {
    case "ArrowDown":
    case "ArrowUp":
      // Elsewhere, as in the navigation or in details that scroll, arrows keep their own meaning.
      if (rows().length === 0 || !(target.closest("[data-entry]") || target.matches("body, main, h1"))) { return false; }
      move(key === "ArrowDown" ? 1 : -1);
      return true;
    case "Enter": {
      const toggle = target.matches("[data-entry]") ? toggleOf(target) : null;
      toggle?.click();
      return toggle !== null;
    }
  }
  if (!shortcutsOn()) { return false; }
  switch (key) {
    case "j": move(1); return rows().length > 0;
    case "k": move(-1); return rows().length > 0;
    case "/": {
      const first = document.querySelector("[data-filters] input, [data-filters] select");
      first?.focus();
      return first !== null;
    }
    case "?": openHelp(); return true;
  }
  return false;
}

function escape(target) {
  if (target.matches("time[title]")) { target.blur(); return; }
  if (target.closest("[data-filters]")) { target.blur(); return; }
  const row = rowAt(target);
  const toggle = toggleOf(row);
  if (toggle?.getAttribute("aria-expanded") === "true") {
    focusRow(row);
    toggle.click();
  }
}

// Help ---------------------------------------------------------------------------------------------------------------

function openHelp() {
  const dialog = document.getElementById("keyboard-help");
  if (!dialog) { return; }
  dialog.querySelector("[data-shortcuts]").checked = shortcutsOn();
  dialog.showModal();
}

document.addEventListener("change", event => {
  if (event.target.matches?.("[data-shortcuts]")) {
    try { localStorage.setItem(shortcutsKey, event.target.checked ? "on" : "off"); } catch { /* kept for this page only */ }
  }
});

// Clicks -------------------------------------------------------------------------------------------------------------

document.addEventListener("click", event => {
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("[data-help]")) { openHelp(); }
  if (target?.closest("[data-close]")) { target.closest("dialog")?.close(); }
  if (target?.matches("dialog")) { target.close(); }
  const copy = target?.closest("[data-copy-link], [data-copy-from], [data-copy-url]");
  if (copy) { copyFrom(copy); }
});

async function copyFrom(button) {
  const link = button.getAttribute("data-copy-link");
  const url = button.getAttribute("data-copy-url");
  if (url !== null) {
    const answer = await fetch(url).catch(() => null);
    const proof = await answer?.text().catch(() => null);
    if (!answer?.ok || !proof) {
      say("The proof could not be made. Try again in a minute.");
      return;
    }
    say(await write(proof) ? "Proof copied." : "The browser did not allow copying.");
    return;
  }
  const text = link !== null
    ? new URL(link, document.baseURI).href
    : document.getElementById(button.getAttribute("data-copy-from"))?.textContent ?? "";
  const done = await write(text);
  say(done ? (link !== null ? "Link copied." : "Copied.") : "The browser did not allow copying. Select the text and copy it yourself.");
}

async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = Object.assign(document.createElement("textarea"), { value: text, className: "visually-hidden" });
    const before = document.activeElement;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    before?.focus();
    return done;
  }
}

let quiet;
function say(text) {
  const toast = document.getElementById("toast");
  if (!toast) { return; }
  toast.textContent = text;
  toast.classList.add("shown");
  clearTimeout(quiet);
  quiet = setTimeout(() => toast.classList.remove("shown"), 4000);
}

// The base address makes #content a link to another page; caught before the router sees it.
document.addEventListener("click", event => {
  const link = event.target instanceof Element ? event.target.closest("[data-focus]") : null;
  if (link) {
    event.preventDefault();
    event.stopPropagation();
    document.getElementById(link.getAttribute("data-focus"))?.focus();
  }
}, { capture: true });

// Connection ---------------------------------------------------------------------------------------------------------

const connection = document.getElementById("components-reconnect-modal");
if (connection) {
  const part = name => connection.querySelector(`[data-connection-${name}]`);
  const show = (title, text, { retry = false, reload = false, signIn = false }) => {
    part("title").textContent = title;
    part("text").textContent = text;
    part("retry").hidden = !retry;
    part("reload").hidden = !reload;
    part("sign-in").hidden = !signIn;
    connection.querySelector(".button:not([hidden]), button:not([hidden])")?.focus();
  };

  // A session that ended answers the page's own address with the way to sign in.
  const sessionEnded = async () => {
    try {
      const answer = await fetch(location.href, { redirect: "manual", cache: "no-store" });
      return answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403;
    } catch {
      return false;
    }
  };

  const update = async () => {
    const is = state => connection.classList.contains(`components-reconnect-${state}`);
    if (is("hide") || !(is("show") || is("failed") || is("rejected") || is("retrying"))) { return; }
    if (is("failed")) {
      show("Connection lost", "The server can't be reached. Check your network, then try again.", { retry: true, reload: true });
    } else if (is("rejected")) {
      show("This page is out of date", "The server was restarted or let go of this page. Reload to go on where you are.", { reload: true });
    } else {
      show("Connection lost", "Trying to reach the server again. What you see is kept.", {});
    }
    if (await sessionEnded()) {
      part("sign-in").href = `/sign-in?returnUrl=${encodeURIComponent(location.pathname + location.search)}`;
      show("Your session has ended", "You were signed out, or your access was changed. Sign in again to go on where you are.", { signIn: true });
    }
  };

  new MutationObserver(update).observe(connection, { attributes: true, attributeFilter: ["class"] });
  part("reload").addEventListener("click", () => location.reload());
  part("retry").addEventListener("click", async () => {
    show("Connection lost", "Trying to reach the server again. What you see is kept.", {});
    if (!await window.Blazor.reconnect().catch(() => false)) { location.reload(); }
  });
}
