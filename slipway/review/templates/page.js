"use strict";
(() => {
  const OPS = ["replace", "delete", "create", "update", "same"];
  const SIGNS = ["±", "−", "+", "~", ""];
  const WIDTH = 168, HEIGHT = 34, GAP_X = 28, GAP_Y = 8, PAD = 12, TITLE = 30, BAND = 3, SPACE = 22;
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

  // A component is a frame around its parts; what stands in none is in a frame without a name.
  const frameOf = (nodes, at) => (nodes[at][3] ? at : nodes[at][4]);

  // Longest ways first: what depends on nothing is in column 0.
  function columnsOf(members, sources) {
    const depth = new Map(), busy = new Set(), there = new Set(members);
    const deep = (at) => {
      if (depth.has(at)) return depth.get(at);
      if (busy.has(at)) return 0;
      busy.add(at);
      let found = 0;
      for (const other of sources(at)) if (there.has(other)) found = Math.max(found, deep(other) + 1);
      busy.delete(at);
      depth.set(at, found);
      return found;
    };
    const columns = [];
    for (const at of members) (columns[deep(at)] ||= []).push(at);
    return columns;
  }

  // Each column in the order of the middle of its neighbours, a few times to and fro.
  function order(columns, sources) {
    const place = new Map(), users = new Map();
    for (const column of columns) column.forEach((at, row) => place.set(at, row - column.length / 2));
    for (const at of place.keys()) for (const other of sources(at)) if (place.has(other)) {
      if (!users.has(other)) users.set(other, []);
      users.get(other).push(at);
    }
    for (let round = 0; round < 6; round++) {
      const forth = round % 2 === 0;
      for (const column of forth ? columns : [...columns].reverse()) {
        const middle = new Map();
        for (const at of column) {
          const near = (forth ? sources(at).filter((other) => place.has(other)) : users.get(at) || []).map((other) => place.get(other));
          middle.set(at, near.length ? near.reduce((sum, row) => sum + row, 0) / near.length : place.get(at));
        }
        column.sort((a, b) => middle.get(a) - middle.get(b) || a - b);
        column.forEach((at, row) => place.set(at, row - column.length / 2));
      }
    }
  }

  // The parts of one frame: columns of boxes, three side by side; where there is room a tall one is folded.
  function inside(members, sources) {
    const columns = columnsOf(members, sources), spots = new Map();
    order(columns, sources);
    let y = TITLE, width = WIDTH;
    for (let first = 0; first < columns.length; first += BAND) {
      const band = columns.slice(first, first + BAND), folds = band.map(() => 1);
      for (let spare = BAND - band.length; spare > 0; spare--) {
        const tallest = band.reduce((best, column, at) => (column.length / folds[at] > band[best].length / folds[best] ? at : best), 0);
        if (band[tallest].length / folds[tallest] > 2) folds[tallest]++;
      }
      let x = PAD, rows = 0;
      band.forEach((column, at) => {
        const each = Math.ceil(column.length / folds[at]);
        column.forEach((node, row) => spots.set(node, [x + Math.floor(row / each) * (WIDTH + 10), y + (row % each) * (HEIGHT + GAP_Y)]));
        x += folds[at] * (WIDTH + 10) - 10 + GAP_X;
        rows = Math.max(rows, each);
      });
      width = Math.max(width, x - GAP_X - PAD);
      y += rows * (HEIGHT + GAP_Y) + 8;
    }
    return { spots, width: width + 2 * PAD, height: y - GAP_Y - 8 + PAD };
  }

  // What hangs together, each part with its members in the order of `all`.
  function connected(all, sources) {
    const part = new Map(all.map((one) => [one, one]));
    const root = (one) => { while (part.get(one) !== one) one = part.get(one); return one; };
    for (const one of all) for (const other of sources(one)) part.set(root(one), root(other));
    const found = new Map();
    for (const one of all) { const key = root(one); if (!found.has(key)) found.set(key, []); found.get(key).push(one); }
    return [...found.values()];
  }

  // Frames of one part in columns by what they depend on; a column that grows too tall goes on beside itself.
  function arranged(members, boxes, between) {
    const columns = columnsOf(members, between), at = new Map();
    order(columns, between);
    const area = members.reduce((sum, frame) => sum + (boxes.get(frame).width + SPACE) * (boxes.get(frame).height + SPACE), 0);
    const tall = Math.max(Math.sqrt(area / 2.4), ...members.map((frame) => boxes.get(frame).height));
    const wide = Math.max(Math.sqrt(area * 2.4), ...members.map((frame) => boxes.get(frame).width));
    let x = 0, ground = 0, width = 0, height = 0;
    for (const column of columns) {
      if (x && x + Math.max(...column.map((frame) => boxes.get(frame).width)) > wide) { x = 0; ground = height + 2 * SPACE; }
      let y = ground, widest = 0;
      for (const frame of column) {
        const box = boxes.get(frame);
        if (y > ground && y + box.height - ground > tall) { x += widest + SPACE; y = ground; widest = 0; }
        at.set(frame, [x, y]);
        y += box.height + SPACE;
        widest = Math.max(widest, box.width);
        height = Math.max(height, y - SPACE);
      }
      x += widest + 2 * SPACE;
      width = Math.max(width, x - 2 * SPACE);
    }
    return { at, width, height };
  }

  function layout(nodes, shown) {
    const frames = new Map();
    for (const at of shown) {
      const frame = frameOf(nodes, at);
      if (!frames.has(frame)) frames.set(frame, []);
      if (frame !== at) frames.get(frame).push(at);
    }
    const needs = (at) => nodes[at][5].filter((other) => shown.has(other));
    const boxes = new Map([...frames].map(([frame, members]) => [frame, inside(members, needs)]));
    const between = (frame) => [...new Set([
      ...(frames.get(frame) || []).flatMap(needs).map((at) => frameOf(nodes, at)),
      ...(frame >= 0 && frames.has(nodes[frame][4]) ? [nodes[frame][4]] : []),
    ])].filter((other) => other !== frame && frames.has(other));
    const parts = connected([...boxes.keys()], between).map((members) => arranged(members, boxes, between));
    parts.sort((a, b) => b.width * b.height - a.width * a.height);
    const total = parts.reduce((sum, part) => sum + (part.width + SPACE) * (part.height + SPACE), 0);
    const wide = Math.max(Math.sqrt(total * 2.4), ...parts.map((part) => part.width));
    const spots = new Map(), outlines = new Map();
    let x = 0, y = 0, shelf = 0;
    for (const part of parts) {
      if (x && x + part.width > wide) { x = 0; y += shelf + SPACE; shelf = 0; }
      for (const [frame, [left, top]] of part.at) {
        const box = boxes.get(frame);
        outlines.set(frame, [x + left, y + top, box.width, box.height]);
        for (const [at, [px, py]] of box.spots) spots.set(at, [x + left + px, y + top + py]);
      }
      x += part.width + SPACE;
      shelf = Math.max(shelf, part.height);
    }
    return { spots, outlines, needs };
  }

  const element = (name, attributes, parent, text) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    parent.append(made);
    return made;
  };
  const short = (text, length) => (text.length > length ? text.slice(0, length - 1) + "…" : text);

  // From side to side where the way leads forward, else from below to above.
  function curve(ax, ay, bx, by) {
    if (bx > ax + WIDTH) {
      const from = ax + WIDTH, bend = Math.max(14, (bx - from) / 2);
      return `M${from} ${ay + HEIGHT / 2}C${from + bend} ${ay + HEIGHT / 2} ${bx - bend} ${by + HEIGHT / 2} ${bx} ${by + HEIGHT / 2}`;
    }
    const down = by > ay, start = ay + (down ? HEIGHT : 0), end = by + (down ? 0 : HEIGHT), bend = (end - start) / 2;
    return `M${ax + WIDTH / 2} ${start}C${ax + WIDTH / 2} ${start + bend} ${bx + WIDTH / 2} ${end - bend} ${bx + WIDTH / 2} ${end}`;
  }

  // Parts are called after their component: where there is no room the frame says that half of the name.
  function labelled(nodes, at, length) {
    const [name, , , , parent] = nodes[at], prefix = parent >= 0 ? `${nodes[parent][0]}-` : "";
    return short(name.length > length && prefix && name.startsWith(prefix) ? `…${name.slice(prefix.length)}` : name, length);
  }

  function wanted(node) {
    const ops = new Set(boxes.filter((box) => box.checked).map((box) => +box.value));
    const text = search.value.trim().toLowerCase();
    return ops.has(node[2]) && (!text || node[0].toLowerCase().includes(text) || node[1].toLowerCase().includes(text));
  }

  function draw() {
    const { nodes } = graphs[chosen];
    const shown = new Set(nodes.map((_, at) => at).filter((at) => wanted(nodes[at])));
    for (const at of [...shown]) for (let up = nodes[at][4]; up >= 0 && !shown.has(up); up = nodes[up][4]) shown.add(up);
    const { spots, outlines, needs } = layout(nodes, shown);
    canvas.replaceChildren();
    const group = element("g", {}, canvas);
    const marks = new Map(), edges = [];
    for (const [frame, [x, y, width, height]] of outlines) {
      if (frame < 0) continue;
      const [name, type, op] = nodes[frame];
      const mark = element("g", { class: `frame ${OPS[op]}`, "data-place": frame }, group);
      element("rect", { x, y, width, height, rx: 10 }, mark);
      element("text", { x: x + PAD, y: y + 18 }, mark, short(`${SIGNS[op]} ${name}`.trim(), Math.floor(width / 8)));
      element("title", {}, mark, `${name}\n${type}\n${OPS[op]}`);
    }
    for (const at of spots.keys()) for (const other of needs(at)) if (spots.has(other)) {
      const [ax, ay] = spots.get(other), [bx, by] = spots.get(at);
      edges.push([other, at, element("path", { d: curve(ax, ay, bx, by), class: "edge" }, group)]);
    }
    for (const [at, [left, top]] of spots) {
      const [name, type, op] = nodes[at];
      const mark = element("g", { class: `node ${OPS[op]}`, transform: `translate(${left} ${top})`, "data-place": at }, group);
      element("rect", { width: WIDTH, height: HEIGHT, rx: 6 }, mark);
      if (SIGNS[op]) element("text", { x: 8, y: 22, class: "mark-sign" }, mark, SIGNS[op]);
      element("text", { x: SIGNS[op] ? 23 : 9, y: 15 }, mark, labelled(nodes, at, SIGNS[op] ? 20 : 23));
      element("text", { x: SIGNS[op] ? 23 : 9, y: 27, class: "kind" }, mark, short(type.split(":").pop(), 29));
      element("title", {}, mark, `${name}\n${type}\n${OPS[op]}`);
      marks.set(at, mark);
    }
    drawn = { group, edges, marks, outlines };
    if (!shown.size) element("text", { x: 20, y: 40, fill: "currentColor" }, group, "nothing to show: widen the filters");
    fit();
    hint.textContent = plainHint;
    for (const item of document.querySelectorAll(`#env-${chosen} .item[data-place]`)) if (+item.dataset.place >= 0) item.hidden = !wanted(nodes[+item.dataset.place]);
  }

  function move() {
    drawn.group.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.k})`);
  }

  function fit() {
    const box = canvas.getBoundingClientRect();
    let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
    for (const [x, y, width, height] of drawn.outlines.values()) {
      left = Math.min(left, x); top = Math.min(top, y); right = Math.max(right, x + width); bottom = Math.max(bottom, y + height);
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
  // The list is the way to a resource by keyboard: what is opened there is shown in the graph.
  document.addEventListener("toggle", (event) => {
    const place = event.target.dataset && event.target.dataset.place;
    if (place && event.target.open && drawn && drawn.marks.has(+place)) light(+place);
  }, true);
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
