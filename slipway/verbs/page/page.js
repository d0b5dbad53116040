"use strict";
/* The page of a sandbox. Every text of an app is put in as text, never as markup. The session's token lies in
   sessionStorage: it is of this address and port alone, and gone with the tab. */

const KEY = "slipway-session";
const LINES = 2000;
const by = (id) => document.getElementById(id);
const names = new Map(); /* host of an app -> its name */
let logReader = null;

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (name === "click") element.addEventListener("click", value);
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

async function call(path, options = {}) {
  const token = sessionStorage.getItem(KEY) || "";
  const answer = await fetch(path, { ...options, headers: { Authorization: `Bearer ${token}` }, cache: "no-store" });
  if (answer.status === 401) { sessionStorage.removeItem(KEY); showDoor(""); }
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error || `the sandbox answers ${answer.status}`);
  return answer;
}

/* Server-sent events by fetch: EventSource cannot send a header. */
async function events(path, handlers, signal) {
  const answer = await call(path, { signal });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    text += value;
    const blocks = text.split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const kind = /^event: (.*)$/m.exec(block);
      const data = /^data: (.*)$/m.exec(block);
      if (kind && data && handlers[kind[1]]) handlers[kind[1]](JSON.parse(data[1]));
    }
  }
}

async function follow(path, handlers) {
  for (;;) {
    try { await events(path, handlers); } catch (problem) {
      if (!sessionStorage.getItem(KEY)) return;
      by("summary").textContent = `The sandbox does not answer: ${problem.message}`;
    }
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

function showDoor(problem) {
  for (const id of ["ask", "requests-part", "less-part", "services-part"]) by(id).hidden = true;
  by("stacks").replaceChildren();
  by("summary").textContent = "Nothing is shown without a session.";
  by("door").hidden = false;
  by("door-problem").textContent = problem;
}

async function enter(line) {
  const link = line.trim().split("#").pop();
  const answer = await fetch("/session", { method: "POST", body: JSON.stringify({ link }) });
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) return showDoor(content.error || "the sandbox does not answer");
  sessionStorage.setItem(KEY, content.token);
  start();
}

function start() {
  by("door").hidden = true;
  for (const id of ["ask", "requests-part", "less-part", "services-part"]) by(id).hidden = false;
  follow("/state", { state: show });
  follow("/requests", { requests: showRequests });
}

function show(state) {
  const apps = state.stacks.flatMap((stack) => stack.apps);
  const failing = apps.filter((app) => !well(app));
  by("summary").textContent = apps.length
    ? `${apps.length} ${apps.length === 1 ? "app" : "apps"}, ` +
      (failing.length ? `${failing.map((app) => app.name).join(", ")} not as it should be` : "all as they should be")
    : "No app is live: slipway up brings them up.";
  for (const app of apps) if (app.address) names.set(new URL(app.address).host, app.name);
  by("stacks").replaceChildren(...state.stacks.map(showStack));
  for (const cell of document.querySelectorAll("td[data-host]")) cell.textContent = nameOf(cell.dataset.host);
  by("less-summary").textContent = `${state.less.length} places where the sandbox does less`;
  by("less").replaceChildren(...state.less.flatMap((one) => [make("dt", {}, one.subject), make("dd", {}, one.text)]));
  by("services").replaceChildren(...state.services.map((one) => make("li", { class: "row" },
    make("span", { class: one.well ? "good" : "bad-word" }, one.well ? "answers" : "does not answer"),
    make("code", {}, one.name), make("span", { class: "quiet" }, one.place))));
}

const well = (app) => app.well && app.answers.every((answer) => answer.ok);

function showStack(stack) {
  const total = stack.costs.reduce((sum, one) => sum + Number(one.monthly), 0);
  const title = `stack-${stack.name}`;
  const costs = stack.costs.map((one) => make("li", {}, make("span", {}, one.of), make("span", {}, `${one.monthly} USD`)));
  return make("section", { "aria-labelledby": title },
    make("h2", { id: title }, `Stack ${stack.name}`),
    stack.problem ? make("p", { class: "bad-word" }, stack.problem) : null,
    make("div", { class: "apps" }, ...stack.apps.map((app) => showApp(stack.name, app))),
    stack.resources ? make("details", {},
      make("summary", {}, `In the cloud: ${total.toFixed(2)} USD a month at rest, by list prices; use comes on top`),
      make("ul", {}, ...costs),
      stack.unpriced.length ? make("p", { class: "quiet" }, `Not priced: ${stack.unpriced.join(", ")}`) : null) : null);
}

function showApp(stack, app) {
  const rows = app.answers.map((answer) => make("li", {},
    make("code", {}, answer.path),
    make("span", { class: answer.ok ? "good" : "bad-word" }, answer.status ? String(answer.status) : "no answer"),
    make("span", {}, answer.text), make("span", { class: "quiet" }, `${answer.ms} ms`)));
  const versions = app.versions.map((version) => make("li", {},
    make("code", {}, version.id),
    make("span", { class: version.share ? "good" : "quiet" }, version.share ? `serves ${Math.round(version.share * 100)} %` : "kept"),
    make("span", { class: "quiet" }, version.made || "")));
  const schedules = app.schedules.map((one) => make("button", { type: "button", click: () => trigger(stack, app.name, one) },
    `Trigger ${one.name}`));
  const facts = app.facts.map((one) => make("div", { class: "row" }, make("dt", {}, one.subject), make("dd", {}, one.text)));
  return make("article", { class: well(app) ? "app" : "app bad" },
    make("h3", {}, app.name),
    make("p", { class: "platform" }, app.platform, app.well ? "" : make("span", { class: "bad-word" }, " has failed")),
    app.address ? make("a", { href: app.address, rel: "noreferrer noopener", target: "_blank" }, app.address)
      : make("span", { class: "quiet" }, "has no address"),
    rows.length ? make("ul", { "aria-label": `Answers of ${app.name}` }, ...rows) : null,
    facts.length ? make("dl", {}, ...facts) : null,
    make("details", {}, make("summary", {}, versions.length ? `Versions (${versions.length})` : "Versions"),
      versions.length ? make("ul", {}, ...versions) : make("p", { class: "quiet" }, app.no_versions || "none is kept")),
    make("div", { class: "buttons" },
      make("button", { type: "button", "aria-label": `Log of ${app.name}`, click: () => openLog(stack, app.name) }, "Log"),
      ...schedules));
}

const nameOf = (host) => names.get(host) || host;

function showRequests(fresh) {
  const rows = fresh.map((one) => make("tr", {},
    make("td", {}, one.at.slice(11, 19)), make("td", { "data-host": one.host }, nameOf(one.host)), make("td", {}, `${one.method} ${one.path}`),
    make("td", {}, make("span", { class: one.status < 400 ? "good" : "bad-word" }, String(one.status))),
    make("td", {}, `${one.ms} ms`)));
  const body = by("requests");
  body.prepend(...rows.reverse());
  while (body.children.length > 200) body.lastChild.remove();
  by("no-requests").hidden = body.children.length > 0;
}

function openLog(stack, app) {
  const lines = by("log-lines");
  by("log-title").textContent = `Log of ${app}`;
  lines.replaceChildren();
  logReader = new AbortController();
  by("log").showModal();
  const add = (line) => {
    const atEnd = lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 8;
    lines.append(`${line}\n`);
    while (lines.childNodes.length > LINES) lines.firstChild.remove();
    if (atEnd) lines.scrollTop = lines.scrollHeight;
  };
  const query = new URLSearchParams({ stack, app });
  events(`/log?${query}`, { line: add, end: () => add("(the log has ended)") }, logReader.signal)
    .catch((problem) => { if (problem.name !== "AbortError") add(problem.message); });
}

async function trigger(stack, app, schedule) {
  by("confirm-title").textContent = `Trigger ${schedule.name} of ${app} now?`;
  by("confirm-text").textContent = `It is due ${schedule.when} and does this: ${schedule.does}.`;
  const dialog = by("confirm");
  dialog.returnValue = "no";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  if (dialog.returnValue !== "yes") return;
  by("summary").textContent = `${schedule.name} of ${app} runs …`;
  try {
    const body = JSON.stringify({ stack, app, schedule: schedule.name });
    const done = await (await call("/trigger", { method: "POST", body })).json();
    by("summary").textContent = `${schedule.name} of ${app} ${done.status === 0 ? "is done" : "has failed"}: ${done.printed}`;
  } catch (problem) {
    by("summary").textContent = problem.message;
  }
}

by("log").addEventListener("close", () => { if (logReader) logReader.abort(); });
by("door-form").addEventListener("submit", (submitted) => { submitted.preventDefault(); enter(by("link").value); by("link").value = ""; });
by("ask").addEventListener("click", () => call("/ask", { method: "POST" }).catch(() => {}));

const link = location.hash.slice(1);
if (link) {
  history.replaceState(null, "", "/");
  enter(link);
} else if (sessionStorage.getItem(KEY)) start();
else showDoor("");
