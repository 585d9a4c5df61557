// Improves pages that work without it: the search box becomes a combobox (the ARIA practices'
// "editable combobox with list autocomplete"), filters apply at once, parts are refreshed.

/** The longest time that a key waits for the answer to the one before it. */
const WAIT_MS = 60;
/** The pause in typing after which the number of results is announced. */
const ANNOUNCE_MS = 500;
const REFRESH_MS = 2000;
/** The answers that are kept, for letters that are deleted again. */
const KEPT_ANSWERS = 64;

document.documentElement.classList.add("scripted");

function combobox(form) {
  const input = form.elements.q;
  const list = document.createElement("ul");
  Object.assign(list, { id: "options", className: "options", hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Films and people");
  const status = document.createElement("p");
  status.className = "hidden";
  status.setAttribute("role", "status");
  form.append(list, status);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list",
    "aria-haspopup": "listbox",
  })) input.setAttribute(name, value);

  const answers = new Map();
  let shown = input.value.trim();
  let request, waiting, announcing, latest = 0, active = -1;

  const isOpen = () => !list.hidden;
  const move = (index) => {
    list.children[active]?.setAttribute("aria-selected", "false");
    active = index;
    const option = list.children[active];
    if (option) {
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", option.id);
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  };
  const close = () => {
    move(-1);
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
  };
  const open = () => {
    if (list.children.length && document.activeElement === input) {
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
    } else close();
  };
  const announce = () => {
    clearTimeout(announcing);
    announcing = setTimeout(() => {
      const results = list.children.length;
      status.textContent = !input.value.trim() ? "" : results === 1 ? "1 result" : `${results || "no"} results`;
    }, ANNOUNCE_MS);
  };
  const show = (query, html) => {
    move(-1);
    list.innerHTML = html;
    list.dataset.query = query;
    list.scrollTop = 0;
    shown = query;
    open();
    announce();
  };
  const forget = () => {
    latest++;
    clearTimeout(waiting);
    waiting = undefined;
    request?.abort();
    request = undefined;
  };
  const send = async (query) => {
    forget();
    const turn = latest;
    const mine = request = new AbortController();
    try {
      const answer = await fetch(`/options?q=${encodeURIComponent(query)}`, { signal: mine.signal });
      if (answer.status === 401) return location.assign("/login");
      const html = answer.ok ? await answer.text() : "";
      if (answer.ok) {
        if (answers.size >= KEPT_ANSWERS) answers.delete(answers.keys().next().value);
        answers.set(query, html);
      }
      if (turn === latest) show(query, html);
    } catch (error) {
      if (error.name !== "AbortError" && turn === latest) status.textContent = "The search cannot be reached";
    } finally {
      if (request === mine) request = undefined;
    }
  };
  const ask = () => {
    const query = input.value.trim();
    const known = answers.get(query);
    if (!query || known !== undefined) {
      forget();
      return show(query, known ?? "");
    }
    if (query === shown && !request && !waiting) return open();
    if (!request) return send(query);
    clearTimeout(waiting);
    waiting = setTimeout(() => send(input.value.trim()), WAIT_MS);
  };
  const follow = (option, apart) => apart ? window.open(option.dataset.href, "_blank", "noopener") : location.assign(option.dataset.href);

  input.addEventListener("input", (event) => { if (!event.isComposing) ask(); });
  input.addEventListener("compositionend", ask);
  input.addEventListener("blur", close);
  input.addEventListener("click", () => { if (input.value.trim() === shown) open(); });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || event.altKey && !event.key.startsWith("Arrow")) return;
    const last = list.children.length - 1;
    const steps = {
      ArrowDown: () => isOpen() ? move(event.altKey ? active : active >= last ? 0 : active + 1) : (ask(), open(), isOpen() && !event.altKey && move(0)),
      ArrowUp: () => isOpen() ? event.altKey ? close() : move(active <= 0 ? last : active - 1) : (ask(), open(), isOpen() && move(last)),
      Home: () => active >= 0 && move(0),
      End: () => active >= 0 && move(last),
      Enter: () => active >= 0 && isOpen() && (follow(list.children[active], event.ctrlKey || event.metaKey), close()),
      Escape: () => { forget(); if (isOpen()) close(); else { input.value = ""; show("", ""); } },
    };
    const moved = Object.hasOwn(steps, event.key) && !event.shiftKey ? steps[event.key]() : false;
    if (moved !== false) event.preventDefault();
  });
  // The focus stays in the input.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) follow(option, event.ctrlKey || event.metaKey);
  });
  addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, select, textarea, [contenteditable]");
    if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      input.focus();
      input.select();
    }
  });
}

/** Replaces the content of an element by its address's, again and again. */
function refresh(element) {
  const again = async () => {
    if (!document.hidden) {
      try {
        const answer = await fetch(element.dataset.refresh);
        if (answer.ok) element.innerHTML = await answer.text();
      } catch { /* The next round tries again. */ }
    }
    // An import that has ended changes the form of its page too.
    if (element.id === "import" && !element.querySelector("[data-running]")) return location.replace(location.pathname);
    setTimeout(again, REFRESH_MS);
  };
  setTimeout(again, REFRESH_MS);
}

/** Sends a file with its progress. */
function upload(form) {
  const progress = form.querySelector("progress");
  const button = form.querySelector("button");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const request = new XMLHttpRequest();
    request.upload.onprogress = ({ loaded, total }) => { progress.max = total || 1; progress.value = loaded; };
    request.onloadend = () => {
      // The answer is the page that says how it went.
      if (request.status && request.responseURL && request.status < 400) return location.replace(request.responseURL);
      progress.hidden = true;
      button.disabled = false;
      const fault = document.createElement("p");
      fault.className = "fault";
      fault.setAttribute("role", "alert");
      const page = new DOMParser().parseFromString(request.responseText || "", "text/html");
      fault.textContent = page.querySelector("main .fault, main .lead")?.textContent ?? "The upload was cut off.";
      form.querySelector(".fault")?.remove();
      form.append(fault);
    };
    request.open("POST", form.action);
    request.send(new FormData(form));
    progress.hidden = false;
    button.disabled = true;
  });
}

for (const form of document.querySelectorAll("form[data-search]")) combobox(form);
for (const form of document.querySelectorAll("form[data-auto]")) form.addEventListener("change", () => form.requestSubmit());
for (const form of document.querySelectorAll("form[data-upload]")) upload(form);
for (const element of document.querySelectorAll("[data-refresh]")) refresh(element);
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});
for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = "Copied";
  });
}
// A picture that cannot be loaded leaves no broken frame.
for (const picture of document.querySelectorAll("img.picture")) {
  const hide = () => { picture.hidden = true; };
  if (picture.complete && !picture.naturalWidth) hide();
  picture.addEventListener("error", hide);
}
// Regions in the words of the browser's language.
const regions = new Intl.DisplayNames(navigator.languages, { type: "region", fallback: "none" });
for (const region of document.querySelectorAll("[data-region]")) {
  try { region.title = regions.of(region.dataset.region) ?? ""; } catch { /* Not a code of ISO 3166. */ }
}
