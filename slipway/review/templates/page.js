"use strict";
(() => {
  const OPS = ["replace", "delete", "create", "update", "same"];
  const SIGNS = ["±", "−", "+", "~", ""];
  const WIDTH = 190, HEIGHT = 34, GAP_X = 70, GAP_Y = 10;
  const SVG = "http://www.w3.org/2000/svg";
  const graphs = JSON.parse(document.getElementById("data").textContent);
  const canvas = document.getElementById("canvas");
  const hint = document.getElementById("hint");
  const search = document.getElementById("search");
  const boxes = [...document.querySelectorAll(".filters input")];
  const sections = [...document.querySelectorAll("section.env")];
  const cards = [...document.querySelectorAll(".card")];
  const plainHint = hint.textContent;
  let chosen = 0, drawn = null, view = { x: 0, y: 0, k: 1 };

  // What a resource stands behind: what it depends on, and the component it is part of.
  const sources = (node) => (node[4] >= 0 ? [...new Set([...node[5], node[4]])] : node[5]);

  function columnsOf(nodes, shown) {
    const depth = new Map(), busy = new Set();
    const deep = (at) => {
      if (depth.has(at)) return depth.get(at);
      if (busy.has(at)) return 0;
      busy.add(at);
      let found = 0;
      for (const other of sources(nodes[at])) if (shown.has(other)) found = Math.max(found, deep(other) + 1);
      busy.delete(at);
      depth.set(at, found);
      return found;
    };
    const columns = [];
    for (const at of shown) (columns[deep(at)] ||= []).push(at);
    return columns;
  }

  // Each column in the order of the middle of its neighbours, a few times to and fro.
  function ordered(nodes, columns, shown) {
    const place = new Map(), users = new Map();
    for (const at of shown) for (const other of sources(nodes[at])) if (shown.has(other)) {
      if (!users.has(other)) users.set(other, []);
      users.get(other).push(at);
    }
    for (const column of columns) {
      column.sort((a, b) => nodes[a][2] - nodes[b][2] || a - b);
      column.forEach((at, row) => place.set(at, row - column.length / 2));
    }
    for (let round = 0; round < 8; round++) {
      const forth = round % 2 === 0;
      for (const column of forth ? columns : [...columns].reverse()) {
        const middle = new Map();
        for (const at of column) {
          const near = (forth ? sources(nodes[at]).filter((other) => shown.has(other)) : users.get(at) || []).map((other) => place.get(other));
          middle.set(at, near.length ? near.reduce((sum, row) => sum + row, 0) / near.length : place.get(at));
        }
        column.sort((a, b) => middle.get(a) - middle.get(b) || a - b);
        column.forEach((at, row) => place.set(at, row - column.length / 2));
      }
    }
    return place;
  }

  const element = (name, attributes, parent, text) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  };
  const short = (text, length) => (text.length > length ? text.slice(0, length - 1) + "…" : text);

  function wanted(node) {
    const ops = new Set(boxes.filter((box) => box.checked).map((box) => +box.value));
    const text = search.value.trim().toLowerCase();
    return ops.has(node[2]) && (!text || node[0].toLowerCase().includes(text) || node[1].toLowerCase().includes(text));
  }

  function draw() {
    const { nodes } = graphs[chosen];
    const shown = new Set(nodes.map((_, at) => at).filter((at) => wanted(nodes[at])));
    const columns = columnsOf(nodes, shown).map((column) => column || []);
    const place = ordered(nodes, columns, shown);
    canvas.replaceChildren();
    const group = element("g", {}, canvas);
    const spots = new Map();
    // A tall column is folded into several, so that a wide screen is used.
    const rows = Math.max(14, Math.ceil(Math.sqrt(shown.size * 2.2)));
    let x = 0;
    for (const column of columns) {
      const folds = Math.max(1, Math.ceil(column.length / rows)), each = Math.ceil(column.length / folds);
      column.forEach((at, row) => {
        const fold = Math.floor(row / each), inside = Math.min(each, column.length - fold * each);
        spots.set(at, [x + fold * (WIDTH + 14), ((row % each) - inside / 2) * (HEIGHT + GAP_Y)]);
      });
      if (column.length) x += folds * (WIDTH + 14) + GAP_X;
    }
    const edges = [];
    for (const at of shown) for (const other of sources(nodes[at])) if (shown.has(other)) {
      const [ax, ay] = spots.get(other), [bx, by] = spots.get(at);
      const from = ax + WIDTH, bend = Math.max(30, (bx - from) / 2);
      const path = `M${from} ${ay + HEIGHT / 2}C${from + bend} ${ay + HEIGHT / 2} ${bx - bend} ${by + HEIGHT / 2} ${bx} ${by + HEIGHT / 2}`;
      edges.push([other, at, element("path", { d: path, class: "edge" }, group)]);
    }
    const marks = new Map();
    for (const at of shown) {
      const [name, type, op, component] = nodes[at], [left, top] = spots.get(at);
      const mark = element("g", { class: `node ${OPS[op]}`, transform: `translate(${left} ${top})`, tabindex: "0", "data-place": at }, group);
      element("rect", { width: WIDTH, height: HEIGHT, rx: component ? 14 : 6, "stroke-dasharray": component ? "4 3" : "none" }, mark);
      if (SIGNS[op]) element("text", { x: 8, y: 22, class: "mark-sign" }, mark, SIGNS[op]);
      element("text", { x: SIGNS[op] ? 23 : 9, y: 15 }, mark, short(name, SIGNS[op] ? 25 : 27));
      element("text", { x: SIGNS[op] ? 23 : 9, y: 27, class: "kind" }, mark, short(type, 34));
      element("title", {}, mark, `${name}\n${type}\n${OPS[op]}`);
      marks.set(at, mark);
    }
    drawn = { group, edges, marks, spots };
    if (!shown.size) element("text", { x: 20, y: 40, fill: "currentColor" }, group, "nothing to show: widen the filters");
    fit();
    hint.textContent = plainHint;
    for (const item of document.querySelectorAll(`#env-${chosen} .item`)) item.hidden = !wanted(nodes[+item.dataset.place]);
  }

  function move() {
    drawn.group.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.k})`);
  }

  function fit() {
    const box = canvas.getBoundingClientRect();
    let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
    for (const [x, y] of drawn.spots.values()) {
      left = Math.min(left, x); top = Math.min(top, y); right = Math.max(right, x + WIDTH); bottom = Math.max(bottom, y + HEIGHT);
    }
    if (left === Infinity) { view = { x: 0, y: 0, k: 1 }; return move(); }
    const k = Math.min(1.15, (box.width - 40) / (right - left), (box.height - 50) / (bottom - top));
    view = { k, x: (box.width - (right + left) * k) / 2, y: (box.height - (bottom + top) * k) / 2 - 5 };
    move();
  }

  function zoom(by, x, y) {
    const k = Math.min(4, Math.max(0.04, view.k * by));
    view.x = x - ((x - view.x) * k) / view.k;
    view.y = y - ((y - view.y) * k) / view.k;
    view.k = k;
    move();
  }

  function light(at) {
    const lit = new Set();
    if (at !== null) {
      lit.add(at);
      const follow = (from, to) => {
        const waiting = [at], seen = new Set(waiting);
        while (waiting.length) {
          const here = waiting.pop();
          for (const edge of drawn.edges) if (edge[from] === here && !seen.has(edge[to])) { seen.add(edge[to]); lit.add(edge[to]); waiting.push(edge[to]); }
        }
      };
      follow(0, 1);
      follow(1, 0);
    }
    for (const [place, mark] of drawn.marks) {
      mark.classList.toggle("faded", at !== null && !lit.has(place));
      mark.classList.toggle("lit", place === at);
    }
    for (const [from, to, path] of drawn.edges) {
      path.classList.toggle("lit", at !== null && lit.has(from) && lit.has(to));
      path.classList.toggle("faded", at !== null && !(lit.has(from) && lit.has(to)));
    }
    const node = at === null ? null : graphs[chosen].nodes[at];
    hint.textContent = node ? `${node[0]} · ${node[1]} · ${OPS[node[2]]}` : plainHint;
    for (const item of document.querySelectorAll(".item.aimed")) item.classList.remove("aimed");
    const item = at === null ? null : document.querySelector(`#env-${chosen} .item[data-place="${at}"]`);
    if (item) { item.classList.add("aimed"); item.open = true; }
  }

  function choose(place) {
    chosen = place;
    sections.forEach((section, at) => { section.hidden = at !== place; });
    cards.forEach((card, at) => card.classList.toggle("chosen", at === place));
    document.getElementById("graph").hidden = !graphs[place].nodes.length;
    if (graphs[place].nodes.length) draw();
  }

  let held = null, moved = false;
  canvas.addEventListener("pointerdown", (event) => { held = [event.clientX - view.x, event.clientY - view.y, event.clientX, event.clientY]; moved = false; canvas.classList.add("moving"); });
  window.addEventListener("pointermove", (event) => {
    if (!held) return;
    moved ||= Math.hypot(event.clientX - held[2], event.clientY - held[3]) > 4;
    if (moved) { view.x = event.clientX - held[0]; view.y = event.clientY - held[1]; move(); }
  });
  window.addEventListener("pointerup", () => { held = null; canvas.classList.remove("moving"); });
  canvas.addEventListener("click", (event) => {
    if (moved) return;
    const mark = event.target.closest(".node");
    light(mark ? +mark.dataset.place : null);
  });
  canvas.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target.dataset.place) light(+event.target.dataset.place); });
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const box = canvas.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY * 0.0016), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });
  const centre = (by) => { const box = canvas.getBoundingClientRect(); zoom(by, box.width / 2, box.height / 2); };
  document.getElementById("closer").addEventListener("click", () => centre(1.3));
  document.getElementById("farther").addEventListener("click", () => centre(1 / 1.3));
  document.getElementById("whole").addEventListener("click", fit);
  boxes.forEach((box) => box.addEventListener("change", draw));
  search.addEventListener("input", draw);
  window.addEventListener("resize", () => drawn && fit());
  cards.forEach((card, at) => card.addEventListener("click", (event) => { event.preventDefault(); history.replaceState(null, "", `#env-${at}`); choose(at); }));
  const asked = /^#env-(\d+)$/.exec(location.hash);
  const weight = (graph) => graph.nodes.reduce((sum, node) => sum + [1000, 1000, 10, 10, 0][node[2]], 0);
  const heaviest = graphs.reduce((best, graph, at) => (weight(graph) > weight(graphs[best]) ? at : best), 0);
  if (graphs.length) choose(asked && +asked[1] < graphs.length ? +asked[1] : heaviest);
})();
